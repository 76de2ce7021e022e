"""Writes a log from a thread of its own, so that a slow disk, a full pipe or a stopped terminal delays no request.

What waits to be written is bounded: beyond that it is dropped and counted. An error is said once, and again only
after writing had succeeded in between; the server goes on in any case.
"""

from __future__ import annotations

import errno
import logging
import os
import select
import threading
from collections.abc import Callable
from enum import Enum, auto
from pathlib import Path
from queue import SimpleQueue

from portside.errors import UsageError

WAITING_BYTES = 4 * 1024 * 1024
"""Bytes that wait to be written: some 30,000 lines, a third of a second at full speed."""
LOOK_UP = 0.5
"""Seconds after which a thread that waits for a full pipe sees that it should end."""

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK
_STDERR = 2

_log = logging.getLogger("portside.http")


class _Order(Enum):
    """What the thread is told besides lines, in their row."""

    REOPEN = auto()
    END = auto()


class LogWriter:
    """Writes whole lines to the file ``path``, or to standard error. Raises ``UsageError`` for a file it cannot open.

    ``gap`` makes the line that stands for a number of dropped ones.
    """

    def __init__(self, path: Path | None, gap: Callable[[int], bytes]) -> None:
        self._path = path
        self._gap = gap
        self._fd = _STDERR if path is None else _open(path)
        self._work: SimpleQueue[bytes | _Order] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._given = 0  # bytes; only the giving thread counts here
        self._taken = 0  # and only the writing one here, so neither needs a lock
        self._dropped = 0
        self._closing = False
        self._troubled = False
        self._torn = False

    def write(self, lines: bytes, count: int) -> None:
        """Have ``lines`` (``count`` of them) written soon. Never waits; after ``close`` nothing is written."""
        if self._closing:
            return
        if self._given - self._taken > WAITING_BYTES:
            self._dropped += count
            return
        if self._dropped:
            lines = self._gap(self._dropped) + lines
            self._dropped = 0
        self._give(lines)

    def _give(self, lines: bytes) -> None:
        self._given += len(lines)
        self._put(lines)

    def _put(self, work: bytes | _Order) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="access log", daemon=True)
            self._thread.start()
        self._work.put(work)

    def reopen(self) -> None:
        """Open the file anew, once what was given before is written: it was moved away, perhaps."""
        if self._path is not None and not self._closing:
            self._put(_Order.REOPEN)

    def close(self, patience: float = 1.0) -> None:
        """Write what waits, for at most ``patience`` seconds, and close the file."""
        if self._closing:
            return
        self._closing = True
        if self._thread is not None:
            if self._dropped:
                self._give(self._gap(self._dropped))
            self._put(_Order.END)
            self._thread.join(patience)
            if self._thread.is_alive():  # it holds the file still, and ends with the process
                return
        if self._path is not None:
            os.close(self._fd)

    # ------------------------------------------------------------------------------------- in the thread

    def _run(self) -> None:
        while (work := self._work.get()) is not _Order.END:
            if work is _Order.REOPEN:
                self._open_anew()
            else:
                assert isinstance(work, bytes)
                self._write_all(work)
                self._taken += len(work)

    def _open_anew(self) -> None:
        assert self._path is not None
        try:
            fd = _open(self._path)
        except UsageError as error:
            _log.warning("%s; the old one is written on", error)
            return
        os.close(self._fd)
        self._fd = fd

    def _write_all(self, lines: bytes) -> None:
        left = memoryview(b"\n" + lines if self._torn else lines)
        try:
            while left:
                written = self._write_some(left)
                left = left[written:]
                self._torn = bool(left) and (written > 0 or self._torn)
                if not written and self._closing:
                    return
            self._troubled = False
        except OSError as error:
            if not self._troubled:
                self._troubled = True
                reason = (error.strerror or str(error)).lower()
                _log.warning("the access log cannot be written to %s: %s", self._path or "standard error", reason)

    def _write_some(self, data: memoryview) -> int:
        """How much could be written; 0 after a while in which nothing could."""
        try:
            return os.write(self._fd, data)
        except BlockingIOError:
            waiting = select.poll()
            waiting.register(self._fd, select.POLLOUT)
            waiting.poll(LOOK_UP * 1000)
            return 0


def _open(path: Path) -> int:
    # O_NONBLOCK: opening a FIFO that nobody reads must not wait for a reader.
    try:
        return os.open(path, _FLAGS, 0o640)
    except OSError as error:
        reason = "nobody reads it" if error.errno == errno.ENXIO else (error.strerror or str(error)).lower()
        raise UsageError(f"cannot write the log {path}: {reason}") from error
