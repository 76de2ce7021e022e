"""One file to the server, continued where it was cut.

A server may keep what arrived of a cut upload. SIZE tells how much that is, and what follows is sent behind it: by REST
and STOR where the server has that, which cannot write anything twice, else by APPE.
"""

from __future__ import annotations

from typing import Protocol

from portside.errors import BrokenPromise
from portside.interfaces import Buffer
from portside.protocols.ftp.client.connection import Connection, Pieces
from portside.protocols.ftp.client.facts import size_in
from portside.protocols.ftp.client.site import Site
from portside.protocols.ftp.messages import Command


class Content(Protocol):
    """What is uploaded. ``length``: bytes, where that is known; only then can it be said again."""

    length: int | None
    sent: int

    def pieces(self, offset: int) -> Pieces:
        """What is to be said, from ``offset`` on."""
        ...


class Upload:
    """One upload of ``content`` as ``path``. ``offset`` bytes were there before."""

    def __init__(self, site: Site, path: str, content: Content, *, resume: bool = False) -> None:
        self._site = site
        self._path = path
        self._shown = f"{site.url.scheme}://{site.name}/{path}"
        self._content = content
        self._resume = resume
        self.offset = 0

    async def run(self) -> None:
        """Upload. Raises ``RemoteError`` where the server refuses, and as ``Download.run`` does."""
        if self._content.length is None:
            async with self._site.connection() as connection:
                await self._attempt(connection)
        else:
            await self._site.run(self._attempt)

    async def over(self, connection: Connection) -> None:
        """Upload over this connection, once. Raises as ``run`` does."""
        await self._attempt(connection)

    async def _attempt(self, connection: Connection) -> None:
        self.offset = await self._there(connection) if self._resume else 0
        self._resume = self._content.length is not None  # whoever comes back goes on
        if self.offset and self.offset == self._content.length:
            self._content.sent = self.offset
            return
        await self._say(connection)

    async def _there(self, connection: Connection) -> int:
        """Bytes that the server has of it; 0 where it has none, or more than there are."""
        (reply,) = await connection.ask(Command("SIZE", self._site.absolute(self._path)))
        size = size_in(reply) or 0
        return size if size <= (self._content.length or 0) else 0

    async def _say(self, connection: Connection) -> None:
        pieces = self._content.pieces(self.offset)
        if self.offset and "REST" not in connection.features():
            ended = await connection.store(Command("APPE", self._site.absolute(self._path)), pieces)
        else:
            ended = await connection.store(Command("STOR", self._site.absolute(self._path)), pieces, self.offset)
        if ended.error is not None:
            raise ended.error
        if self.offset:
            await self._check(connection)

    async def _check(self, connection: Connection) -> None:
        """What was put together from two parts has to be as long as both."""
        (reply,) = await connection.ask(Command("SIZE", self._site.absolute(self._path)))
        size = size_in(reply)
        if size is not None and size != self._content.length:
            raise BrokenPromise(f"{self._shown} has {size:,} bytes now, and {self._content.length:,} were sent")


async def store_small(connection: Connection, path: str, data: Buffer) -> None:
    """Store ``data``, which all is in memory. Raises ``RemoteError`` and what ends the connection."""
    ended = await connection.store_bytes(Command("STOR", path), bytes(data))
    if ended.error is not None:
        raise ended.error
