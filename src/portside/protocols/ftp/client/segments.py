"""One file over several connections at once: each fetches a range of it (REST), and leaves when it has that.

The file is put together in its ``Partial`` in any order, so its length says nothing until all is there. The note says
so; and where we are stopped in good order, what is whole from the beginning is kept for a plain download to continue.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from portside.errors import BrokenPromise, UsageError
from portside.files.partial import Note, Partial
from portside.protocols.ftp.client.connection import Connection
from portside.protocols.ftp.client.facts import Facts, check_digest, facts_of
from portside.protocols.ftp.client.site import Site
from portside.protocols.ftp.messages import Command

SMALLEST = 1024 * 1024
"""Bytes of a segment at least: for fewer, another connection costs more than it brings."""
MOST = 32
"""Segments at most; servers allow far fewer connections."""
IN_PIECES = "in pieces: "
"""What a validator begins with while the part's length says nothing."""


@dataclass(slots=True)
class Segment:
    """Bytes ``first`` up to, and without, ``end``; those before ``done`` are there."""

    first: int
    end: int
    done: int

    @property
    def missing(self) -> int:
        """Bytes still to come."""
        return self.end - self.done


def divide(size: int, offset: int, number: int) -> list[Segment]:
    """What is behind ``offset`` in ``number`` segments, or fewer where they would be too small."""
    left = size - offset
    number = max(1, min(number, MOST, left // SMALLEST))
    edges = [offset + left * index // number for index in range(number + 1)]
    return [Segment(first, end, first) for first, end in pairwise(edges)]


class SegmentedDownload:
    """One download of ``path`` into ``target`` in ``number`` segments. Attributes as those of ``Download``."""

    def __init__(self, site: Site, path: str, target: Path, *, number: int, resume: bool = False) -> None:
        if not 1 <= number <= MOST:
            raise UsageError(f"from 1 to {MOST} segments are possible")
        self._site = site
        self._path = path
        self._url = f"{site.url.scheme}://{site.name}/{path}"
        self._number = number
        self._resume = resume
        self._segments: list[Segment] = []
        self.target = target
        self.facts = Facts()
        self.offset = 0

    @property
    def total(self) -> int | None:
        """Bytes of the whole; None: unknown."""
        return self.facts.size

    @property
    def received(self) -> int:
        """Bytes that came over the wire."""
        return sum(segment.done - segment.first for segment in self._segments)

    async def run(self) -> None:
        """Download. Raises as ``Download.run`` does, and ``BrokenPromise`` where the server's digest is another."""
        with Partial(self.target) as partial:
            self.facts = await self._site.run(self._ask_facts)
            if self.facts.size is None:
                raise UsageError(
                    f"{self._site.name} does not tell the size of {self._path}: fetch it without --segments"
                )
            self._place(partial)
            await self._fill(partial)
            if partial.size != self.facts.size:
                raise BrokenPromise(f"{self._url} came with {partial.size:,} bytes instead of {self.facts.size:,}")
            await self._check(partial)
            await asyncio.to_thread(partial.finish)  # it waits for the disk

    async def _ask_facts(self, connection: Connection) -> Facts:
        return await facts_of(connection, self._site.absolute(self._path))

    def _place(self, partial: Partial) -> None:
        size = self.facts.size or 0
        note = partial.note() if self._resume else None
        self.offset = partial.size if note == self._note() and partial.size <= size else 0
        if not self.offset:
            partial.start(None)
        self._segments = divide(size, self.offset, self._number)

    def _note(self, prefix: str = "") -> Note:
        return Note(self._url, prefix + self.facts.validator, self.facts.size)

    async def _fill(self, partial: Partial) -> None:
        partial.write_note(self._note(IN_PIECES))
        try:
            async with asyncio.TaskGroup() as group:
                for segment in self._segments:
                    group.create_task(self._site.run(self._fetching(segment, partial)))
        except BaseException as error:
            partial.cut(self._whole_until())
            partial.write_note(self._note())
            if isinstance(error, BaseExceptionGroup):
                raise error.exceptions[0] from None
            raise

    def _fetching(self, segment: Segment, partial: Partial):  # type: ignore[no-untyped-def]
        async def fetch(connection: Connection) -> None:
            def take(data: bytes) -> None:
                partial.write_at(data, segment.done)
                segment.done += len(data)

            if not segment.missing:
                return
            command = Command("RETR", self._site.absolute(self._path))
            ended = await connection.retrieve(command, take, segment.done, segment.missing)
            if segment.missing:
                raise ended.error or BrokenPromise(f"{self._url} ended {segment.missing:,} bytes too early")

        return fetch

    def _whole_until(self) -> int:
        """Bytes from the beginning that have no gap."""
        for segment in self._segments:
            if segment.missing:
                return segment.done
        return self._segments[-1].end if self._segments else 0

    async def _check(self, partial: Partial) -> None:
        """Compare digests where the server offers them: the pieces might be of two states of the file."""
        if "HASH" not in self._site.features:
            return
        ours = await asyncio.to_thread(_digest, partial.path)

        async def ask(connection: Connection) -> None:
            await check_digest(connection, self._site.absolute(self._path), ours)

        try:
            await self._site.run(ask)
        except BrokenPromise:
            partial.start(None)
            raise


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
