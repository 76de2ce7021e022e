"""Transfers outward: a file as it is, by the kernel; or pieces that are made on the way (text, MODE Z, listings)."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from portside.engine.conversation import Conversation
from portside.errors import RemoteError
from portside.interfaces import Link
from portside.protocols.ftp.messages import Data, Reply
from portside.protocols.ftp.rules.orders import DataDone, DataFile
from portside.protocols.ftp.rules.turns import Break
from portside.protocols.ftp.server.refusing import refused
from portside.transport.tcp import HIGH_WATER

PIECE = 256 * 1024
"""Bytes of a file that are made ready at once."""

Pieces = Iterator[bytes]
Finished = Callable[[Reply, int], None]
"""Is told the reply and the bytes that were said."""
DONE = Reply(226, ("All is sent.",))


class FileOut:
    """A file, from ``offset``, as it is."""

    __slots__ = ("_count", "_file", "_finished", "_offset", "_talk")

    def __init__(self, talk: Conversation[Any], finished: Finished, file: BinaryIO, offset: int, count: int) -> None:
        self._talk = talk
        self._finished = finished
        self._file: BinaryIO | None = file
        self._offset = offset
        self._count = count

    def ready(self, link: Link) -> None:
        """The data connection is there. Its 150 leaves first, so that who reads can begin while we still send."""
        del link
        asyncio.get_running_loop().call_soon(self._send)

    def _send(self) -> None:
        file, self._file = self._file, None
        if file is None:  # it was all over in the meantime
            return
        if self._count:
            self._talk.say(DataFile(file, self._offset, self._count))
        else:
            file.close()
        self._talk.say(DataDone())

    def take(self, data: bytes) -> None:
        """Nothing comes where we speak."""

    def drained(self) -> None:
        """The kernel sends by itself."""

    def ended(self, error: RemoteError | None) -> None:
        """All has left, or the connection broke."""
        self.abandon()
        self._finished(DONE if error is None else refused(error), self._count if error is None else 0)

    def hung_up(self) -> None:
        """Nobody is left to be told."""

    @property
    def moved(self) -> int:
        """Bytes that were handed on."""
        return 0 if self._file is not None else self._count

    def abandon(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


class PiecesOut:
    """Pieces that a thread makes, each only once the one before has mostly left."""

    __slots__ = ("_close", "_finished", "_link", "_over", "_pieces", "_talk", "_task", "moved")

    def __init__(
        self, talk: Conversation[Any], finished: Finished, pieces: Pieces, close: Callable[[], None] | None = None
    ) -> None:
        """``close`` lets go of what the pieces are made from."""
        self._talk = talk
        self._finished = finished
        self._pieces = pieces
        self._close = close
        self._link: Link | None = None
        self._task: asyncio.Future[bytes | None] | None = None
        self._over = False
        self.moved = 0

    def ready(self, link: Link) -> None:
        """The data connection is there."""
        self._link = link
        self._next()

    def _next(self) -> None:
        if self._over or self._task is not None or self._talk.pending(self._link) > HIGH_WATER:
            return
        self._task = asyncio.get_running_loop().run_in_executor(None, next, self._pieces, None)
        self._task.add_done_callback(self._made)

    def _made(self, task: asyncio.Future[bytes | None]) -> None:
        self._task = None
        if self._over or task.cancelled():
            self._let_go()
            return
        error = task.exception()
        if isinstance(error, RemoteError):
            self._talk.say(Break(error))
        elif error is not None:
            self._talk.say(Break(RemoteError(f"the file cannot be read: {error}", 451)))
        else:
            self._say(task.result())

    def _say(self, piece: bytes | None) -> None:
        if piece is None:
            self._talk.say(DataDone())
            return
        self.moved += len(piece)
        self._talk.say(Data(piece))
        self._next()

    def take(self, data: bytes) -> None:
        """Nothing comes where we speak."""

    def drained(self) -> None:
        """There is room for more."""
        if self._link is not None:
            self._next()

    def ended(self, error: RemoteError | None) -> None:
        """All has left, or the connection broke."""
        self.abandon()
        self._finished(DONE if error is None else refused(error), self.moved)

    def hung_up(self) -> None:
        """Nobody is left to be told."""

    def abandon(self) -> None:
        """Nobody wants more: let go, once the thread has."""
        self._over = True
        if self._task is None:
            self._let_go()

    def _let_go(self) -> None:
        close, self._close = self._close, None
        if close is not None:
            close()


# ------------------------------------------------------------------------------------------ how pieces are made


def pieces_of(file: BinaryIO, offset: int) -> Pieces:
    """A file from ``offset`` on."""
    file.seek(offset)
    while piece := file.read(PIECE):
        yield piece


def as_text(pieces: Pieces) -> Pieces:
    """Lines end with CR LF (RFC 959 §3.1.1.1); those that do already stay as they are."""
    held = b""
    for piece in pieces:
        whole = held + piece
        held = b"\r" if whole.endswith(b"\r") else b""  # perhaps half of a line's end
        yield whole[: len(whole) - len(held)].replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    if held:
        yield held


def packed(pieces: Pieces, level: int) -> Pieces:
    """MODE Z: one zlib stream (RFC 1950)."""
    press = zlib.compressobj(level)
    for piece in pieces:
        made = press.compress(piece)
        if made:
            yield made
    yield press.flush()


def split(data: bytes) -> Pieces:
    """Pieces of what is in memory."""
    for at in range(0, len(data), PIECE):
        yield data[at : at + PIECE]
