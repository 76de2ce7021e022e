"""Transfers inward: what comes is written by a thread, in large batches, and gets its name when all of it is there.

While the thread writes, more may come, up to ``AHEAD`` bytes; then nothing is read until the disk has caught up.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable
from typing import Any

from portside.engine.conversation import Conversation
from portside.errors import RemoteError
from portside.interfaces import Link
from portside.protocols.ftp.messages import Reply
from portside.protocols.ftp.rules.turns import Break
from portside.protocols.ftp.server.parts import Part
from portside.protocols.ftp.server.refusing import refused

BATCH = 1024 * 1024
"""Bytes for which a thread is woken: enough that the way there and back does not count."""
AHEAD = 4 * 1024 * 1024
"""Bytes that may wait for the disk."""
INFLATED = 1024 * 1024
"""Bytes of MODE Z that are made plain at once, however small what they are made from is."""

Finished = Callable[[Reply, int], None]
"""Is told the reply and the bytes that have come."""
Decoder = Callable[[bytes, bool, Callable[[bytes], None]], None]
"""Takes a piece, and whether it is the last; hands on what is to be written."""
CUT_OFF = RemoteError("the control connection was closed before the file was stored", 426)


class FileIn:
    """One upload into ``part``. ``decoder`` makes of what comes what is written (None: it is the same)."""

    __slots__ = (
        "_decoder", "_due", "_ended", "_error", "_finished", "_gone", "_held", "_largest", "_link", "_part", "_pieces",
        "_prepare", "_said", "_size", "_talk", "_working", "moved",
    )  # fmt: skip

    def __init__(
        self,
        talk: Conversation[Any],
        finished: Finished,
        part: Part,
        *,
        largest: int,
        prepare: Callable[[], None] | None = None,
        decoder: Decoder | None = None,
        said: str = "The file is stored.",
    ) -> None:
        self._talk = talk
        self._finished = finished
        self._part = part
        self._largest = largest
        self._prepare = prepare
        self._decoder = decoder
        self._said = said
        self._link: Link | None = None
        self._pieces: list[bytes] = []
        self._size = 0
        self._held = False
        self._working = False
        self._ended = False
        self._due = False
        """Whether the last step may be taken."""
        self._gone = False
        self._error: RemoteError | None = None
        self.moved = 0

    # ------------------------------------------------------------------------------------------- what comes

    def ready(self, link: Link) -> None:
        """The data connection is there."""
        self._link = link

    def take(self, data: bytes) -> None:
        """This has come."""
        if self._error is not None:  # nothing may follow a gap
            return
        self.moved += len(data)
        self._pieces.append(data)
        self._size += len(data)
        if self._size >= BATCH:
            self._work()
        if self._size > AHEAD and not self._held:
            self._held = True
            self._talk.hold(self._link)

    def drained(self) -> None:
        """We say nothing here."""

    def ended(self, error: RemoteError | None) -> None:
        """Nothing more comes: it is whole (None), or was cut off.

        A process that is killed ends both connections at once. Which of two ends that are there is read first is
        chance: the file gets its name a turn of the loop later, when both were read.
        """
        self._ended = True
        self._error = self._error or error
        if self._error is None:
            asyncio.get_running_loop().call_soon(self._take_last_step)
        else:
            self._take_last_step()

    def _take_last_step(self) -> None:
        self._due = True
        self._work()

    def hung_up(self) -> None:
        """The control connection has ended: what seemed whole may have been cut off with it."""
        self._gone = True

    def abandon(self) -> None:
        """The conversation is over."""
        self._gone = True
        if not self._ended:
            self.ended(CUT_OFF)

    # ------------------------------------------------------------------------------------------ in the thread

    def _work(self) -> None:
        """Have a thread do what there is to be done, one step at a time."""
        if self._working:
            return
        self._working = True
        pieces, self._pieces, self._size = self._pieces, [], 0
        last = self._due
        asyncio.get_running_loop().run_in_executor(None, self._store, pieces, last).add_done_callback(
            lambda task: self._stored(task, last)
        )

    def _store(self, pieces: list[bytes], last: bool) -> None:
        try:
            self._put(pieces, last)
            if last:
                self._settle()
        except BaseException:
            if last:
                self._part.leave()
            raise

    def _put(self, pieces: list[bytes], last: bool) -> None:
        if self._prepare is not None:
            prepare, self._prepare = self._prepare, None
            prepare()
        if self._decoder is None:
            self._write(pieces)
            return
        for piece in pieces:
            self._decoder(piece, False, lambda made: self._write([made]))
        if last and self._error is None:
            self._decoder(b"", True, lambda made: self._write([made]))

    def _settle(self) -> None:
        """On the disk first, then under its name; what was cut off is left as it is."""
        if self._error is None:
            self._part.sync()
            if self._gone:
                raise CUT_OFF
            self._part.place()
        else:
            self._part.leave()

    def _write(self, pieces: list[bytes]) -> None:
        if self._part.size + sum(map(len, pieces)) > self._largest:
            raise RemoteError(f"a file has {self._largest:,} bytes at most here", 552)
        self._part.write(pieces)

    def _stored(self, task: asyncio.Future[None], last: bool) -> None:
        self._working = False
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._fail(
                error if isinstance(error, RemoteError) else RemoteError(f"the file was not stored: {error}", 451)
            )
        if self._held and self._size <= AHEAD:
            self._held = False
            self._talk.release(self._link)
        if last:
            self._conclude()
        elif self._due or self._size >= BATCH:
            self._work()

    def _fail(self, error: RemoteError) -> None:
        """It cannot be stored: the other side need not send the rest."""
        if self._error is None:
            self._error = error
        self._pieces.clear()
        self._size = 0
        if not self._ended:
            self._talk.say(Break(error))

    # -------------------------------------------------------------------------------------------------- end

    def _conclude(self) -> None:
        self._part.close()
        self._finished(Reply(226, (self._said,)) if self._error is None else refused(self._error), self.moved)


# ------------------------------------------------------------------------------------------- decoders


def plain_text() -> Decoder:
    """TYPE A: CR LF becomes the end of a line as it is here."""
    held = b""

    def decode(piece: bytes, last: bool, put: Callable[[bytes], None]) -> None:
        nonlocal held
        whole = held + piece
        held = b"\r" if whole.endswith(b"\r") and not last else b""
        put(whole[: len(whole) - len(held)].replace(b"\r\n", b"\n"))

    return decode


def inflated(behind: Decoder | None = None) -> Decoder:
    """MODE Z. Raises ``RemoteError`` (426, 451) for what is no zlib stream, ends early, or goes on behind its end."""
    press = zlib.decompressobj()

    def decode(piece: bytes, last: bool, put: Callable[[bytes], None]) -> None:
        try:
            while piece:
                made = press.decompress(piece, INFLATED)
                piece = press.unconsumed_tail
                if made:
                    _hand_on(behind, made, put)
        except zlib.error as error:
            raise RemoteError("what came is not compressed as MODE Z has it", 451) from error
        if press.unused_data:  # zlib would keep all of it in memory
            raise RemoteError("what came goes on behind the end of its compression", 451)
        if last and (rest := press.flush()):
            _hand_on(behind, rest, put)
        if last and not press.eof:
            raise RemoteError("what came ended before its compression did", 426)
        if last and behind is not None:
            behind(b"", True, put)

    return decode


def _hand_on(behind: Decoder | None, made: bytes, put: Callable[[bytes], None]) -> None:
    if behind is None:
        put(made)
    else:
        behind(made, False, put)
