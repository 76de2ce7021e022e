"""The durable queue with a server that fails in every way: what is delivered and what comes back is what the RFCs say.

The server is ours, with rules of chaos. Time is set by hand; reports come into a store of the sender's, where their
fields are read. What a kill does is tried with real processes.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import re
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from portside.apps.outbox import Outbox, Runner, Schedule, Settings
from portside.apps.outbox.by_smtp import SmtpCarrier
from portside.interfaces import Address
from portside.mail.envelope import Envelope, Notify, Recipient, Return
from portside.mail.report import Action, PerRecipient, read
from portside.protocols.smtp.client import Settings as ClientSettings
from portside.protocols.smtp.rules.chaos import parse_rule
from portside.protocols.smtp.server import MailServer, serve
from portside.protocols.smtp.server import Settings as ServerSettings
from tests.support import aiosmtpd_peer, smtp_served
from tests.support.commands import Ended, run
from tests.support.gate import Gate
from tests.support.outboxes import HandClock, MemoryStore
from tests.support.peers import need
from tests.support.ports import held_tcp_port
from tests.support.processes import Running
from tests.support.zones import Zone

PROVE = os.environ.get("PORTSIDE_PROVE") == "1"
KILLS = 200 if PROVE else 3
LONGER_THAN_BUFFERS = 64 * 500_000
"""Octets that no two sockets take before somebody reads."""
ANN, BOB, EVE, KIM = "ann@here.test", "bob@there.test", "eve@there.test", "kim@else.test"
CONTENT = b"Subject: hello\r\n\r\nthe very words\r\n"


class Scene:
    """A queue of Ann's, the server that it is for, and what Ann was told."""

    def __init__(self, folder: Path, outbox: Outbox, clock: HandClock) -> None:
        self.folder = folder
        self.outbox = outbox
        self.clock = clock
        self.inbox = MemoryStore()
        self.reports = MemoryStore()
        self.server: MailServer | None = None
        self.settings = Settings(name="mail.here.test", mailbox=self.reports)
        self.client = ClientSettings()

    async def serve(self, *rules: str, port: int = 0) -> None:
        """From now on there is a server, with those rules of chaos."""
        chaos = [parse_rule(rule) for rule in rules]
        self.server = await serve(ServerSettings([Address("127.0.0.1", port)], chaos=chaos), self.inbox)
        self.outbox.relay = f"smtp://{self.server.addresses[0]}/"

    async def put(self, *recipients: str | Recipient, sender: str = ANN, content: bytes = CONTENT, **more: Any) -> str:
        to = tuple(Recipient(each) if isinstance(each, str) else each for each in recipients)
        name = await self.outbox.put(Envelope(sender, to, **more), content)
        self.clock.go_on(1)
        return name

    async def run(self, **schedule: float) -> tuple[int, int, int]:
        """Send what is due; how many were delivered, refused and put off."""
        settings = replace(self.settings, schedule=Schedule(**schedule))  # type: ignore[arg-type]
        tally = await Runner(self.outbox, SmtpCarrier(self.client), settings).run(once=True)
        self.clock.go_on(1)
        return tally.delivered, tally.failed, tally.put_off

    async def run_when_due(self) -> tuple[int, int, int]:
        """The same, at the moment when the next one is due."""
        dues = [each.due for message in await self.outbox.messages() for each in message.recipients]
        self.clock.set(max(self.clock.now(), *dues))
        return await self.run()

    async def states(self, name: str) -> dict[str, str]:
        message = await self.outbox.message(name)
        assert message is not None
        return {each.recipient.address: each.state.value for each in message.recipients}

    async def history(self, name: str) -> list[str]:
        return [each.said for each in await self.outbox.history(name)]

    def told(self) -> list[PerRecipient]:
        """What Ann was told."""
        return [about for content in self.reports.contents for about in read(content)]


def play(folder: Path, story: Callable[[Scene], Coroutine[Any, Any, None]]) -> None:
    async def main() -> None:
        clock = HandClock()
        async with Outbox(folder / "queue", clock=clock) as outbox:
            scene = Scene(folder, outbox, clock)
            try:
                await story(scene)
            finally:
                if scene.server is not None:
                    await scene.server.stop(0.0)

    asyncio.run(main())


