"""One destination at work."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from portside.apps.outbox import delivery
from portside.apps.outbox.contents import SMALL
from portside.apps.outbox.delivery import AGAIN, Delivery, Tally
from portside.apps.outbox.entries import Job, Tried
from portside.apps.outbox.outbox import Outbox
from portside.apps.outbox.settings import Settings
from portside.apps.outbox.states import Event, State
from portside.errors import UsageError
from portside.mail.storing import StoreError, StoreFull
from tests.support.outboxes import (
    CONTENT,
    Carriage,
    HandClock,
    accepted,
    all_of,
    envelope,
    put_off,
    refused,
    unreachable,
)


class Stage:
    """A queue, a carriage, and what was said."""

    def __init__(self, outbox: Outbox, clock: HandClock) -> None:
        self.outbox = outbox
        self.clock = clock
        self.carriage = Carriage()
        self.tally = Tally()
        self.warned: list[str] = []
        self.told: list[str] = []
        self.slots = asyncio.Semaphore(20)

    async def put(self, count: int = 1, *, content: bytes = CONTENT, relay: str = "") -> list[str]:
        names = []
        for _ in range(count):
            names.append(await self.outbox.put(envelope("bob@there.test"), content, relay=relay))
            self.clock.go_on(1)
        return names

    def delivery(self, destination: str = "there.test") -> Delivery:
        settings = Settings(per_destination=3, warn=self.warned.append, tell=self.told.append)
        return Delivery(self.outbox, self.carriage, settings, destination, self.slots, lambda: 0.0, self.tally)

    async def states(self) -> list[State]:
        return [each.state for message in await self.outbox.messages(finished=True) for each in message.recipients]


def play(folder: Path, story: Callable[[Stage], Coroutine[Any, Any, None]]) -> None:
    async def main() -> None:
        clock = HandClock()
        async with Outbox(folder, clock=clock) as outbox:
            await story(Stage(outbox, clock))

    asyncio.run(main())


def test_everything_that_is_due_is_tried_over_few_lanes_of_one_line(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        names = await stage.put(20)
        stage.carriage.together = 3
        await stage.delivery().run()
        assert sorted(job.id for job in stage.carriage.jobs) == names
        assert stage.carriage.contents == [CONTENT] * 20
        assert stage.carriage.lines == [""] and stage.carriage.open == 0
        assert stage.carriage.most_at_once == 3
        assert (stage.tally.delivered, stage.tally.failed, stage.tally.put_off) == (20, 0, 0)
        assert await stage.outbox.messages() == []

    play(tmp_path, story)


def test_one_job_goes_first_and_the_others_only_once_it_got_in(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await stage.put(10)
        stage.carriage.gate = asyncio.Event()
        running = asyncio.ensure_future(stage.delivery().run())
        await stage.carriage.came.wait()
        await stage.outbox.ask(lambda database: None)  # whoever wanted the database has had a turn
        assert stage.carriage.at_once == 1
        stage.carriage.gate.set()
        await running

    play(tmp_path, story)


def test_a_destination_that_is_down_costs_one_try(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await stage.put(10)
        stage.carriage.answer = unreachable
        await stage.delivery().run()
        assert len(stage.carriage.jobs) == 1
        ((name, until, said),) = await stage.outbox.down()
        assert (name, until, said) == ("there.test", stage.clock.now() + 600, "nobody answers")

    play(tmp_path, story)


def test_lanes_stop_where_a_destination_goes_down_in_the_middle(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await stage.put(30)
        stage.carriage.answer = lambda job: (accepted if len(stage.carriage.jobs) < 8 else unreachable)(job)
        await stage.delivery().run()
        assert len(stage.carriage.jobs) <= 8 + 3
        assert (await stage.states()).count(State.DELIVERED) >= 7

    play(tmp_path, story)


def test_a_relay_has_a_line_of_its_own(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await stage.put(1, relay="smtp://mail.test#require")
        await stage.delivery("smtp://mail.test#require").run()
        assert stage.carriage.lines == ["smtp://mail.test#require"]
        assert stage.carriage.jobs[0].relay == "smtp://mail.test#require"

    play(tmp_path, story)


def test_a_line_that_cannot_be_opened_puts_all_off(tmp_path: Path) -> None:
    class Broken(Carriage):
        def line(self, relay: str) -> Any:
            raise UsageError("'smtq://x' is no URL of a mail server")

    async def story(stage: Stage) -> None:
        await stage.put(3)
        stage.carriage = Broken()
        await stage.delivery().run()
        assert await stage.states() == [State.WAITING] * 3
        assert [said for _, _, said in await stage.outbox.down()] == ["'smtq://x' is no URL of a mail server"]

    play(tmp_path, story)


def test_a_large_content_is_read_from_its_file_which_is_closed_and_removed(tmp_path: Path) -> None:
    content = b"x" * 99 + b"\n"
    content *= SMALL // 100 + 1

    async def story(stage: Stage) -> None:
        await stage.put(2, content=content)
        await stage.delivery().run()
        assert stage.carriage.contents == [content] * 2
        assert list((tmp_path / "contents").iterdir()) == []

    play(tmp_path, story)


def test_a_content_that_has_gone_is_no_reason_to_stop(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        (name,) = await stage.put(1, content=bytes(SMALL + 1))
        (tmp_path / "contents" / name).unlink()
        await stage.delivery().run()
        assert await stage.states() == [State.WAITING]
        assert "no such file" in (await stage.outbox.history(name))[0].said

    play(tmp_path, story)


def test_a_bug_that_one_message_wakes_stops_no_other(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def story(stage: Stage) -> None:
        names = await stage.put(4)

        def answer(job: Job) -> Tried:
            return accepted(job) if job.id != names[1] else accepted(None)  # type: ignore[arg-type]

        stage.carriage.answer = answer
        await stage.delivery().run()
        assert (await stage.states()).count(State.DELIVERED) == 3
        assert [each.said for each in await stage.outbox.history(names[1])] == ["put off: a bug of portside"]
        assert [record.levelno for record in caplog.records] == [logging.ERROR]
        assert names[1] in caplog.text

    play(tmp_path, story)


def test_what_becomes_of_each_recipient_is_told(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        (name,) = await stage.put()
        stage.carriage.answer = refused
        await stage.delivery().run()
        line = f"{name} to bob@there.test: refused by mx.there.test: 550 5.1.1 Nobody of that name"
        assert (stage.told, stage.warned) == ([line], [])

    play(tmp_path, story)


def test_a_report_that_fails_is_told_to_whoever_runs_the_queue(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await stage.outbox.put(envelope("ann@there.test", sender=""), CONTENT)
        stage.carriage.answer = refused
        await stage.delivery().run()
        (line,) = stage.warned
        assert line.endswith("550 5.1.1 Nobody of that name; it has no sender who could be told")
        assert stage.told == []

    play(tmp_path, story)


def test_the_tally_counts_recipients_by_their_fate(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await stage.put(6)
        answers = iter((accepted, refused, put_off, accepted, put_off, put_off))
        stage.carriage.answer = lambda job: next(answers)(job)
        await stage.delivery().run()
        assert (stage.tally.delivered, stage.tally.failed, stage.tally.put_off) == (2, 1, 3)

    play(tmp_path, story)


def test_who_is_stopped_takes_nothing_more(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await stage.put(5)
        working = stage.delivery()
        stage.carriage.answer = lambda job: (working.stop(), accepted(job))[1]
        await working.run()
        assert len(stage.carriage.jobs) == 1
        assert (await stage.states()).count(State.WAITING) == 4

    play(tmp_path, story)


def test_a_queue_that_cannot_be_written_takes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise StoreFull("the disk is full")

    async def story(stage: Stage) -> None:
        await stage.put(2)
        monkeypatch.setattr(delivery, "take", full)
        with pytest.raises(StoreFull):
            await stage.delivery().run()
        assert stage.carriage.jobs == []

    play(tmp_path, story)


def test_what_was_delivered_is_written_down_as_soon_as_the_disk_lets_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle, fails = delivery.settle, 2

    def sometimes(*arguments: Any) -> list[str]:
        nonlocal fails
        fails -= 1
        if fails >= 0:
            raise StoreError("the disk is full")
        return settle(*arguments)

    async def story(stage: Stage) -> None:
        (name,) = await stage.put()
        monkeypatch.setattr(delivery, "settle", sometimes)
        running = asyncio.ensure_future(stage.delivery().run())
        for _ in range(2):
            assert await stage.clock.awaited() == stage.clock.now() + AGAIN
            assert await stage.states() == [State.TRYING]
            stage.clock.go_on(AGAIN)
        await running
        assert await stage.states() == [State.DELIVERED]
        assert len(stage.carriage.jobs) == 1
        assert stage.warned == [f"the disk is full; what became of {name} is not written down yet"] * 2

    play(tmp_path, story)


def test_slots_are_shared_by_all_deliveries(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        stage.slots = asyncio.Semaphore(2)
        stage.carriage.together = 2
        for number in range(5):
            for _ in range(3):
                await stage.outbox.put(envelope(f"bob@{number}.test"), CONTENT)
        await asyncio.gather(*(stage.delivery(f"{number}.test").run() for number in range(5)))
        assert len(stage.carriage.jobs) == 15
        assert stage.carriage.most_at_once == 2

    play(tmp_path, story)


def test_a_doubt_is_written_down(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        (name,) = await stage.put()
        stage.carriage.answer = lambda job: all_of(job, Event.PUT_OFF, "cut off", sure=False)
        await stage.delivery().run()
        assert "may have been delivered" in (await stage.outbox.history(name))[0].said

    play(tmp_path, story)
