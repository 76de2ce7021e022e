"""Exchanges are collected and written together, soon."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from portside.errors import UsageError
from portside.interfaces import Address, Door
from portside.protocols.http.messages import Request
from portside.protocols.http.server.access_log import BATCH, SOON, AccessLog

DOOR = Door(Address("127.0.0.1", 8080), Address("127.0.0.1", 50000))
ASKED = Request("GET", "/x")


class Timer:
    def __init__(self, delay: float, callback: Callable[[], None]) -> None:
        self.delay = delay
        self.callback = callback
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


@pytest.fixture
def timers(monkeypatch: pytest.MonkeyPatch) -> list[Timer]:
    """The timers that were set, on a loop that a test winds by hand."""
    made: list[Timer] = []

    class Loop:
        def call_later(self, delay: float, callback: Callable[[], None]) -> Timer:
            made.append(Timer(delay, callback))
            return made[-1]

    monkeypatch.setattr(asyncio, "get_running_loop", Loop)
    return made


def written(path: Path) -> list[str]:
    return [line.partition(" 127.0.0.1 ")[2] for line in path.read_text("ascii").splitlines()]


def test_lines_wait_for_one_timer(tmp_path: Path, timers: list[Timer]) -> None:
    path = tmp_path / "log"
    log = AccessLog("text", path)
    assert timers == []
    for size in range(3):
        log(DOOR, ASKED, 200, size)
    assert [timer.delay for timer in timers] == [SOON] and path.read_bytes() == b""
    timers[0].callback()
    log.close()
    assert written(path) == [f"GET /x 200 {size}" for size in range(3)]


def test_no_timer_runs_while_nothing_waits(tmp_path: Path, timers: list[Timer]) -> None:
    log = AccessLog("text", tmp_path / "log")
    log(DOOR, ASKED, 200, 0)
    timers[0].callback()
    assert len(timers) == 1
    log(DOOR, ASKED, 200, 0)
    assert len(timers) == 2
    log.close()
    assert timers[1].cancelled


def test_many_lines_do_not_wait(tmp_path: Path, timers: list[Timer], monkeypatch: pytest.MonkeyPatch) -> None:
    log = AccessLog("text", tmp_path / "log")
    given: list[int] = []
    monkeypatch.setattr(log._writer, "write", lambda lines, count: given.append(count))
    for _ in range(BATCH * 2 + 1):
        log(DOOR, ASKED, 200, 0)
    assert given == [BATCH, BATCH] and len(timers) == 1
    timers[0].callback()
    assert given == [BATCH, BATCH, 1]
    log.close()


@pytest.mark.parametrize("format_, start", [("text", b"2"), ("combined", b"127.0.0.1 - - ["), ("json", b'{"time": ')])
def test_each_format_can_be_had(tmp_path: Path, timers: list[Timer], format_: Any, start: bytes) -> None:
    path = tmp_path / "log"
    log = AccessLog(format_, path)
    log(DOOR, ASKED, 200, 0)
    log.close()
    assert path.read_bytes().startswith(start)


def test_a_rotation_splits_where_it_was_asked_for(tmp_path: Path, timers: list[Timer]) -> None:
    path = tmp_path / "log"
    log = AccessLog("text", path)
    log(DOOR, ASKED, 200, 1)
    path.rename(tmp_path / "log.1")
    log.reopen()
    log(DOOR, ASKED, 200, 2)
    log.close()
    assert written(path) == ["GET /x 200 2"]
    assert written(tmp_path / "log.1") == ["GET /x 200 1"]


def test_a_file_that_cannot_be_written_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        AccessLog("text", tmp_path)


def test_on_a_real_loop_lines_come_by_themselves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log"

    async def run() -> None:
        log = AccessLog("text", path)
        came = asyncio.Event()
        loop = asyncio.get_running_loop()
        monkeypatch.setattr(log._writer, "write", lambda lines, count: loop.call_soon(came.set))
        log(DOOR, ASKED, 200, 7)
        await came.wait()
        log.close()

    asyncio.run(run())
