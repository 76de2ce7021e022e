"""Small files that have come: on disk first, then under their names, many at a time.

Waiting for the disk once for each of thousands of small files would take longer than fetching them; so they wait for
each other, in a thread, while the next ones come.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

from portside.files.durable import write_all
from portside.files.partial import hidden_part

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
        self._running: asyncio.Task[OSError | None] | None = None
        self._problem: OSError | None = None

    async def add(self, target: Path, pieces: list[bytes], modified: float | None) -> None:
        """``target`` is to hold ``pieces``. Raises ``OSError``; what fails later is told by ``flush``."""
        part = hidden_part(target)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
        self._whole.append(_Whole(descriptor, part, target))
        for piece in pieces:
            write_all(descriptor, piece)
        if modified is not None:
            os.utime(descriptor, (modified, modified))
        if len(self._whole) >= AT_ONCE:
            await self._begin()

    async def flush(self) -> None:
        """Give all of them their names, and wait until they have them. Raises the first ``OSError`` of any."""
        await self._begin()
        await self._wait()
        problem, self._problem = self._problem, None
        if problem is not None:
            raise problem

    async def _begin(self) -> None:
        """Settle those that wait, once the batch before them has; many may ask for it at the same time."""
        await self._wait()
        if self._whole:
            whole, self._whole = self._whole, []
            self._running = asyncio.create_task(asyncio.to_thread(_settle, whole))

    async def _wait(self) -> None:
        while (running := self._running) is not None:
            problem = await asyncio.shield(running)  # who is cancelled while he waits leaves the batch alone
            if self._running is running:
                self._running = None
                self._problem = self._problem or problem


def _settle(whole: list[_Whole]) -> OSError | None:
    """On disk, then under its name. What fails first is returned after the others are done."""
    problem: OSError | None = None
    for each in whole:
        try:
            os.fsync(each.descriptor)
            each.part.rename(each.target)
        except OSError as error:
            problem = problem or error
        finally:
            os.close(each.descriptor)
    return problem
