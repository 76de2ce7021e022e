"""Events: told in their order, once, and again to those who come back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from portside.apps.mailbox import events as room
from portside.apps.mailbox.events import Event, Events
from portside.mail.maildir.summary import Change, Happening

Told = tuple[str, list[str]]


def arrived(*ids: str) -> Change:
    return Change(Happening.ARRIVED, ids)


async def heard(listening: AsyncIterator[bytes]) -> list[tuple[str, Told]]:
    """The next row of events: the id of each, its name, and the messages."""
    async with asyncio.timeout(30):
        said = (await anext(listening)).decode()
    found = []
    for each in said.removesuffix("\n\n").split("\n\n"):
        lines = dict(line.split(": ", 1) for line in each.split("\n"))
        found.append((lines["id"], (lines["event"], json.loads(lines["data"])["ids"])))
    return found


async def begun(events: Events, last: str = "") -> AsyncIterator[bytes]:
    listening = events.listen(last)
    async with asyncio.timeout(30):
        assert await anext(listening) == b"retry: 1000\n\n"
    return listening


def play(story: Any) -> None:
    asyncio.run(story())


def test_a_new_listener_looks_at_everything_and_then_hears_what_happens() -> None:
    async def story() -> None:
        events = Events("a")
        events.tell(arrived("m1"))
        listening = await begun(events)
        assert await heard(listening) == [("a-1", ("anew", []))]
        waiting = asyncio.ensure_future(heard(listening))
        await asyncio.sleep(0)
        events.tell(arrived("m2"))
        assert await waiting == [("a-2", ("arrived", ["m2"]))]

    play(story)


def test_who_comes_back_hears_what_was_missed_in_few_events() -> None:
    async def story() -> None:
        events = Events("a")
        for change in (arrived("m1"), arrived("m2"), Change(Happening.DELETED, ("m1",)), arrived("m3")):
            events.tell(change)
        assert await heard(await begun(events, "a-1")) == [
            ("a-2", ("arrived", ["m2"])),
            ("a-3", ("deleted", ["m1"])),
            ("a-4", ("arrived", ["m3"])),
        ]
        assert await heard(await begun(events, "a-0")) == [
            ("a-2", ("arrived", ["m1", "m2"])),
            ("a-3", ("deleted", ["m1"])),
            ("a-4", ("arrived", ["m3"])),
        ]

    play(story)


@pytest.mark.parametrize(
    "last", ["b-1", "1", "a-", "a-x", "a-\u0663", "a--1", "a-+1", "a-3", "a-" + "9" * 30, "-1", "a-1-1"]
)
def test_an_id_of_another_life_or_of_nobody_means_everything(last: str) -> None:
    async def story() -> None:
        events = Events("a")
        events.tell(arrived("m1"))
        events.tell(arrived("m2"))
        assert await heard(await begun(events, last)) == [("a-2", ("anew", []))]

    play(story)


def test_what_lies_too_far_back_means_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "KEPT", 3)

    async def story() -> None:
        events = Events("a")
        for number in range(5):
            events.tell(arrived(f"m{number}"))
        assert events.after(1) is None
        assert [event.ids for event in events.after(2) or ()] == [("m2",), ("m3",), ("m4",)]
        assert events.after(5) == [] and events.after(6) is None
        assert await heard(await begun(events, "a-1")) == [("a-5", ("anew", []))]

    play(story)


def test_too_many_messages_of_one_event_mean_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_IDS", 2)
    events = Events("a")
    events.tell(arrived("m1", "m2"))
    events.tell(arrived("m3"))
    events.tell(arrived("m4", "m5", "m6"))
    assert events.after(0) == [
        Event(1, Happening.ARRIVED, ("m1", "m2")),
        Event(2, Happening.ARRIVED, ("m3",)),
        Event(3),
    ]

    async def story() -> None:
        told = await heard(await begun(events, "a-0"))
        assert [(name, ids) for _, (name, ids) in told] == [
            ("arrived", ["m1", "m2"]),
            ("arrived", ["m3"]),
            ("anew", []),
        ]

    play(story)


def test_silence_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "ALIVE", 0.001)

    async def story() -> None:
        listening = await begun(Events("a"), "a-0")
        async with asyncio.timeout(30):
            assert await anext(listening) == b": still here\n\n"

    play(story)


def test_the_end_lets_everybody_go() -> None:
    async def story() -> None:
        events = Events("a")
        listening = await begun(events, "a-0")
        waiting = asyncio.ensure_future(anext(listening, None))
        changing = asyncio.ensure_future(events.changed(0, 60))
        pausing = asyncio.ensure_future(events.pause(60))
        await asyncio.sleep(0)
        events.close()
        async with asyncio.timeout(30):
            assert await waiting is None and await changing
            await pausing
            assert await events.changed(0, 60), "and whoever comes later does not wait either"
        assert events.closed

    play(story)


def test_nothing_that_happens_is_said_after_the_time() -> None:
    async def story() -> None:
        events = Events("a")
        assert not await events.changed(0, 0.001)
        events.tell(arrived("m1"))
        assert await events.changed(0, 0.0) and not await events.changed(1, 0.001)

    play(story)
