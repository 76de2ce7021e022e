"""Writing a record to the disk by a thread that does nothing else, so that a slow or full disk stops nobody.

What waits to be written is bounded. Where the disk is full, fails, or does not keep up, the record ends with one
warning and is cut to its last whole block; whoever hands over further blocks does not notice.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import stat
import threading
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import SimpleQueue

from portside.capture.keylog import ended
from portside.errors import UsageError

MOST_WAITING = 64 * 1024 * 1024
"""Bytes that wait for the disk at most."""
CLOSING = 5.0
"""Seconds that what waits at the end may take."""

_log = logging.getLogger("portside.capture")


class Disk:
    """A record on disk, in files of up to ``size`` bytes (0: one file of any size), of which the last ``files`` stay.

    The first file is ``path``; further ones have a number before the suffix. Each begins with ``head()``, so that it is
    whole by itself; a block that is larger than a file may be has one of its own. Files are readable by their owner
    alone. ``aside`` is a pipe for what somebody has to know before they read a block; the record has a descriptor of
    its own for it. Raises ``UsageError`` where ``path`` can't be written.
    """

    def __init__(
        self, path: Path, head: Callable[[], bytes], *, size: int = 0, files: int = 0, aside: int | None = None
    ) -> None:
        self._path = path
        self._head = head
        self._size = size
        self._files = files
        self._fd = _create(path)
        self._aside = None if aside is None else os.dup(aside)
        self._kept: deque[Path] = deque([path])
        self._number = 0
        self._written = 0
        self._heading = 0
        """Bytes of this file that are its head."""
        self._queue: SimpleQueue[tuple[Sequence[bytes], bytes, int] | None] = SimpleQueue()
        self._waiting = 0
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="portside-record", daemon=True)
        self.given_up = False
        """Whether the record has ended before its time."""
        self._why = ""
        """Why it has, as long as nobody beside was told."""
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Bytes that have not been written yet: who can wait for the disk looks here first."""
        return self._waiting

    def put(self, *blocks: bytes, first: bytes = b"") -> None:
        """Hand over blocks, each of which stays whole in one file; ``first`` goes aside before. Never waits."""
        if self.given_up:
            return
        size = sum(map(len, blocks)) + len(first)
        with self._lock:
            self._waiting += size
            too_slow = self._waiting > MOST_WAITING
        if too_slow:
            self._give_up("the disk does not keep up")
        else:
            self._queue.put((blocks, first, size))

    def close(self) -> None:
        """Write what waits, for ``CLOSING`` seconds at most."""
        self._queue.put(None)
        self._thread.join(CLOSING)
        if self._thread.is_alive():
            self._give_up("the disk does not keep up")

    def abandon(self) -> None:
        """Record no more, without a word: nobody will read it."""
        with self._lock:
            self.given_up = True

    def _give_up(self, why: str) -> None:
        with self._lock:
            if self.given_up:
                return
            self.given_up = True
            self._why = why
        self._queue.put(((), b"", 0))  # so that the thread tells it, even if nothing else waits
        _log.warning("%s: %s, so the record ends here; what it records goes on", self._kept[-1], why)

    # ------------------------------------------------------------------------------------- in the thread

    def _run(self) -> None:
        try:
            self._begin()
            while True:
                taken = self._queue.get()
                if taken is None:
                    return
                blocks, first, size = taken
                if not self.given_up:
                    self._tell(first)
                    self._add(blocks)
                if self.given_up:
                    self._tell_end()
                with self._lock:
                    self._waiting -= size
        except OSError as error:
            self._cut()
            full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
            self._give_up("the disk is full" if full else (error.strerror or str(error)).lower())
            while not self._queue.empty():
                self._queue.get()
            self._tell_end()
        finally:
            os.close(self._fd)
            self._hang_up()

    def _tell(self, first: bytes) -> None:
        """Write to the pipe, unless nobody reads it any more; who reads slowly is waited for, as the disk is."""
        try:
            while first and self._aside is not None and not self.given_up:
                first = first[os.write(self._aside, first) :]
        except BrokenPipeError:
            self._hang_up()

    def _tell_end(self) -> None:
        """Tell, once, why the record has ended: whoever reads it would wait for more."""
        last, self._why = ended(self._why) if self._why else b"", ""
        try:
            while last and self._aside is not None:
                last = last[os.write(self._aside, last) :]
        except BrokenPipeError:
            self._hang_up()

    def _hang_up(self) -> None:
        if self._aside is not None:
            os.close(self._aside)
            self._aside = None

    def _add(self, blocks: Sequence[bytes]) -> None:
        if self.given_up:  # meanwhile: it may have been told only half of what comes first
            return
        together: list[bytes] = []
        room = self._size - self._written
        for block in blocks:
            if self._size and len(block) > room and (together or self._written > self._heading):
                self._write(b"".join(together))
                together.clear()
                self._next()
                room = self._size - self._written
            together.append(block)
            room -= len(block)
        self._write(b"".join(together))

    def _begin(self) -> None:
        head = self._head()
        self._heading = len(head)
        self._write(head)

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._fd, rest) :]
        self._written += len(data)

    def _cut(self) -> None:
        """Take back what was written of a block that has no end."""
        with contextlib.suppress(OSError):
            os.ftruncate(self._fd, self._written)

    def _next(self) -> None:
        self._number += 1
        path = numbered(self._path, self._number)
        descriptor = _open(path)
        os.close(self._fd)
        self._fd, self._written = descriptor, 0
        self._kept.append(path)
        while self._files and len(self._kept) > self._files:
            with contextlib.suppress(OSError):
                self._kept.popleft().unlink()
        self._begin()


def numbered(path: Path, number: int) -> Path:
    """File ``number`` of a record that begins with ``path``, which is number 0."""
    return path.with_name(f"{path.stem}.{number}{path.suffix}") if number else path


def _create(path: Path) -> int:
    try:
        return _open(path)
    except OSError as error:
        why = "it is a symbolic link" if error.errno == errno.ELOOP else (error.strerror or str(error)).lower()
        raise UsageError(f"cannot record to {path}: {why}") from error


def _open(path: Path) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    descriptor = os.open(path, flags, 0o600)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        os.fchmod(descriptor, 0o600)
        os.ftruncate(descriptor, 0)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
