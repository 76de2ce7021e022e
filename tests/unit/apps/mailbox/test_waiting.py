"""Waiting for a message: the one that is there, the one that comes, and none."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from portside.apps.mailbox import waiting as room
from portside.apps.mailbox.events import Events
from portside.apps.mailbox.waiting import wait
from portside.mail.maildir.summary import Summary
from tests.support.conversations import until
from tests.support.mailboxes import FakeMailbox, plain


@pytest.fixture
def box(tmp_path: Path) -> FakeMailbox:
    return FakeMailbox(tmp_path)


def watched(box: FakeMailbox) -> Events:
    events = Events("a")
    box.watch(events.tell)
    return events


def test_the_latest_that_is_there_is_given_at_once(box: FakeMailbox) -> None:
    box.add(plain(1))
    box.add(plain(2))
    found = asyncio.run(wait(box, Events("a"), "number", 0.0))
    assert found is not None and found.id == "m2"


def test_one_that_comes_is_given_and_others_are_not(box: FakeMailbox) -> None:
    async def story() -> Summary | None:
        asking = asyncio.ensure_future(wait(box, watched(box), "to:bob", 60))
        await until(lambda: bool(box.asked))
        box.add(plain(1))
        box.add(plain(2, to="bob@example.com"), ("bob@example.com",))
        async with asyncio.timeout(30):
            return await asking

    found = asyncio.run(story())
    assert found is not None and found.recipients == ("bob@example.com",)


def test_a_flood_of_others_is_searched_now_and_then(box: FakeMailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "EVERY", 60.0)

    async def story() -> None:
        events = watched(box)
        asking = asyncio.ensure_future(wait(box, events, "to:bob", 60))
        for number in range(100):
            box.add(plain(number))
            await asyncio.sleep(0)
        assert len(box.asked) <= 2
        events.close()
        async with asyncio.timeout(30):
            assert await asking is None

    asyncio.run(story())


def test_the_time_ends_and_so_does_the_server(box: FakeMailbox) -> None:
    async def story() -> None:
        events = watched(box)
        assert await wait(box, events, "", 0.001) is None
        asking = asyncio.ensure_future(wait(box, events, "", 60))
        await until(lambda: len(box.asked) == 2)
        events.close()
        async with asyncio.timeout(30):
            assert await asking is None

    asyncio.run(story())


def test_nobody_waits_longer_than_the_limit(box: FakeMailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "LONGEST", 0.001)

    async def story() -> None:
        async with asyncio.timeout(30):
            assert await wait(box, watched(box), "", 1e9) is None

    asyncio.run(story())
