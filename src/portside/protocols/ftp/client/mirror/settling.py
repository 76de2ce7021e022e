"""Small files that have come: on disk first, then under their names, many at a time.

Waiting for the disk once for each of thousands of small files would take longer than fetching them; so they wait for
each other, in a thread, while the next ones come.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

AT_ONCE = 64
"""Files that wait for the disk together; each holds a descriptor until then."""


@dataclass(frozen=True, slots=True)
class _Whole:
    descriptor: int
    part: Path
    target: Path


class Settling:
    """Files in the making, all of whose bytes are here."""

    def __init__(self) -> None:
        self._whole: list[_Whole] = []
        self._running: asyncio.Task[None] | None = None

    async def add(self, target: Path, pieces: list[bytes], modified: float | None) -> None:
        """``target`` is to hold ``pieces``. Raises ``OSError``, of earlier files too."""
        part = target.with_name(target.name + ".part")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
        self._whole.append(_Whole(descriptor, part, target))
        for piece in pieces:
            _write(descriptor, piece)
        if modified is not None:
            os.utime(descriptor, (modified, modified))
        if len(self._whole) >= AT_ONCE:
            await self.flush(wait=False)

    async def flush(self, *, wait: bool = True) -> None:
        """Give them their names; ``wait`` until they have them. Raises ``OSError``."""
        if self._running is not None:
            await self._running
        whole, self._whole = self._whole, []
        self._running = asyncio.ensure_future(asyncio.to_thread(_settle, whole)) if whole else None
        if wait and self._running is not None:
            await self._running
            self._running = None


def _write(descriptor: int, data: bytes) -> None:
    written = os.write(descriptor, data)
    while written < len(data):
        written += os.write(descriptor, memoryview(data)[written:])


def _settle(whole: list[_Whole]) -> None:
    """On disk, then under its name. What fails is told after the others are done."""
    problem: OSError | None = None
    for each in whole:
        try:
            os.fsync(each.descriptor)
            each.part.rename(each.target)
        except OSError as error:
            problem = problem or error
        finally:
            os.close(each.descriptor)
    if problem is not None:
        raise problem
