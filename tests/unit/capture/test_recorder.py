"""The recorder: a file of what passed, keys before what they open, and no mistake of its own for anybody else."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from portside.capture.files import reading
from portside.capture.files.items import Packet, Secrets
from portside.capture.keylog import MemoryKeyLog, ended
from portside.capture.recorder import FIRST_PORT, RECONSTRUCTED, Recorder
from portside.interfaces import Address, Door, Role
from portside.protocols.http import explain
from portside.protocols.upper import explain as upper
from tests.support.captures import told
from tests.support.conversations import until

LOCAL, REMOTE = Address("127.0.0.1", 8080), Address("127.0.0.1", 40000)
ASK = b"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic c2VjcmV0\r\n\r\n"
ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"


def recorded(path: Path, act: Callable[[Recorder], None], *, secrets: bool = False) -> Path:
    async def main() -> None:
        recorder = Recorder(path, secrets=secrets, keys=MemoryKeyLog() if secrets else None)
        act(recorder)
        recorder.close()

    asyncio.run(main())
    return path


def exchange(recorder: Recorder, door: Door | None = None) -> None:
    tap = recorder.tap(explain.mask, 8080).stream(door or Door(LOCAL, REMOTE), Role.SERVER)
    tap.came(ASK)
    tap.sent(ANSWER)
    tap.ended()
    tap.finished()
    tap.lost(None)


def log_key(recorder: Recorder, line: str) -> None:
    """As OpenSSL does."""
    assert recorder.key_log is not None
    with Path(recorder.key_log).open("a") as log:
        log.write(line)


@pytest.mark.parametrize(("secrets", "shown"), [(False, b"Basic ********"), (True, b"Basic c2VjcmV0")])
def test_what_passed_is_in_the_file_without_secrets(tmp_path: Path, secrets: bool, shown: bytes) -> None:
    path = recorded(tmp_path / "a.pcapng", exchange, secrets=secrets)
    assert shown in path.read_bytes()
    story = told(path)
    assert [message.title for message in story.messages] == [
        "connection opened",
        "GET /",
        "204 No Content",
        "finished sending",
        "finished sending",
    ]
    assert story.remarks == [RECONSTRUCTED]


def test_it_reaches_the_disk_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "a.pcapng"

    async def main() -> None:
        recorder = Recorder(path)
        exchange(recorder)
        await until(lambda: b"204 No Content" in path.read_bytes())
        recorder.close()

    asyncio.run(main())


def test_keys_stand_before_what_they_open(tmp_path: Path) -> None:
    def act(recorder: Recorder) -> None:
        exchange(recorder)
        log_key(recorder, "CLIENT_RANDOM 00 11\n")

    file = reading.CaptureFile(recorded(tmp_path / "a.pcapng", act, secrets=True))
    items = [type(item) for item in file.read(1 << 20)]
    assert items.index(Secrets) < items.index(Packet)


def test_without_secrets_nobody_gets_keys(tmp_path: Path) -> None:
    def act(recorder: Recorder) -> None:
        assert recorder.key_log is recorder.tap().key_log is None

    recorded(tmp_path / "a.pcapng", act)


def test_a_unix_socket_has_ends_that_are_made_up(tmp_path: Path) -> None:
    door = Door(Address("", 0, "/run/x"), Address("", 0))

    def act(recorder: Recorder) -> None:
        exchange(recorder, door)
        exchange(recorder, door)

    story = told(recorded(tmp_path / "a.pcapng", act))
    assert [str(one.client) for one in story.conversations] == [f"127.0.0.1:{FIRST_PORT + n}" for n in (1, 2)]
    assert {str(one.server) for one in story.conversations} == {"127.0.0.1:8080"}


def test_it_says_what_is_spoken_where_no_byte_tells(tmp_path: Path) -> None:
    def act(recorder: Recorder) -> None:
        tap = recorder.tap(upper.mask, 12000, "upper").stream(Door(LOCAL, REMOTE), Role.SERVER)
        tap.came(b"hello\n")
        tap.sent(b"HELLO\n")

    story = told(recorded(tmp_path / "a.pcapng", act))
    assert [message.protocol for message in story.messages if message.size] == ["UPPER", "UPPER"]


def test_datagrams_of_a_socket_that_is_bound_to_all_addresses(tmp_path: Path) -> None:
    def act(recorder: Recorder) -> None:
        tap = recorder.tap().datagrams(Door(Address("0.0.0.0", 53), Address("", 0)), Role.SERVER)
        tap.came(b"who?", Address("127.0.0.1", 5353))
        tap.sent(b"me", Address("127.0.0.1", 5353))

    story = told(recorded(tmp_path / "a.pcapng", act))
    assert str(story.conversations[0].server) == "127.0.0.1:53"
    assert [message.size for message in story.messages] == [4, 2]


def test_its_own_mistakes_end_the_record_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        def hide(self, role: Role, data: bytes) -> bytes:
            raise ZeroDivisionError(len(data))

    def act(recorder: Recorder) -> None:
        tap = recorder.tap(Broken).stream(Door(LOCAL, REMOTE), Role.SERVER)
        for _ in range(3):
            tap.came(ASK)
            tap.sent(ANSWER)
        tap.ended()
        tap.finished()
        tap.lost(None)
        exchange(recorder)
        recorder.tap().stream(Door(Address("no address", 1), REMOTE), Role.SERVER).came(ASK)

    with caplog.at_level(logging.WARNING):
        recorded(tmp_path / "a.pcapng", act)
    assert len(caplog.records) == 1 and "by a mistake of the recorder" in caplog.text


def test_its_own_mistakes_are_told_to_whoever_reads_beside(tmp_path: Path) -> None:
    reading_end, writing_end = os.pipe()

    async def main() -> None:
        recorder = Recorder(tmp_path / "a.pcapng", aside=writing_end)
        recorder.fail(ZeroDivisionError())
        recorder.fail(ZeroDivisionError())
        recorder.close()

    asyncio.run(main())
    os.close(writing_end)
    with os.fdopen(reading_end, "rb") as reader:
        assert reader.read() == ended("by a mistake of the recorder")


def test_keys_go_aside_where_there_is_a_pipe_and_into_no_file(tmp_path: Path) -> None:
    reading, writing = os.pipe()

    async def main() -> None:
        recorder = Recorder(tmp_path / "a.pcapng", keys=MemoryKeyLog(), aside=writing, size=600, files=9)
        for number in range(4):
            log_key(recorder, f"CLIENT_RANDOM {number:02} c4n4ry\n")
            exchange(recorder)
            recorder.flush()
        recorder.close()

    asyncio.run(main())
    os.close(writing)
    with os.fdopen(reading, "rb") as reader:
        assert reader.read().splitlines() == [b"CLIENT_RANDOM %02d c4n4ry" % number for number in range(4)]
    files = list(tmp_path.iterdir())
    assert len(files) > 2
    assert all(b"c4n4ry" not in path.read_bytes() for path in files)


def test_keys_alone_are_handed_on_with_a_flush(tmp_path: Path) -> None:
    def act(recorder: Recorder) -> None:
        log_key(recorder, "CLIENT_RANDOM 00 11\n")
        recorder.flush()
        recorder.flush()

    file = reading.CaptureFile(recorded(tmp_path / "a.pcapng", act, secrets=True))
    assert sum(isinstance(item, Secrets) for item in file.read(1 << 20)) == 1
    file.close()


def test_a_record_that_is_abandoned_costs_nothing_more(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def act(recorder: Recorder) -> None:
        exchange(recorder)
        recorder.flush()
        before = recorder.packets
        recorder.abandon()
        exchange(recorder)
        recorder.flush()
        assert recorder.packets == before > 0

    with caplog.at_level(logging.WARNING):
        recorded(tmp_path / "a.pcapng", act)
    assert caplog.records == []
