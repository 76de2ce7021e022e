"""Frames on their way to the file: sorted by time, behind the keys that open them.

A frame waits a moment, for two reasons: beginnings are released late, when their stream is announced, and TLS logs
its keys only after the packets that it made them from.
"""

from __future__ import annotations

from bisect import bisect_right
from operator import itemgetter
from pathlib import Path

from portside.capture.disk import Disk
from portside.capture.files import pcapng
from portside.capture.keylog import MemoryKeyLog
from portside.capture.live.interfaces import Interfaces
from portside.capture.live.sightings import Frame

DELAY = 500_000_000
"""Nanoseconds that a frame waits: many times what a handshake's next step takes."""
MOST_WAITING = 16 * 1024 * 1024
"""Bytes of frames that wait; where more come, they go earlier."""
MOST_AT_DISK = 24 * 1024 * 1024
"""Bytes that wait for the disk; all that waits here goes with them at the end, and it bears ``disk.MOST_WAITING``."""
BLOCK_HEADER = 32
"""Bytes that a frame has around it in the file."""
BATCH = 512 * 1024
"""Bytes that are handed to the disk at once."""
_time = itemgetter(0)


class Writing:
    """Writes frames to ``path``. Raises ``UsageError`` where that can't be written."""

    def __init__(self, path: Path, *, program: str, size: int, files: int, keys: MemoryKeyLog | None) -> None:
        self._program = program
        self._keys = keys
        self._interfaces = Interfaces()
        self._waiting: list[Frame] = []
        self._size = 0
        self._counts = [0] * len(self._interfaces)
        self._lines: list[bytes] = []
        self._finished = False
        self._disk = Disk(path, self._head, size=size, files=files)

    @property
    def packets(self) -> int:
        """Frames that were written."""
        return sum(self._counts)

    @property
    def waits(self) -> bool:
        """Whether a frame waits."""
        return bool(self._waiting)

    @property
    def has_room(self) -> bool:
        """Whether more frames may come; else the disk is so slow that somebody has to wait for it."""
        return self._size <= MOST_WAITING or self._disk.waiting <= MOST_AT_DISK

    @property
    def given_up(self) -> bool:
        """Whether the disk takes nothing more."""
        return self._disk.given_up

    def put(self, frame: Frame) -> None:
        """One frame, in any order."""
        self._waiting.append(frame)
        self._size += len(frame.data) + BLOCK_HEADER

    def take_keys(self) -> None:
        """What TLS has logged until now. To be called from the thread that speaks TLS: nothing is logged meanwhile."""
        lines = b"" if self._keys is None or self._finished else self._keys.take()
        if lines:
            self._lines.append(lines)

    def write(self, now: int) -> None:
        """Hand over the frames that have waited long enough at ``now`` (ns), unless the disk is slow."""
        if self._disk.waiting > MOST_AT_DISK:
            return
        self._waiting.sort(key=_time)
        due = len(self._waiting)
        if self._size <= MOST_WAITING:
            due = bisect_right(self._waiting, now - DELAY, key=_time)
        frames, self._waiting = self._waiting[:due], self._waiting[due:]
        self._size -= sum(len(frame.data) + BLOCK_HEADER for frame in frames)
        self._hand_over(frames)

    def finish(self, now: int, dropped: int) -> None:
        """Hand over all frames, and what was counted; ``dropped`` packets were lost by the kernel."""
        self._finished = True
        self._waiting.sort(key=_time)
        self._hand_over(self._waiting)
        self._waiting = []
        for number, count in enumerate(self._counts):
            if count or (dropped and not number):
                # the kernel counts what it lost for all interfaces together
                lost = 0 if number else dropped
                self._disk.put(pcapng.statistics(number, now, received=count + lost, dropped=lost))
        self._disk.close()

    def abandon(self) -> None:
        """End the file as it is."""
        self._finished = True
        self._disk.close()

    # ------------------------------------------------------------------------------------------- blocks

    def _head(self) -> bytes:
        recent = b"" if self._keys is None else self._keys.recent
        return self._section() + (pcapng.secrets(recent) if recent else b"")

    def _section(self) -> bytes:
        return pcapng.section_of_ours(self._program) + self._interfaces.blocks

    def _hand_over(self, frames: list[Frame]) -> None:
        batch = []
        while self._lines:
            batch.append(pcapng.secrets(self._lines.pop(0)))
        size = 0
        for frame in frames:
            number = self._number(frame, batch)
            block = pcapng.enhanced_packet(number, frame.time, frame.data, length=frame.length)
            batch.append(block)
            self._counts[number] += 1
            size += len(block)
            if size > BATCH:
                self._disk.put(*batch)
                batch, size = [], 0
        if batch:
            self._disk.put(*batch)

    def _number(self, frame: Frame, batch: list[bytes]) -> int:
        """The interface's number. A new one begins a new section, which lists all that there are.

        The head of the disk's next file may list more interfaces than had been written when it was asked for. In a
        section of their own their numbers are right wherever it falls.
        """
        number = self._interfaces.number(frame.interface, frame.link)
        if number == len(self._counts):
            self._counts.append(0)
            batch.append(self._section())
        return number
