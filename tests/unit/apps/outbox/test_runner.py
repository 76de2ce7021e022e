"""Runs a queue: from the first try to the last report."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from portside.apps.outbox import database as database_module
from portside.apps.outbox import runner as runner_module
from portside.apps.outbox.delivery import AGAIN
from portside.apps.outbox.outbox import Outbox
from portside.apps.outbox.runner import Runner
from portside.apps.outbox.schedule import DAY, MINUTE
from portside.apps.outbox.settings import Settings
from portside.apps.outbox.settling import Moment
from portside.apps.outbox.states import State
from portside.apps.outbox.taking import take
from portside.apps.outbox.watch import Watch
from portside.errors import UsageError
from portside.mail.storing import StoreFull
from tests.support.outboxes import (
    CONTENT,
    START,
    Carriage,
    HandClock,
    accepted,
    envelope,
    put_off,
    refused,
    unreachable,
)


class Play:
    """A queue, whoever carries, and a runner that can be replaced by the next."""

    def __init__(self, outbox: Outbox, clock: HandClock) -> None:
        self.outbox = outbox
        self.clock = clock
        self.carriage = Carriage()
        self.warned: list[str] = []
        self.settings: dict[str, Any] = {}
        self.runner = self.new_runner()

    def new_runner(self) -> Runner:
        settings = Settings(warn=self.warned.append, name="mail.here.test", **self.settings)
        self.runner = Runner(self.outbox, self.carriage, settings, draw=lambda: 0.0)
        return self.runner

    async def put(self, *recipients: str, sender: str = "ann@here.test") -> str:
        name = await self.outbox.put(envelope(*recipients, sender=sender), CONTENT)
        self.clock.go_on(1)
        return name

    async def once(self) -> list[str]:
        """Run the queue until nobody is due; the addresses that were tried."""
        before = len(self.carriage.jobs)
        await self.new_runner().run(once=True)
        return [address for job in self.carriage.jobs[before:] for address in job.envelope.addresses]

    async def tried(self, count: int) -> None:
        """Return once so many jobs have begun."""
        while len(self.carriage.jobs) < count:
            self.carriage.came.clear()
            await self.carriage.came.wait()

    async def states(self) -> list[State]:
        return [each.state for message in await self.outbox.messages(finished=True) for each in message.recipients]


def play(folder: Path, story: Callable[[Play], Coroutine[Any, Any, None]]) -> None:
    async def main() -> None:
        clock = HandClock()
        async with Outbox(folder, clock=clock) as outbox:
            await story(Play(outbox, clock))

    asyncio.run(main())


def test_once_means_until_nobody_is_due(tmp_path: Path) -> None:
    async def story(scene: Play) -> None:
        for number in range(30):
            await scene.put(f"bob@{number % 3}.test")
        assert sorted(await scene.once()) == sorted(f"bob@{number % 3}.test" for number in range(30))
        assert await scene.once() == []
        assert await scene.states() == [State.DELIVERED] * 30

    play(tmp_path, story)


def test_an_empty_queue_has_nothing_to_do(tmp_path: Path) -> None:
    async def story(scene: Play) -> None:
        tally = await scene.runner.run(once=True)
        assert (tally.delivered, tally.failed, tally.put_off) == (0, 0, 0)

    play(tmp_path, story)


def test_what_is_put_off_is_tried_when_it_is_due_and_not_before(tmp_path: Path) -> None:
    async def story(scene: Play) -> None:
        await scene.put("bob@there.test")
        scene.carriage.answer = put_off
        running = asyncio.ensure_future(scene.runner.run())
        for number, minutes in ((1, 10), (2, 30), (3, 60)):
            await scene.tried(number)
            moment = await scene.clock.awaited()
            assert moment == scene.clock.now() + minutes * MINUTE
            scene.clock.set(moment)
        await scene.tried(4)
        scene.runner.stop()
        await running
        assert len(scene.carriage.jobs) == 4

    play(tmp_path, story)


def test_what_is_put_in_is_sent_at_once(tmp_path: Path) -> None:
    async def story(scene: Play) -> None:
        running = asyncio.ensure_future(scene.runner.run())
        for number in range(3):
            await scene.put("bob@there.test")
            await scene.tried(number + 1)
        scene.runner.stop()
        assert (await running).delivered == 3

    play(tmp_path, story)


def test_another_process_may_put_messages_in(tmp_path: Path) -> None:
    async def story(scene: Play) -> None:
        running = asyncio.ensure_future(scene.runner.run())
        async with Outbox(tmp_path, clock=scene.clock) as other:
            await other.put(envelope("bob@there.test"), CONTENT)
        await scene.tried(1)
        scene.runner.stop()
        await running

    play(tmp_path, story)


def test_one_destination_that_is_slow_holds_up_no_other(tmp_path: Path) -> None:
    async def story(scene: Play) -> None:
        scene.carriage.gate = asyncio.Event()
        await scene.put("bob@slow.test")
        running = asyncio.ensure_future(scene.runner.run())
        await scene.tried(1)
        await scene.put("eve@fast.test")
        await scene.tried(2)
        assert scene.carriage.at_once == 2
        scene.carriage.gate.set()
        scene.runner.stop()
        assert (await running).delivered == 2

    play(tmp_path, story)


def test_connections_are_few_however_many_destinations_there_are(tmp_path: Path) -> None:
    async def story(scene: Play) -> None:
        scene.settings = {"connections": 3}
        scene.carriage.together = 3
        for number in range(20):
            await scene.put(f"bob@{number:02}.test")
        assert len(await scene.once()) == 20
        assert scene.carriage.most_at_once == 3

    play(tmp_path, story)


def test_a_thousand_messages_for_a_server_that_is_down_cost_one_try(tmp_path: Path) -> None:
    async def story(scene: Play) -> None:
        scene.carriage.answer = unreachable
        await asyncio.gather(*(scene.outbox.put(envelope("bob@there.test"), CONTENT) for _ in range(1_000)))
        assert len(await scene.once()) == 1
        assert await scene.once() == []
        scene.clock.go_on(10 * MINUTE)
        assert len(await scene.once()) == 1
        scene.clock.go_on(30 * MINUTE)
        scene.carriage.answer = accepted
        assert len(await scene.once()) == 1_000
        assert await scene.outbox.messages() == []

    play(tmp_path, story)


def test_a_failure_comes_back_to_its_sender_through_the_same_queue(tmp_path: Path) -> None:
    async def story(scene: Play) -> None:
        await scene.put("bob@there.test")
        scene.carriage.answer = lambda job: (refused if job.envelope.sender else accepted)(job)
        assert await scene.once() == ["bob@there.test", "ann@here.test"]
        assert scene.carriage.jobs[1].envelope.sender == ""
        assert b"multipart/report" in scene.carriage.contents[1]
        assert await scene.outbox.messages() == []

    play(tmp_path, story)


def test_a_failed_report_is_reported_to_nobody(tmp_path: Path) -> None:
    async def story(scene: Play) -> None:
        await scene.put("bob@there.test")
        scene.carriage.answer = refused
        assert await scene.once() == ["bob@there.test", "ann@here.test"]
        assert await scene.outbox.messages() == []

    play(tmp_path, story)


def test_after_five_days_a_message_is_given_up_and_its_sender_told(tmp_path: Path) -> None:
    async def story(scene: Play) -> None:
        await scene.put("bob@there.test")
        scene.carriage.answer = lambda job: (put_off if job.envelope.sender else accepted)(job)
        reports = []
        while await scene.outbox.messages():
            tried = await scene.once()
            reports += [address for address in tried if address == "ann@here.test"]
            left = await scene.outbox.messages()
            if left:
                scene.clock.set(left[0].recipients[0].due)
        assert scene.clock.now() == START + 5 * DAY
        assert reports == ["ann@here.test", "ann@here.test"]  # of the delay, and of the end

    play(tmp_path, story)


def test_a_runner_with_nothing_to_do_gives_the_disk_its_room_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(scene: Play) -> None:
        monkeypatch.setattr(database_module, "SPARE", 0)
        monkeypatch.setattr(database_module, "AT_ONCE", 50)
        for _ in range(5):
            await scene.outbox.put(envelope("bob@there.test"), bytes(200_000))
        assert len(await scene.once()) == 5
        assert await scene.outbox.ask(lambda database: database.execute("PRAGMA freelist_count").fetchone()) == (0,)

    play(tmp_path, story)


def test_one_runner_alone_works(tmp_path: Path) -> None:
    async def story(scene: Play) -> None:
        watch = Watch(tmp_path)
        with pytest.raises(UsageError, match="run by another process"):
            await scene.runner.run(once=True)
        watch.close()
        await scene.new_runner().run(once=True)

    play(tmp_path, story)


def test_a_runner_that_follows_a_dead_one_tries_again_and_says_so(tmp_path: Path) -> None:
    async def story(scene: Play) -> None:
        name = await scene.put("bob@there.test", "eve@there.test")
        moment = Moment(scene.clock.now(), scene.settings.get("schedule", Settings().schedule))
        await scene.outbox.change(lambda database: take(database, "there.test", moment))
        (tmp_path / "contents" / "left").write_bytes(b"half")
        assert await scene.once() == ["bob@there.test", "eve@there.test"]
        assert scene.warned == ["the queue was cut off while 2 were being sent to: they may get it twice"]
        assert (await scene.outbox.history(name))[0].said.startswith("the queue was cut off")
        assert list((tmp_path / "contents").iterdir()) == []

    play(tmp_path, story)


def test_a_runner_that_is_stopped_ends_its_jobs_and_begins_no_other(tmp_path: Path) -> None:
    async def story(scene: Play) -> None:
        for _ in range(10):
            await scene.put("bob@there.test")
        scene.carriage.gate = asyncio.Event()
        running = asyncio.ensure_future(scene.runner.run())
        await scene.tried(1)
        scene.runner.stop()
        scene.carriage.gate.set()
        assert (await running).delivered == 1
        assert (await scene.states()).count(State.WAITING) == 9

    play(tmp_path, story)


def test_a_job_that_does_not_end_is_cut_off_and_tried_again_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(scene: Play) -> None:
        monkeypatch.setattr(runner_module, "GRACE", 0.0)
        await scene.put("bob@there.test")
        scene.carriage.gate = asyncio.Event()
        running = asyncio.ensure_future(scene.runner.run())
        await scene.tried(1)
        scene.runner.stop()
        await running
        assert await scene.states() == [State.TRYING]
        scene.carriage.gate = None
        assert await scene.once() == ["bob@there.test"]
        assert await scene.states() == [State.DELIVERED]

    play(tmp_path, story)


def test_a_queue_that_cannot_be_written_is_tried_again_after_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find, fails = runner_module.due_destinations, 1

    def sometimes(*arguments: Any) -> list[str]:
        nonlocal fails
        fails -= 1
        if fails >= 0:
            raise StoreFull("the disk is full")
        return find(*arguments)

    async def story(scene: Play) -> None:
        await scene.put("bob@there.test")
        monkeypatch.setattr(runner_module, "due_destinations", sometimes)
        running = asyncio.ensure_future(scene.runner.run())
        assert await scene.clock.awaited() == scene.clock.now() + AGAIN
        assert scene.carriage.jobs == []
        scene.clock.go_on(AGAIN)
        await scene.tried(1)
        scene.runner.stop()
        await running
        assert scene.warned[0] == "the disk is full"

    play(tmp_path, story)


class FullMailbox:
    """A store that takes nothing."""

    def receive(self) -> Any:
        raise StoreFull("the mailbox is full")


def test_reports_that_nobody_takes_hold_up_no_message(tmp_path: Path) -> None:
    async def story(scene: Play) -> None:
        scene.settings = {"mailbox": FullMailbox()}
        await scene.put("nobody@there.test")
        scene.carriage.answer = lambda job: (refused if "nobody" in job.envelope.addresses[0] else accepted)(job)
        running = asyncio.ensure_future(scene.new_runner().run())
        await scene.tried(1)
        assert await scene.clock.awaited() == scene.clock.now() + AGAIN
        await scene.put("bob@there.test")
        await scene.tried(2)
        scene.runner.stop()
        await running
        assert await scene.states() == [State.FAILED, State.DELIVERED]
        with pytest.raises(StoreFull, match="the mailbox is full"):
            await scene.once()
        scene.settings = {}
        assert await scene.once() == ["ann@here.test"]

    play(tmp_path, story)


def test_once_ends_where_the_queue_cannot_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> list[str]:
        raise StoreFull("the disk is full")

    async def story(scene: Play) -> None:
        monkeypatch.setattr(runner_module, "due_destinations", full)
        with pytest.raises(StoreFull):
            await scene.runner.run(once=True)
        Watch(tmp_path).close()

    play(tmp_path, story)


def test_what_is_released_or_tried_by_hand_goes_at_once(tmp_path: Path) -> None:
    async def story(scene: Play) -> None:
        scene.carriage.answer = unreachable
        name = await scene.put("bob@there.test")
        await scene.put("eve@there.test")
        running = asyncio.ensure_future(scene.runner.run())
        await scene.tried(1)
        await scene.clock.awaited()
        await scene.outbox.hold(name)
        scene.carriage.answer = accepted
        await scene.outbox.retry()
        await scene.tried(2)
        await scene.outbox.release(name)
        await scene.tried(3)
        scene.runner.stop()
        await running
        assert scene.carriage.tried == ["bob@there.test", "eve@there.test", "bob@there.test"]

    play(tmp_path, story)
