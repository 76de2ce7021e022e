"""One message on its way into the store: in memory while it is small, in a file once it is not.

The file has no name until the message is whole: its first lines are the trace fields, which nobody knows before. Then
it is written anew with them ahead, synced, and only its name goes through the log.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from portside.files.durable import write_all
from portside.mail.envelope import Body, Envelope, Origin
from portside.mail.maildir.batches import Entry
from portside.mail.maildir.folder import Folder
from portside.mail.maildir.refusals import refusal
from portside.mail.maildir.traces import trace
from portside.mail.storing import StoreError

MOST_HELD = 256 * 1024
"""Octets of a message that are held in memory, and that the log takes: larger ones would be written twice."""
PIECE = 1024 * 1024
"""Octets that are copied at once."""

CRLF, LF = b"\r\n", b"\n"
OVER = "this message has ended already"


class Keeper(Protocol):
    """The store, as a message on its way sees it."""

    folder: Folder

    def may_hold(self, more: int) -> bool:
        """Whether there is memory for this many octets more; they count as held then. Negative ones are given back."""
        ...

    def name(self) -> str:
        """A name that no other message has."""
        ...

    def commit(self, entry: Entry, future: asyncio.Future[str]) -> None:
        """Write this to the log, and tell the future."""
        ...

    def finish(self, spool: Spool, future: asyncio.Future[str]) -> None:
        """Finish the spool in a thread, then commit its entry."""
        ...


class MaildirIncoming:
    """The port ``Incoming``. Its octets are held until ``keep`` or ``drop`` is called."""

    __slots__ = ("_data", "_fd", "_is_over", "_keeper")

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._data = bytearray()
        self._fd = -1
        self._is_over = False

    def write(self, data: bytes) -> None:
        """Append octets of the content. Raises ``StoreError``: then nothing of it stays."""
        if self._is_over:
            raise StoreError(OVER)
        if self._fd < 0 and len(self._data) + len(data) <= MOST_HELD and self._keeper.may_hold(len(data)):
            self._data += data
            return
        try:
            self._spool(data)
        except OSError as error:
            self.drop()
            raise refusal(error, self._keeper.folder.path) from error

    def _spool(self, data: bytes) -> None:
        if self._fd < 0:
            self._fd = self._keeper.folder.create_unnamed(self._keeper.name())
            write_all(self._fd, self._data)
            self._let_go()
        write_all(self._fd, data)

    def _let_go(self) -> None:
        """Nothing is held in memory any more."""
        self._keeper.may_hold(-len(self._data))
        self._data = bytearray()

    def keep(self, envelope: Envelope, origin: Origin) -> asyncio.Future[str]:
        """The message is whole; the port says the rest."""
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        try:
            self._keep(envelope, origin, future)
        except StoreError as error:
            future.set_exception(error)
        except OSError as error:
            future.set_exception(refusal(error, self._keeper.folder.path))
        self.drop()
        return future

    def _keep(self, envelope: Envelope, origin: Origin, future: asyncio.Future[str]) -> None:
        if self._is_over:
            raise StoreError(OVER)
        keeper = self._keeper
        entry = Entry(keeper.name(), keeper.folder.boxes(envelope.addresses), None)
        is_binary = envelope.body is Body.BINARY
        head = trace(envelope, origin, entry.name, named=not keeper.folder.per_recipient).encode("utf-8", "replace")
        if is_binary:
            head = head.replace(LF, CRLF)
        if self._fd < 0 and len(self._data) + len(head) <= MOST_HELD:
            entry.content = head + (self._data if is_binary else self._data.replace(CRLF, LF))
            keeper.commit(entry, future)
        else:
            self._spool(b"")
            keeper.finish(Spool(self._fd, is_binary, head, entry), future)
            self._fd = -1

    def drop(self) -> None:
        """Nothing of it stays, unless it is kept already."""
        self._is_over = True
        self._let_go()
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


@dataclass(slots=True)
class Spool:
    """A whole message in a file without a name: what is to be made of it takes the disk's time."""

    fd: int
    is_binary: bool
    head: bytes
    entry: Entry

    def finish(self, folder: Folder) -> Entry:
        """Write the file with the trace fields ahead; return once it and its name are on the disk.

        Raises ``OSError``.
        """
        try:
            self._write(folder.create(self.entry.name))
            folder.settle_staging()
        except OSError:
            folder.forget(self.entry.name)
            raise
        finally:
            os.close(self.fd)
        return self.entry

    def _write(self, target: int) -> None:
        try:
            write_all(target, self.head)
            for piece in self._pieces():
                write_all(target, piece)
            os.fsync(target)
        finally:
            os.close(target)

    def _pieces(self) -> Iterator[bytes]:
        """The content, with the line ends of a file; a CR at the end of a piece waits for what follows it."""
        at, held = 0, b""
        while piece := os.pread(self.fd, PIECE, at):
            at += len(piece)
            if self.is_binary:
                yield piece
                continue
            piece = held + piece
            held = b"\r" if piece.endswith(b"\r") else b""
            yield piece[: len(piece) - len(held)].replace(CRLF, LF)
        yield held
