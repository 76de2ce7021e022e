"""One file from the server: whole or not at all, continued where it was cut.

What has come waits as a ``Partial`` with a note of what it is a part of: the URL, and the size and time that the
server told. The rest is asked for (REST) only while both are still the same. The reply "226" proves nothing: what
arrived has to have the size that was told.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

from portside.errors import BrokenPromise, RemoteError
from portside.files.partial import Note, Partial
from portside.protocols.ftp.client.connection import Connection
from portside.protocols.ftp.client.facts import Facts, facts_of
from portside.protocols.ftp.client.site import Site
from portside.protocols.ftp.messages import Command


class Download:
    """One download of ``path`` into ``target``. ``received`` bytes came over the wire, ``offset`` were there before.

    ``total`` is the size of the whole, once it is known. ``keep_time``: the file gets the time that the server told.
    ``among_others``: what has come stands under a name that no file of the server's has (``Partial``).
    ``moved`` is told of the bytes that come.
    """

    def __init__(
        self,
        site: Site,
        path: str,
        target: Path,
        *,
        resume: bool = False,
        keep_time: bool = False,
        among_others: bool = False,
        moved: Callable[[int], object] | None = None,
    ) -> None:
        self._site = site
        self._path = path
        self._url = f"{site.url.scheme}://{site.name}/{path}"
        self._resume = resume
        self._keep_time = keep_time
        self._among_others = among_others
        self._moved = moved
        self.target = target
        self.facts = Facts()
        self.offset = 0
        self.received = 0

    @property
    def total(self) -> int | None:
        """Bytes of the whole; None: unknown."""
        return self.facts.size

    async def run(self) -> None:
        """Download, again where a connection was lost.

        Raises ``RemoteError`` where the server refuses, ``BrokenPromise`` where less came than was promised and no
        retry is left (what came stays as ``NAME.part``), ``TransportError``, and ``OSError``.
        """
        with Partial(self.target, among_others=self._among_others) as partial:
            await self._site.run(lambda connection: self._attempt(connection, partial))
            await asyncio.to_thread(self._finish, partial)  # it waits for the disk

    async def over(self, connection: Connection) -> None:
        """Download over this connection, once. Raises as ``run`` does."""
        with Partial(self.target, among_others=self._among_others) as partial:
            await self._attempt(connection, partial)
            await asyncio.to_thread(self._finish, partial)  # it waits for the disk

    async def _attempt(self, connection: Connection, partial: Partial) -> None:
        self.facts = await facts_of(connection, self._site.absolute(self._path))
        self._place(partial)
        self._resume = True  # whoever comes back goes on
        await self._fill(connection, partial)

    def _finish(self, partial: Partial) -> None:
        if self._keep_time and self.facts.modified is not None:
            os.utime(partial.path, (self.facts.modified, self.facts.modified))
        partial.finish()

    def _place(self, partial: Partial) -> None:
        """Go on where the part ends, if it is of the very file."""
        note = partial.note() if self._resume else None
        wanted = Note(self._url, self.facts.validator, self.facts.size)
        self.received = 0
        if note == wanted and wanted.validator and partial.size <= (wanted.size or 0):
            self.offset = partial.size
            return
        self.offset = 0
        partial.start(wanted if wanted.validator else None)

    async def _fill(self, connection: Connection, partial: Partial) -> None:
        if self.offset and self.offset == self.facts.size:
            return

        def take(data: bytes) -> None:
            partial.write(data)
            self.received += len(data)
            if self._moved is not None:
                self._moved(len(data))

        ended = await connection.retrieve(Command("RETR", self._site.absolute(self._path)), take, self.offset)
        if ended.error is not None and (ended.reply is None or ended.reply.code >= 400 or not self._is_whole(partial)):
            raise ended.error
        if not self._is_whole(partial) and self.facts.size is not None:
            self._refuse(partial)

    def _is_whole(self, partial: Partial) -> bool:
        return self.facts.size is not None and partial.size == self.facts.size

    def _refuse(self, partial: Partial) -> None:
        size, promised = partial.size, self.facts.size or 0
        if size > promised:
            partial.start(None)  # it is another file by now
        raise BrokenPromise(f"{self._url} came with {size:,} bytes, and {promised:,} were promised")


def is_absent(error: RemoteError) -> bool:
    """Whether the server says that there is no such file, or none for us."""
    return error.status == 550
