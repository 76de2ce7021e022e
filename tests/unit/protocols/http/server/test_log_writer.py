"""A log is written by a thread of its own: nothing that happens to its file delays or stops the server."""

from __future__ import annotations

import fcntl
import logging
import os
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portside.errors import UsageError
from portside.protocols.http.server import log_writer
from portside.protocols.http.server.log_writer import WAITING_BYTES, LogWriter


def gap(count: int) -> bytes:
    return b"(%d missing)\n" % count


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "access.log"


@pytest.fixture
def stderr(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], bytes]]:
    """A pipe in the place of standard error; the function reads what is in it now."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    monkeypatch.setattr(log_writer, "_STDERR", writing)

    def read() -> bytes:
        try:
            return os.read(reading, 1 << 20)
        except BlockingIOError:
            return b""

    yield read
    os.close(reading)
    os.close(writing)


def test_lines_are_written_in_order(path: Path) -> None:
    writer = LogWriter(path, gap)
    for number in range(100):
        writer.write(b"%d\n" % number, 1)
    writer.close()
    assert path.read_bytes() == b"".join(b"%d\n" % number for number in range(100))


def test_a_file_is_appended_to_and_not_open_to_everybody(path: Path) -> None:
    for text in (b"a\n", b"b\n"):
        writer = LogWriter(path, gap)
        writer.write(text, 1)
        writer.close()
    assert path.read_bytes() == b"a\nb\n"
    assert stat.S_IMODE(path.stat().st_mode) & ~0o640 == 0


def test_a_log_that_is_never_written_needs_no_thread(path: Path) -> None:
    before = set(threading.enumerate())
    writer = LogWriter(path, gap)
    assert set(threading.enumerate()) <= before
    writer.close()
    writer.close()


@pytest.mark.parametrize(
    "name, reason", [("missing/x", "no such file"), (".", "is a directory"), ("pipe", "nobody reads")]
)
def test_a_file_that_cannot_be_opened_is_told_at_once(tmp_path: Path, name: str, reason: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match=reason):
        LogWriter(tmp_path / name, gap)


def test_after_a_rotation_it_goes_on_in_the_new_file(path: Path) -> None:
    writer = LogWriter(path, gap)
    writer.write(b"old\n", 1)
    path.rename(path.with_suffix(".1"))
    writer.reopen()
    writer.write(b"new\n", 1)
    writer.close()
    assert path.read_bytes() == b"new\n"


def test_what_was_given_before_the_rotation_stays_with_the_old_file(path: Path) -> None:
    writer = LogWriter(path, gap)
    writer.write(b"old\n", 1)
    path.rename(path.with_suffix(".1"))
    writer.reopen()
    writer.close()
    assert (path.read_bytes(), path.with_suffix(".1").read_bytes()) == (b"", b"old\n")


def test_a_new_file_that_cannot_be_opened_leaves_the_old_one(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    writer = LogWriter(path, gap)
    moved = path.parent.with_name(path.parent.name + "-moved")
    path.parent.rename(moved)
    writer.reopen()
    writer.write(b"still\n", 1)
    writer.close()
    assert (moved / path.name).read_bytes() == b"still\n"
    assert "the old one is written on" in caplog.text


def fill(writing: int) -> int:
    """Fill a pipe to its brim, as a reader does who never reads."""
    os.set_blocking(writing, False)
    filled = 0
    while True:
        try:
            filled += os.write(writing, b"x" * 4096)
        except BlockingIOError:
            return filled


def test_a_pipe_that_nobody_reads_delays_nothing_and_what_is_dropped_is_counted(
    stderr: Callable[[], bytes],
) -> None:
    fill(log_writer._STDERR)
    writer = LogWriter(None, gap)
    line = b"y" * 1023 + b"\n"
    given = WAITING_BYTES // len(line) + 100
    for _ in range(given):
        writer.write(line, 1)
    assert writer._given <= WAITING_BYTES + len(line)
    text = b""
    while writer._given - writer._taken > 0:
        text += stderr()
    text += stderr()  # so that there is room in the pipe
    writer.write(b"after\n", 1)
    writer.close()
    text += stderr()
    written = text.count(b"y" * 1023 + b"\n")
    assert text.endswith(b"(%d missing)\nafter\n" % (given - written)) and 0 < written < given


def test_closing_waits_for_a_full_pipe_only_briefly(stderr: Callable[[], bytes]) -> None:
    filled = fill(log_writer._STDERR)
    writer = LogWriter(None, gap)
    writer.write(b"never\n", 1)
    writer.close(patience=0.0)
    thread = writer._thread
    assert thread is not None
    thread.join()  # it sees the end by itself
    assert stderr() == b"x" * filled


def test_a_blocking_pipe_blocks_only_the_thread(stderr: Callable[[], bytes]) -> None:
    filled = fill(log_writer._STDERR)
    os.set_blocking(log_writer._STDERR, True)
    writer = LogWriter(None, gap)
    writer.write(b"late\n", 1)
    writer.close(patience=0.0)
    assert writer._thread is not None and writer._thread.daemon
    text = b""
    while len(text) < filled + 5:
        text += stderr()
    assert text.endswith(b"late\n")
    writer._thread.join()


def test_standard_error_stays_open(stderr: Callable[[], bytes]) -> None:
    writer = LogWriter(None, gap)
    writer.write(b"a\n", 1)
    writer.reopen()
    writer.close()
    assert stderr() == b"a\n"
    assert fcntl.fcntl(log_writer._STDERR, fcntl.F_GETFD) >= 0


class Disk:
    """A disk that is full after ``room`` bytes."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.written = b""

    def write(self, fd: int, data: memoryview) -> int:
        part = bytes(data[: self.room])
        if not part:
            raise OSError(28, "No space left on device")
        self.room -= len(part)
        self.written += part
        return len(part)


def test_a_full_disk_is_told_once_and_the_log_goes_on_when_there_is_room(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    disk = Disk(room=6)
    monkeypatch.setattr(log_writer.os, "write", disk.write)
    writer = LogWriter(path, gap)

    def write(text: bytes) -> None:
        writer.write(text, 1)
        while writer._given - writer._taken:
            pass

    with caplog.at_level(logging.WARNING):
        for text in (b"one\n", b"two\n", b"three\n"):
            write(text)
        disk.room = 6
        write(b"four\n")
        write(b"five\n")
        disk.room = 100
        write(b"six\n")
        writer.close()
    assert disk.written == b"one\ntw\nfour\nsix\n"
    warnings = [record.getMessage() for record in caplog.records]
    assert warnings == [f"the access log cannot be written to {path}: no space left on device"] * 2


def test_nothing_is_written_after_the_end(path: Path) -> None:
    writer = LogWriter(path, gap)
    writer.close()
    writer.write(b"late\n", 1)
    assert path.read_bytes() == b""
