"""The queue dies at every moment at which something is written, and is run again from what was on the disk then.

Nobody's message is lost, nobody's report, and only what was being tried at that moment may come twice.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from portside.apps.outbox import committing
from portside.apps.outbox.contents import SMALL
from portside.apps.outbox.entries import Fate, Job, Tried
from portside.apps.outbox.outbox import Outbox
from portside.apps.outbox.runner import Runner
from portside.apps.outbox.settings import Settings
from portside.apps.outbox.states import Event
from portside.mail.envelope import Notify, Recipient
from portside.mail.report import read
from tests.support.outboxes import CONTENT, START, Carriage, HandClock, envelope

LARGE = CONTENT + b"x" * SMALL + b"\r\n"
GREYLIST = START + 300
"""Until then who has "later" in their address is put off."""

Came = Counter[tuple[str, str]]
"""How often the content of a message, told by its first word, came to an address; a report by whom it is about."""


@dataclass
class Moment:
    """What lay on the disk, and what had arrived by then."""

    folder: Path
    now: float
    came: Came
    trying: set[str] = field(default_factory=set)


def policy(carriage: Carriage, clock: HandClock, came: Came) -> None:
    """Accepts, refuses "nobody", and puts "later" off for a while; counts what came."""

    def answer(job: Job) -> Tried:
        fates = []
        for number, recipient in zip(job.numbers, job.envelope.recipients, strict=True):
            event = Event.ACCEPTED
            if "nobody" in recipient.address:
                event = Event.REFUSED
            elif "later" in recipient.address and clock.now() < GREYLIST:
                event = Event.PUT_OFF
            if event is Event.ACCEPTED:
                for about in told_of(carriage.contents[-1]) or [job.id]:
                    came[about, recipient.address] += 1
            fates.append(Fate(number, event, event.value, server="mx"))
        return Tried(job, tuple(fates))

    carriage.answer = answer


def told_of(content: bytes) -> list[str]:
    return [f"{each.action.value} {each.final}" for each in read(content)]


async def run_to_the_end(outbox: Outbox, clock: HandClock, carriage: Carriage) -> None:
    settings = Settings(warn=lambda line: None)
    await Runner(outbox, carriage, settings).run(once=True)
    while messages := await outbox.messages():
        clock.set(max(clock.now(), *(each.due for message in messages for each in message.recipients)))
        await Runner(outbox, carriage, settings).run(once=True)


async def put_all(outbox: Outbox, clock: HandClock) -> list[str]:
    names = []
    success = Recipient("success@there.test", frozenset({Notify.SUCCESS}))
    for content, recipients in (
        (CONTENT, ["bob@there.test"]),
        (LARGE, ["nobody@there.test"]),
        (LARGE, ["later@there.test", "bob@else.test", "nobody@else.test"]),
        (CONTENT, [success]),
    ):
        names.append(await outbox.put(envelope(*recipients), content))  # type: ignore[misc]
        clock.go_on(1)
    return names


def expected(names: list[str]) -> set[tuple[str, str]]:
    first, _, third, fourth = names
    ann = "ann@here.test"
    return {
        (first, "bob@there.test"),
        ("failed nobody@there.test", ann),
        (third, "later@there.test"),
        (third, "bob@else.test"),
        ("failed nobody@else.test", ann),
        (fourth, "success@there.test"),
        ("relayed success@there.test", ann),
    }


def test_whenever_it_dies_nothing_is_lost_and_only_what_was_under_way_comes_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments: list[Moment] = []
    came: Came = Counter()
    clock = HandClock()
    write = committing._write

    def photographed(database: sqlite3.Connection, group: list[committing._Waiting]) -> None:
        write(database, group)
        place = tmp_path / f"moment{len(moments)}"
        shutil.copytree(tmp_path / "queue", place, ignore=shutil.ignore_patterns("bell", "*-shm"))
        rows = database.execute("SELECT message FROM recipients WHERE state = 'trying'").fetchall()
        moments.append(Moment(place, clock.now(), came.copy(), {name for (name,) in rows}))

    async def first_life() -> set[tuple[str, str]]:
        carriage = Carriage()
        policy(carriage, clock, came)
        async with Outbox(tmp_path / "queue", clock=clock) as outbox:
            names = await put_all(outbox, clock)
            monkeypatch.setattr(committing, "_write", photographed)
            await run_to_the_end(outbox, clock, carriage)
        return expected(names)

    async def second_life(moment: Moment) -> None:
        again, carriage = HandClock(moment.now), Carriage()
        policy(carriage, again, moment.came)
        async with Outbox(moment.folder, clock=again) as outbox:
            await run_to_the_end(outbox, again, carriage)

    wanted = asyncio.run(first_life())
    monkeypatch.setattr(committing, "_write", write)
    assert set(came) == wanted and set(came.values()) == {1}
    assert len(moments) > 10
    for moment in moments:
        under_way = len(moment.trying)
        asyncio.run(second_life(moment))
        assert set(moment.came) == wanted
        assert sum(moment.came.values()) <= len(wanted) + 3 * under_way
        if not under_way:
            assert set(moment.came.values()) == {1}
        assert not (moment.folder / "contents").exists() or not list((moment.folder / "contents").iterdir())
