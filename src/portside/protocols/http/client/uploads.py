"""Saying a body while listening for the answer, which may come first; and leaving a body that nobody wants."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncIterable, AsyncIterator
from pathlib import Path

from portside.errors import BrokenPromise, PortsideError, RemoteError
from portside.files.pipes import until_readable
from portside.protocols.http.client.answer import Answer
from portside.protocols.http.client.connection import Connection, Exchange
from portside.protocols.http.messages import Response

READ = 256 * 1024
"""Bytes read from a file at once."""
DISCARD = 64 * 1024
"""Bytes of a body nobody wants (a redirect's) that are read to keep the connection."""


class FileContent:
    """A regular file as a body: its length is known, and it can be said again. ``sent`` bytes have been said."""

    def __init__(self, path: Path) -> None:
        """Raises ``OSError`` where it cannot be read."""
        self.path = path
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
        self.length: int | None = status.st_size if stat.S_ISREG(status.st_mode) else None
        self.sent = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self.sent = 0
        with self.path.open("rb") as file:
            while piece := file.read(self._more()):
                self.sent += len(piece)
                yield piece
        if self.length is not None and self.sent < self.length:
            raise BrokenPromise(f"{self.path} became shorter while it was sent")

    def _more(self) -> int:
        """What to read next: a file that grows meanwhile is sent as long as it was."""
        return READ if self.length is None else min(READ, self.length - self.sent)


class PipeContent:
    """What comes from a pipe or a terminal as a body: said once, in chunks, as it comes.

    No thread waits for it, since nothing could make one stop that reads from a terminal.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.sent = 0

    def __aiter__(self) -> PipeContent:
        return self

    async def __anext__(self) -> bytes:
        await until_readable(self._descriptor)
        piece = os.read(self._descriptor, READ)
        if not piece:
            raise StopAsyncIteration
        self.sent += len(piece)
        return piece


async def say_with_body(connection: Connection, exchange: Exchange, body: bytes | AsyncIterable[bytes]) -> Response:
    """Say ``body``, and wait for the head of the answer."""
    if isinstance(body, bytes) and exchange.may_speak:
        connection.say_all(exchange, body)
        return await exchange.answer()
    pieces = _one_piece(body) if isinstance(body, bytes) else aiter(body)
    speaking = asyncio.ensure_future(_speak(connection, exchange, pieces))
    try:
        head = await exchange.answer()
    except BaseException:
        speaking.cancel()
        raise
    if exchange.ended or head.status >= 300:
        speaking.cancel()
    return head


async def _speak(connection: Connection, exchange: Exchange, pieces: AsyncIterator[bytes]) -> None:
    try:
        await connection.say_pieces(exchange, pieces)
    except Exception as error:  # raised again to whoever waits for the answer
        exchange.fail(error)
        connection.abort()


async def _one_piece(body: bytes) -> AsyncIterator[bytes]:
    yield body


async def discard(answer: Answer) -> None:
    """Read what is left of a body nobody wants, where it is short; close the connection where it is not."""
    if answer.complete:
        return
    left = DISCARD

    def count(data: bytes) -> None:
        nonlocal left
        left -= len(data)
        if left < 0:
            raise RemoteError("more than anybody wants")

    try:
        await answer.skip(count)
    except PortsideError:
        answer.close()
