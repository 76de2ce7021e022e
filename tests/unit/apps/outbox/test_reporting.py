"""Reports to senders."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from portside.apps.outbox import reporting
from portside.apps.outbox.contents import SMALL
from portside.apps.outbox.entries import Job, Tried
from portside.apps.outbox.outbox import Outbox
from portside.apps.outbox.reporting import Reporter
from portside.apps.outbox.schedule import DAY, HOUR, Schedule
from portside.apps.outbox.settings import Settings
from portside.apps.outbox.settling import Moment, settle
from portside.apps.outbox.states import State
from portside.apps.outbox.taking import take
from portside.errors import UsageError
from portside.mail.envelope import Body, Envelope, Notify, Recipient, Return
from portside.mail.fields import parse_header
from portside.mail.report import Action, read
from tests.support.outboxes import (
    CONTENT,
    START,
    HandClock,
    MemoryStore,
    accepted,
    envelope,
    put_off,
    refused,
)

SUCCESS = frozenset({Notify.SUCCESS})


class Scene:
    """A queue, whose jobs are settled by hand, and a reporter."""

    def __init__(self, outbox: Outbox, clock: HandClock, settings: Settings) -> None:
        self.outbox = outbox
        self.clock = clock
        self.reporter = Reporter(outbox, settings)
        self.told = 0

    async def put(self, *recipients: str | Recipient, content: bytes = CONTENT, **more: Any) -> str:
        message = Envelope("ann@here.test", tuple(envelope(*recipients).recipients), **more)
        name = await self.outbox.put(message, content, relay="")
        self.clock.go_on(1)
        return name

    async def take(self, destination: str = "there.test") -> Job:
        moment = Moment(self.clock.now(), Schedule())
        job, _ = await self.outbox.change(lambda database: take(database, destination, moment))
        assert job is not None
        return job

    async def settle(self, tried: Tried) -> None:
        moment = Moment(self.clock.now(), Schedule())
        await self.outbox.change(lambda database: settle(database, tried, moment))

    async def fails(self, answer: Callable[[Job], Tried] = refused, destination: str = "there.test") -> None:
        await self.settle(answer(await self.take(destination)))

    async def report(self) -> tuple[Envelope, bytes]:
        """The one report that is made now, as it lies in the queue."""
        known = {each.id for each in await self.outbox.messages(finished=True)}
        self.clock.go_on(1)
        assert await self.reporter.report_all() == 1
        (made,) = [each for each in await self.outbox.messages() if each.id not in known]
        assert made.born == self.clock.now()
        content = await self.outbox.content(made.id)
        assert isinstance(content, bytes)
        return made.envelope, content


def play(folder: Path, story: Callable[[Scene], Coroutine[Any, Any, None]], **settings: Any) -> None:
    async def main() -> None:
        clock = HandClock()
        async with Outbox(folder, clock=clock) as outbox:
            await story(Scene(outbox, clock, Settings(name="mail.here.test", **settings)))

    asyncio.run(main())


def test_who_sent_what_failed_gets_a_report_from_nobody(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        name = await scene.put(Recipient("bob@there.test", None, "rfc822;robert@there.test"), envid="E1")
        await scene.fails()
        made, octets = await scene.report()
        never = frozenset({Notify.NEVER})
        assert made == Envelope("", (Recipient("ann@here.test", never),), Body.EIGHT_BIT)
        (about,) = read(octets)
        assert (about.final, about.action, about.status) == ("bob@there.test", Action.FAILED, "5.1.1")
        assert (about.original, about.remote) == ("robert@there.test", "mx.there.test")
        assert about.diagnostic == "550 5.1.1 Nobody of that name"
        header = parse_header(octets)
        assert header.raw_text("to") == "ann@here.test"
        assert header.raw_text("auto-submitted") == "auto-replied"
        assert b"Original-Envelope-Id: E1\r\n" in octets and b"Reporting-MTA: dns; mail.here.test\r\n" in octets
        found = await scene.outbox.message(name)
        assert found is not None and not found.is_open and found.recipients[0].owed is None
        assert (await scene.outbox.history(name))[-1].said.startswith("reported to ann@here.test: ")
        assert await scene.reporter.report_all() == 0

    play(tmp_path, story)


def test_that_somebody_is_told_is_told(tmp_path: Path) -> None:
    told: list[str] = []

    async def story(scene: Scene) -> None:
        name = await scene.put("bob@there.test", "eve@there.test")
        await scene.fails()
        await scene.report()
        assert told == [f"{name}: ann@here.test is told: bob@there.test failed, eve@there.test failed"]

    play(tmp_path, story, tell=told.append)


@pytest.mark.parametrize("error", [UsageError("no such address"), ZeroDivisionError("a bug")])
def test_a_sender_who_cannot_be_told_holds_up_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    warned: list[str] = []
    build = reporting.build

    def picky(*arguments: Any, **more: Any) -> bytes:
        if more["to"].startswith("ann"):
            raise error
        return build(*arguments, **more)

    async def story(scene: Scene) -> None:
        monkeypatch.setattr(reporting, "build", picky)
        name = await scene.put("bob@there.test")
        await scene.fails()
        await scene.outbox.put(envelope("bob@there.test", sender="eve@else.test"), CONTENT)
        await scene.fails()
        assert await scene.reporter.report_all() == 2
        assert [each.envelope.addresses for each in await scene.outbox.messages()] == [("eve@else.test",)]
        assert (await scene.outbox.history(name))[-1].said == "reported to ann@here.test: impossible"

    play(tmp_path, story, warn=warned.append)
    assert len(warned) + len(caplog.records) == 1


def test_a_content_that_cannot_be_read_is_left_out_of_the_report(tmp_path: Path) -> None:
    warned: list[str] = []

    async def story(scene: Scene) -> None:
        name = await scene.put("bob@there.test", content=bytes(SMALL + 1))
        (tmp_path / "contents" / name).unlink()
        await scene.fails()
        _, octets = await scene.report()
        assert [about.final for about in read(octets)] == ["bob@there.test"]
        (line,) = warned
        assert line.startswith(f"the content of {name} cannot be read: no such file") and "holds nothing of it" in line

    play(tmp_path, story, warn=warned.append)


def test_one_report_speaks_of_all_that_failed_by_then(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        await scene.put("bob@there.test", "eve@else.test", "kim@third.test")
        other = await scene.take("else.test")
        await scene.fails()
        assert await scene.reporter.report_all() == 0  # somebody is being tried, who may fail as well
        await scene.settle(refused(other))
        _, octets = await scene.report()
        assert [about.final for about in read(octets)] == ["bob@there.test", "eve@else.test"]

    play(tmp_path, story)


def test_what_has_waited_too_long_is_reported_as_expired(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        await scene.put("bob@there.test")
        scene.clock.go_on(5 * DAY)
        await scene.fails(put_off)
        _, octets = await scene.report()
        (about,) = read(octets)
        assert (about.action, about.status, about.diagnostic) == (
            Action.FAILED, "4.4.7", "451 4.2.0 Come back later",
        )  # fmt: skip

    play(tmp_path, story)


def test_a_delay_is_reported_with_the_end_of_all_patience(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        await scene.put("bob@there.test")
        scene.clock.go_on(4 * HOUR)
        await scene.fails(put_off)
        _, octets = await scene.report()
        (about,) = read(octets)
        assert (about.action, about.status, about.retry_until) == (Action.DELAYED, "4.2.0", START + 5 * DAY)
        (waiting,) = [each for each in await scene.outbox.messages() if each.envelope.sender]
        assert waiting.recipients[0].state is State.WAITING

    play(tmp_path, story)


def test_success_is_reported_as_relayed_where_it_was_asked_for(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        await scene.put(Recipient("bob@there.test", SUCCESS), Recipient("eve@there.test"))
        await scene.fails(accepted)
        _, octets = await scene.report()
        (about,) = read(octets)
        assert (about.final, about.action, about.status) == ("bob@there.test", Action.RELAYED, "2.0.0")

    play(tmp_path, story)


def test_a_report_holds_the_whole_message_where_that_was_asked_for(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        for ret in (Return.FULL, Return.HEADERS):
            await scene.put("bob@there.test", ret=ret)
            await scene.fails()
        assert await scene.reporter.report_all() == 2
        contents = [await scene.outbox.content(each.id) for each in await scene.outbox.messages()]
        texts = sorted(content for content in contents if isinstance(content, bytes))
        assert len(texts) == 2
        assert sorted(b"\r\nHello.\r\n" in text for text in texts) == [False, True]
        assert all(b"Subject: hello\r\n" in text for text in texts)

    play(tmp_path, story)


def test_of_a_large_message_the_header_is_enough(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        await scene.put("bob@there.test", content=CONTENT + b"x\r\n" * SMALL * 4, ret=Return.FULL)
        await scene.fails()
        _, octets = await scene.report()
        assert b"Subject: hello" in octets and len(octets) < 10_000
        assert list((tmp_path / "contents").iterdir()) == []

    play(tmp_path, story)


def test_a_report_goes_the_way_that_the_message_went(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        await scene.outbox.put(envelope("bob@there.test"), CONTENT, relay="smtp://mail.test")
        await scene.fails(destination="smtp://mail.test")
        await scene.report()
        (made,) = await scene.outbox.messages()
        assert (made.relay, made.recipients[0].destination) == ("smtp://mail.test", "smtp://mail.test")

    play(tmp_path, story)


def test_reports_to_our_own_senders_are_kept_in_our_mailbox(tmp_path: Path) -> None:
    mailbox = MemoryStore()

    async def story(scene: Scene) -> None:
        name = await scene.put("bob@there.test")
        await scene.fails()
        assert await scene.reporter.report_all() == 1
        ((made, origin, octets),) = mailbox.kept
        assert (made.sender, made.addresses, origin.by) == ("", ("ann@here.test",), "mail.here.test")
        assert [about.final for about in read(octets)] == ["bob@there.test"]
        assert await scene.outbox.messages() == []
        assert (await scene.outbox.history(name))[-1].said == "reported to ann@here.test: kept1"

    play(tmp_path, story, mailbox=mailbox, domains=frozenset({"here.test"}))


def test_reports_to_strangers_are_sent_all_the_same(tmp_path: Path) -> None:
    mailbox = MemoryStore()

    async def story(scene: Scene) -> None:
        await scene.put("bob@there.test")
        await scene.fails()
        await scene.report()
        assert mailbox.kept == []

    play(tmp_path, story, mailbox=mailbox, domains=frozenset({"elsewhere.test"}))


def test_a_mailbox_without_domains_keeps_every_report(tmp_path: Path) -> None:
    mailbox = MemoryStore()

    async def story(scene: Scene) -> None:
        await scene.put("bob@there.test")
        await scene.fails()
        await scene.reporter.report_all()
        assert len(mailbox.kept) == 1

    play(tmp_path, story, mailbox=mailbox)


def test_a_report_that_fails_is_the_end(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        await scene.put("bob@there.test")
        await scene.fails()
        await scene.report()
        await scene.fails(refused, "here.test")
        assert await scene.reporter.report_all() == 0
        assert await scene.outbox.messages() == []

    play(tmp_path, story)
