"""Several capture files as one: their packets in the order of time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

from portside.capture.files.items import Item, Packet, Remark
from portside.capture.files.reading import CaptureFile
from portside.errors import UsageError

MOST_FILES = 256
"""Files that are open at once."""
SHARE = 64 * 1024
"""Bytes read from one of several files at once, so that they can be put in order."""


class Captures:
    """One file is read in its own order, as Wireshark numbers its packets; several are merged by time.

    Each file's own order is kept: a packet whose clock went back does not overtake those before it.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        """Raises ``UsageError`` for a file that can't be opened or is no capture."""
        if len(paths) > MOST_FILES:
            raise UsageError(f"{len(paths):,} files are too many at once; at most {MOST_FILES} are read")
        self._files: list[CaptureFile] = []
        try:
            for path in paths:
                self._files.append(CaptureFile(path))
        except BaseException:
            self.close()
            raise
        self._waiting: list[deque[Item]] = [deque() for _ in self._files]

    @property
    def size(self) -> int:
        """Bytes of all files now."""
        return sum(file.size for file in self._files)

    @property
    def position(self) -> int:
        """Bytes read so far."""
        return sum(file.position for file in self._files)

    def read(self, budget: int) -> Sequence[Item]:
        """What about ``budget`` further bytes hold; nothing more is there for now where ``position`` stays."""
        if len(self._files) == 1:
            return self._files[0].read(budget)
        found: list[Item] = []
        taken = 0
        while taken < budget:
            piece = list(self._merged())
            if not piece:
                break
            found += piece
            taken += SHARE
        return found

    def _merged(self) -> Iterator[Item]:
        """All that can be put in order: up to where one file that has more would have to be asked again."""
        for index, (file, waiting) in enumerate(zip(self._files, self._waiting, strict=True)):
            if not waiting:
                before = file.position
                for item in file.read(SHARE):
                    if isinstance(item, Packet):
                        item.file = index
                    waiting.append(item)
                if not waiting and file.position != before:
                    return  # its next packet may come before those of the others
        ready = [waiting for waiting in self._waiting if waiting]
        while ready and all(ready):
            first = min(ready, key=_time)
            yield first.popleft()

    def finish(self) -> Sequence[Remark]:
        """Nothing follows: says which files end in the middle of something."""
        return [remark for file in self._files for remark in file.finish()]

    def data_at(self, file: int, place: int, size: int) -> bytes:
        """Bytes of one of the files, fewer where it has become shorter."""
        return self._files[file].data_at(place, size)

    def close(self) -> None:
        """Close all files."""
        for file in self._files:
            file.close()


def _time(waiting: deque[Item]) -> int:
    """What stands before a packet (keys, interfaces) comes at once."""
    first = waiting[0]
    return first.time if isinstance(first, Packet) else -1
