"""What waits to be sent by a stream that has to touch every byte: files are read only as fast as the wire takes."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from portside.interfaces import Buffer, Stream
from portside.transport.tcp import HIGH_WATER

FILE_STEP = 256 * 1024
"""Bytes of a file read at once: large enough to be quick, small enough to keep thousands of them in memory."""

_log = logging.getLogger("portside.transport")


@dataclass(slots=True)
class _FileJob:
    file: BinaryIO
    offset: int
    count: int


class Outbox:
    """Bytes and files in order, on their way to ``write`` and then through ``below``."""

    __slots__ = ("_below", "_jobs", "_write", "waiting")

    def __init__(self, below: Stream, write: Callable[[Buffer], None]) -> None:
        self._below = below
        self._write = write
        self._jobs: deque[_FileJob | Buffer] = deque()
        self.waiting = 0

    def __bool__(self) -> bool:
        return bool(self._jobs)

    def put(self, data: Buffer) -> None:
        """Send ``data`` now, or behind what already waits."""
        if self._jobs:
            self._jobs.append(data)
            self.waiting += len(data)
        else:
            self._write(data)

    def put_file(self, file: BinaryIO, offset: int, count: int) -> None:
        """Send ``count`` bytes of ``file``, and close it."""
        self._jobs.append(_FileJob(file, offset, count))
        self.waiting += count
        self.pump()

    def pump(self) -> None:
        """Send what waits, as long as the stream below takes it."""
        while self._jobs and self._below.pending <= HIGH_WATER:
            job = self._jobs[0]
            if isinstance(job, _FileJob):
                self._pump_file(job)
            else:
                self._jobs.popleft()
                self.waiting -= len(job)
                self._write(job)

    def _pump_file(self, job: _FileJob) -> None:
        data = _read(job)
        job.offset += len(data)
        job.count -= len(data)
        self.waiting -= len(data)
        if data:
            self._write(data)
        if not job.count:
            self._jobs.popleft()
            job.file.close()
        elif not data:  # the promise of its length cannot be kept
            self.clear()
            self._below.abort()

    def clear(self) -> None:
        """Forget what waits."""
        for job in self._jobs:
            if isinstance(job, _FileJob):
                job.file.close()
        self._jobs.clear()
        self.waiting = 0


def _read(job: _FileJob) -> bytes:
    """The next piece; nothing where the file has become shorter or cannot be read any more."""
    try:
        job.file.seek(job.offset)
        return job.file.read(min(job.count, FILE_STEP))
    except OSError as error:
        _log.warning("a file broke off while it was sent: %s", error.strerror or error)
        return b""