# ------------------------------------------------------------------------------------------- it may pass


def test_a_server_that_is_down_gets_it_once_it_is_up(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        with held_tcp_port() as port:
            scene.outbox.relay = f"smtp://127.0.0.1:{port}/"
            name = await scene.put(BOB)
            assert await scene.run() == (0, 0, 1)
        assert (await scene.history(name))[0].startswith("put off: cannot connect")
        await scene.serve(port=port)
        assert await scene.run() == (0, 0, 0)  # it is not due yet
        assert await scene.run_when_due() == (1, 0, 0)
        assert await scene.states(name) == {BOB: "delivered"}
        assert (scene.inbox.contents, scene.told()) == ([CONTENT], [])

    play(tmp_path, story)


@pytest.mark.parametrize("stage", ["connect", "helo", "mail", "rcpt", "data", "end"])
@pytest.mark.parametrize("code", [421, 450, 451, 452])
def test_a_passing_failure_at_any_stage_is_tried_again_and_told_to_nobody(
    tmp_path: Path, stage: str, code: int
) -> None:
    """RFC 5321 §4.2.1: 4yz."""

    async def story(scene: Scene) -> None:
        await scene.serve(f"{stage}={code}*1")
        name = await scene.put(BOB)
        assert await scene.run() == (0, 0, 1)
        assert await scene.states(name) == {BOB: "waiting"}
        assert str(code) in (await scene.history(name))[0]
        assert await scene.run_when_due() == (1, 0, 0)
        assert (scene.inbox.contents, scene.told()) == ([CONTENT], [])

    play(tmp_path, story)


@pytest.mark.parametrize("stage", ["connect", "helo", "mail", "rcpt", "data"])
def test_a_cut_ahead_of_the_content_is_tried_again(tmp_path: Path, stage: str) -> None:
    async def story(scene: Scene) -> None:
        scene.client = ClientSettings(chunking=False)  # BDAT takes the content with it
        await scene.serve(f"{stage}=disconnect*1")
        name = await scene.put(BOB)
        assert await scene.run() == (0, 0, 1)
        assert "all the same" not in (await scene.history(name))[0]
        assert await scene.run_when_due() == (1, 0, 0)
        assert (scene.inbox.contents, scene.told()) == ([CONTENT], [])

    play(tmp_path, story)


def test_a_cut_in_the_middle_of_the_content_delivers_nothing_and_is_tried_again(tmp_path: Path) -> None:
    content = CONTENT + (b"x" * 62 + b"\r\n") * (LONGER_THAN_BUFFERS // 64)

    async def story(scene: Scene) -> None:
        await scene.serve("content=disconnect*1")
        name = await scene.put(BOB, content=content)
        assert await scene.run() == (0, 0, 1)
        assert "all the same" not in (await scene.history(name))[0]
        assert scene.inbox.contents == []
        assert await scene.run_when_due() == (1, 0, 0)
        assert (scene.inbox.contents, scene.told()) == ([content], [])

    play(tmp_path, story)


@pytest.mark.parametrize(("stage", "copies"), [("content", 1), ("end", 2)])
def test_a_cut_ahead_of_the_reply_may_double_and_loses_nothing(tmp_path: Path, stage: str, copies: int) -> None:
    """RFC 1047, RFC 5321 §4.5.4.1: whoever has said all of it and heard nothing has to say it again."""

    async def story(scene: Scene) -> None:
        scene.client = ClientSettings(chunking=False)  # BDAT takes the content with it
        await scene.serve(f"{stage}=disconnect*1")
        name = await scene.put(BOB)
        assert await scene.run() == (0, 0, 1)
        assert "it may have been delivered all the same" in (await scene.history(name))[0]
        assert await scene.run_when_due() == (1, 0, 0)
        assert await scene.states(name) == {BOB: "delivered"}
        assert (scene.inbox.contents, scene.told()) == ([CONTENT] * copies, [])

    play(tmp_path, story)


def test_a_message_that_waits_too_long_comes_back(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        await scene.serve("rcpt=450")
        bob = Recipient(BOB, frozenset({Notify.FAILURE}), "rfc822;robert@there.test")
        name = await scene.put(bob, envid="E1")
        while await scene.states(name) == {BOB: "waiting"}:
            await scene.run_when_due()
        assert await scene.states(name) == {BOB: "expired"}
        (about,) = scene.told()
        assert (about.final, about.action, about.status) == (BOB, Action.FAILED, "4.4.7")
        assert about.original == "robert@there.test" and about.diagnostic.startswith("450")
        ((envelope, _, content),) = scene.reports.kept
        assert (envelope.sender, envelope.addresses) == ("", (ANN,))
        assert b"\r\nOriginal-Envelope-Id: E1\r\n" in content

    play(tmp_path, story)


def test_a_delay_is_told_once(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        await scene.serve("rcpt=450*12")
        name = await scene.put(BOB)
        for _ in range(12):
            await scene.run_when_due()
        assert [(about.final, about.action) for about in scene.told()] == [(BOB, Action.DELAYED)]
        assert await scene.run_when_due() == (1, 0, 0)
        assert await scene.states(name) == {BOB: "delivered"}
        assert len(scene.told()) == 1

    play(tmp_path, story)


# ------------------------------------------------------------------------------------------- it is for good


@pytest.mark.parametrize("stage", ["connect", "mail", "rcpt", "data", "end"])
@pytest.mark.parametrize("code", [550, 554])
def test_a_final_failure_at_any_stage_comes_back_at_once(tmp_path: Path, stage: str, code: int) -> None:
    """RFC 5321 §4.2.1: 5yz; RFC 3464 for what the sender reads."""

    async def story(scene: Scene) -> None:
        await scene.serve(f"{stage}={code}")
        name = await scene.put(BOB)
        assert await scene.run() == (0, 1, 0)
        assert await scene.states(name) == {BOB: "failed"}
        (about,) = scene.told()
        assert (about.final, about.action, about.status[0]) == (BOB, Action.FAILED, "5")
        assert about.diagnostic.startswith(str(code))
        assert scene.inbox.contents == []
        scene.clock.go_on(1_000_000)
        assert await scene.run() == (0, 0, 0)

    play(tmp_path, story)


def test_each_recipient_has_the_fate_of_their_own(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        await scene.serve("rcpt:bob@*=550", "rcpt:eve@*=450*1")
        name = await scene.put(BOB, EVE, KIM)
        assert await scene.run() == (1, 1, 1)
        assert await scene.states(name) == {BOB: "failed", EVE: "waiting", KIM: "delivered"}
        assert [about.final for about in scene.told()] == [BOB]
        assert await scene.run_when_due() == (1, 0, 0)
        assert scene.inbox.addresses == [KIM, EVE]
        assert len(scene.told()) == 1

    play(tmp_path, story)


def test_a_report_travels_through_the_same_queue_from_nobody(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        scene.settings = Settings(name="mail.here.test")
        await scene.serve("rcpt:bob@*=550")
        await scene.put(BOB)
        assert await scene.run() == (1, 1, 0)
        ((envelope, _, content),) = scene.inbox.kept
        assert (envelope.sender, envelope.addresses) == ("", (ANN,))
        assert [about.final for about in read(content)] == [BOB]
        assert await scene.outbox.messages() == []

    play(tmp_path, story)


def test_a_report_that_fails_is_dropped(tmp_path: Path) -> None:
    """RFC 5321 §4.5.5: otherwise there would be no end."""

    async def story(scene: Scene) -> None:
        scene.settings = Settings(name="mail.here.test")
        await scene.serve("rcpt=550")
        await scene.put(BOB)
        assert await scene.run() == (0, 2, 0)  # the message, and its report
        assert await scene.outbox.messages() == []
        await scene.put(BOB, sender="")
        assert await scene.run() == (0, 1, 0)
        assert scene.inbox.contents == []

    play(tmp_path, story)


@pytest.mark.parametrize(("asked", "told"), [("NEVER", 0), ("FAILURE", 1), ("SUCCESS", 0), ("DELAY", 0)])
def test_a_sender_hears_what_they_asked_to_hear(tmp_path: Path, asked: str, told: int) -> None:
    """RFC 3461 §4.1."""

    async def story(scene: Scene) -> None:
        await scene.serve("rcpt=550")
        await scene.put(Recipient(BOB, frozenset({Notify(asked)})))
        assert await scene.run() == (0, 1, 0)
        assert len(scene.told()) == told

    play(tmp_path, story)


def test_success_is_reported_as_relayed_where_the_server_reports_nothing(tmp_path: Path) -> None:
    """RFC 3461 §5.2.2: aiosmtpd has no DSN."""

    async def story(scene: Scene) -> None:
        await scene.put(Recipient(BOB, frozenset({Notify.SUCCESS})), Recipient(EVE))
        assert await scene.run() == (2, 0, 0)
        assert [(about.final, about.action) for about in scene.told()] == [(BOB, Action.RELAYED)]

    async def with_relay(scene: Scene) -> None:
        scene.outbox.relay = f"{server.url}/"
        await story(scene)

    with aiosmtpd_peer.serving(tmp_path) as server:
        play(tmp_path, with_relay)


def test_success_is_left_to_a_server_that_reports_itself(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        await scene.serve()
        await scene.put(Recipient(BOB, frozenset({Notify.SUCCESS}), f"rfc822;{BOB}"))
        assert await scene.run() == (1, 0, 0)
        assert scene.told() == []
        ((envelope, _, _),) = scene.inbox.kept
        assert envelope.recipients == (Recipient(BOB, frozenset({Notify.SUCCESS}), f"rfc822;{BOB}"),)

    play(tmp_path, story)


@pytest.mark.parametrize(("ret", "whole"), [(Return.FULL, True), (Return.HEADERS, False)])
def test_a_report_holds_as_much_as_was_asked_for(tmp_path: Path, ret: Return, whole: bool) -> None:
    """RFC 3461 §4.3."""

    async def story(scene: Scene) -> None:
        await scene.serve("rcpt=550")
        await scene.put(BOB, ret=ret)
        await scene.run()
        (report,) = scene.reports.contents
        assert (b"the very words" in report) is whole
        assert b"Subject: hello" in report

    play(tmp_path, story)


def test_more_recipients_than_a_server_takes_come_in_several_turns(tmp_path: Path) -> None:
    """RFC 5321 §4.5.3.1.10."""

    async def story(scene: Scene) -> None:
        await scene.serve("rcpt:1*@*=452*2")
        addresses = [f"{number}@there.test" for number in range(20)]
        await scene.put(*addresses)
        assert await scene.run() == (20, 0, 2)
        assert sorted(scene.inbox.addresses) == sorted(addresses)

    play(tmp_path, story)


def test_without_a_relay_each_domain_has_a_way_of_its_own(tmp_path: Path) -> None:
    """RFC 5321 §5.1, RFC 7505: the next exchanger where one is down, and patience where the DNS says nothing."""
    zone = Zone(
        {
            "good.test": {"MX": ["10 dead.good.test", "20 mx.good.test"]},
            "dead.good.test": {"A": ["127.9.9.9"]},
            "mx.good.test": {"A": ["127.0.0.1"]},
            "null.test": {"MX": ["0 "]},
        },
        silent=["silent.test"],
    )

    async def story(scene: Scene) -> None:
        await scene.serve()
        assert scene.server is not None
        scene.client = ClientSettings(resolver=zone, port=scene.server.addresses[0].port)
        scene.outbox.relay = ""
        name = await scene.put("a@good.test", "b@null.test", "c@none.test", "d@silent.test")
        assert await scene.run() == (1, 2, 1)
        assert await scene.states(name) == {
            "a@good.test": "delivered",
            "b@null.test": "failed",
            "c@none.test": "failed",
            "d@silent.test": "waiting",
        }
        assert scene.inbox.addresses == ["a@good.test"]
        told = {about.final: about.status for about in scene.told()}
        assert told == {"b@null.test": "5.1.10", "c@none.test": "5.1.2"}
        assert [name for name, *_ in await scene.outbox.down()] == ["silent.test"]

    play(tmp_path, story)


# ------------------------------------------------------------------------------------------ processes


class Queue:
    """A queue, as a person uses it."""

    def __init__(self, portside: Path, folder: Path) -> None:
        self._portside = portside
        self.folder = folder / "queue"

    def command(self, verb: str, *arguments: str | Path) -> str:
        ended: Ended = run(self._portside, *verb.split(), *arguments, "--outbox", self.folder)
        assert ended.returncode == 0, ended.stderr.decode()
        return (ended.stdout + ended.stderr).decode()

    def send(self, url: str, body: str) -> str:
        """Queue a message; its id."""
        words = ("--queue", "--json", "--from", ANN, "--to", BOB, "--subject", "Hello", "--body", body, url)
        name: str = json.loads(self.command("send", *words).splitlines()[0])["id"]
        return name

    def renew(self, url: str, bodies: Sequence[str]) -> list[str]:
        """Have all that waits due at once, and queue messages with ``bodies``; their ids."""

        async def main() -> list[str]:
            async with Outbox(self.folder, relay=f"{url}/") as outbox:
                await outbox.retry()
                to = Envelope(ANN, (Recipient(BOB),))
                return [await outbox.put(to, f"Subject: Hello\r\n\r\n{body}\r\n".encode()) for body in bodies]

        return asyncio.run(main())


@pytest.fixture
def queue(portside: Path, tmp_path: Path) -> Queue:
    return Queue(portside, tmp_path)


def large(folder: Path, size: int) -> Path:
    """A message with a body of ``size`` octets: lines of 62 and their end."""
    file = folder / "large.eml"
    head = f"From: {ANN}\r\nTo: {BOB}\r\nSubject: large\r\n\r\n"
    file.write_bytes(head.encode() + (b"x" * 62 + b"\r\n") * (size // 64))
    return file


def test_what_a_person_queues_is_sent_by_whoever_runs_the_queue(
    queue: Queue, portside: Path, tmp_path: Path, process: Callable[..., Running]
) -> None:
    (tmp_path / "server").mkdir()
    with smtp_served.serving(tmp_path / "server", "--chaos", "rcpt=450*1") as server:
        first = queue.send(server.url, "one")
        assert "1 put off" in queue.command("queue run --once")
        runner = process(portside, "queue", "run", "--outbox", queue.folder)
        runner.wait_for_line("is being sent", output="stderr")
        queue.command("queue retry", first)
        runner.wait_for_line(f"{first} to {BOB}: accepted", output="stderr")
        second = queue.send(server.url, "two")
        runner.wait_for_line(f"{second} to {BOB}: accepted", output="stderr")
        assert runner.stop() == 0
        server.process.stop()
        bodies = [message.rpartition(b"\n\n")[2].strip() for message in server.inbox.arrived()]
    assert sorted(bodies) == [b"one", b"two"]


def trying(queue: Queue) -> set[str]:
    """The messages that a dead run was busy with: only they may come twice."""
    with contextlib.closing(sqlite3.connect(queue.folder / "queue.sqlite")) as database:
        return {name for (name,) in database.execute("SELECT message FROM recipients WHERE state = 'trying'")}


@pytest.mark.prove
@pytest.mark.timeout(1_800)
def test_a_queue_that_is_killed_loses_nothing_and_doubles_only_what_was_not_acknowledged(
    queue: Queue, portside: Path, tmp_path: Path, process: Callable[..., Running]
) -> None:
    """Killed when a gate between it and the server has let so many bytes through, either way, drawn by lot."""
    lots = random.Random(5)
    may_double: Counter[str] = Counter()
    bodies: dict[str, str] = {}
    (tmp_path / "server").mkdir()
    with smtp_served.serving(tmp_path / "server") as server, Gate((server.host, server.port)) as gate:
        url = f"smtp://{gate.host}:{gate.port}"
        for number in range(KILLS):
            fresh = [f"message {number}.{count}" for count in range(3)]
            bodies |= dict(zip(queue.renew(url, fresh), fresh, strict=True))
            gate.shut_after(*lots.choice((("up", lots.randrange(1, 2_500)), ("down", lots.randrange(1, 900)))))
            runner = process(portside, "queue", "run", "--quiet", "--outbox", queue.folder)
            assert gate.wait(), f"the queue had nothing to send for kill {number}"
            runner.popen.kill()
            runner.wait()
            gate.cut()
            may_double.update(trying(queue))
        gate.shut_after("up", None)
        queue.renew(url, [])
        assert "0 refused, 0 put off" in queue.command("queue run --once")
        server.process.stop()
        found = Counter(each.decode().rpartition("\n\n")[2].strip() for each in server.inbox.arrived())
    assert set(found) == set(bodies.values()), "something was lost, or came that nobody sent"
    for name, body in bodies.items():
        assert found[body] <= 1 + may_double[name], f"{body} came {found[body]} times"
    assert "is empty" in queue.command("queue")


@pytest.mark.prove
def test_what_send_has_queued_is_on_the_disk_before_it_says_so(queue: Queue, portside: Path, tmp_path: Path) -> None:
    """A kill keeps the page cache, so the calls themselves are looked at."""
    trace = tmp_path / "trace"
    calls = "trace=fsync,fdatasync,write,pwrite64"
    file = large(tmp_path, 2_000_000)
    words = (portside, "send", "--queue", "--outbox", queue.folder, "--file", file, "smtp://127.0.0.1:1")
    ended = run(need("strace"), "-f", "-y", "-s", "500", "-e", calls, "-o", trace, *words)
    assert ended.returncode == 0, ended.stderr.decode()
    lines = trace.read_text("utf-8", "replace").splitlines()
    told = next(place for place, line in enumerate(lines) if "queued as" in line)
    before = "\n".join(lines[:told])
    assert re.search(r"fsync\([0-9]+<[^>]*/contents/[0-9a-z]+>", before), "the content was not synced"
    assert re.search(r"fsync\([0-9]+<[^>]*/contents>", before), "its folder was not synced"
    assert re.search(rf"fsync\([0-9]+<{queue.folder}>", before), "the folder of both was not synced"
    last = [line for line in lines[:told] if "queue.sqlite-wal>" in line][-1]
    assert re.search(r"f(?:data)?sync\(", last), "the database's log was written to after it was synced"


ON_A_FULL_DISK = """
import asyncio, pathlib, sys
from portside.apps.outbox import Outbox, Runner
from portside.mail.envelope import Envelope, Recipient
from portside.mail.storing import StoreFull
from tests.support.outboxes import Carriage

disk, to = pathlib.Path(sys.argv[1]), Envelope("ann@here.test", (Recipient("bob@there.test"),))

async def fill(outbox, size):
    bodies = []
    while True:
        body = b"%d " % len(bodies) + b"x" * size
        try:
            await outbox.put(to, body)
        except StoreFull:
            return bodies
        bodies.append(body)

async def main():
    async with Outbox(disk / "queue") as outbox:
        (disk / "ballast").write_bytes(bytes(2_000_000))
        bodies = await fill(outbox, 400_000) + await fill(outbox, 20_000)
        assert len(bodies) > 5, len(bodies)
        assert len(await outbox.messages()) == len(bodies)
        files = list((disk / "queue" / "contents").iterdir())
        assert len(files) == sum(len(body) > 300_000 for body in bodies), "a half content was left"
        (disk / "ballast").unlink()
        bodies.append(b"there is room again")
        await outbox.put(to, bodies[-1])
        carriage = Carriage()
        assert (await Runner(outbox, carriage).run(once=True)).delivered == len(bodies)
        assert sorted(carriage.contents) == sorted(bodies)

asyncio.run(main())
print("all is well")
"""
MOUNTED = 'mount -t tmpfs -o size=6000000 tmpfs "$1" && exec "$2" -c "$3" "$1"'
"""For a shell whose mounts are its own: they go when it ends, whatever happens."""


@pytest.mark.peer
def test_a_full_disk_takes_nothing_in_halves_and_loses_nothing(tmp_path: Path) -> None:
    if os.geteuid() != 0 or run(need("unshare"), "-m", "true").returncode != 0:
        pytest.skip("mounting is not allowed")
    words = ("-m", "sh", "-c", MOUNTED, "sh", tmp_path, sys.executable, ON_A_FULL_DISK)
    ended = run(need("unshare"), *words, folder=Path(__file__).parents[2])
    assert ended.stdout == b"all is well\n", ended.stderr.decode()
