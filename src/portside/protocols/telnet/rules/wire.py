"""What leaves and what comes in, compressed where the sides have agreed upon it (MCCP2).

Only the server's side compresses, from right behind its subnegotiation. Each ``Send`` is flushed, so that what was
said is there to be read. Where the compressed stream ends, plain Telnet goes on.
"""

from __future__ import annotations

import zlib

from portside.errors import RemoteError
from portside.interfaces import Send
from portside.protocols.telnet.messages import Option
from portside.protocols.telnet.syntax.commands import serialise_subnegotiation

INFLATED_AT_ONCE = 256 * 1024
"""Bytes that are unpacked in one go: a few KB may stand for a thousand times as many, and others wait meanwhile."""
MOST_UNPACKED_LATER = 1024 * 1024
"""Compressed bytes that may wait before more are taken: what two reads bring, for then no more is read."""
_LEVEL = 6
"""zlib's own choice between time and size."""


class Outgoing:
    """Makes a ``Send`` of bytes."""

    __slots__ = ("_deflater",)

    def __init__(self) -> None:
        self._deflater: zlib._Compress | None = None

    @property
    def compressing(self) -> bool:
        return self._deflater is not None

    def send(self, data: bytes) -> Send:
        if self._deflater is None:
            return Send(data)
        return Send(self._deflater.compress(data) + self._deflater.flush(zlib.Z_SYNC_FLUSH))

    def compress(self) -> Send:
        """Tell that what follows is compressed, which it is."""
        told = self.send(serialise_subnegotiation(Option.MCCP2, b""))
        self._deflater = zlib.compressobj(_LEVEL)
        return told

    def finish(self) -> Send:
        """The end of the compressed stream."""
        assert self._deflater is not None
        ending, self._deflater = self._deflater.flush(zlib.Z_FINISH), None
        return Send(ending)


class Inflater:
    """Unpacks what comes in, ``INFLATED_AT_ONCE`` bytes at a time; the rest waits."""

    __slots__ = ("_inflater", "_waiting")

    def __init__(self) -> None:
        self._inflater = zlib.decompressobj()
        self._waiting = b""

    @property
    def ended(self) -> bool:
        """Whether the compressed stream is over; what was behind it waits."""
        return self._inflater.eof

    def add(self, data: bytes) -> None:
        """More has come in. Raises ``RemoteError`` where too much waits already."""
        if len(self._waiting) > MOST_UNPACKED_LATER:
            raise RemoteError("compressed data comes faster than it can be unpacked")
        self._waiting += data

    def unpack(self) -> bytes:
        """The next piece; empty where more has to come in first. Raises ``RemoteError`` for what is not compressed."""
        try:
            piece = self._inflater.decompress(self._waiting, INFLATED_AT_ONCE)
        except zlib.error as error:
            raise RemoteError(f"what should be compressed is not: {error}") from error
        self._waiting = self._inflater.unused_data if self._inflater.eof else self._inflater.unconsumed_tail
        return piece

    def take_rest(self) -> bytes:
        """What stood behind the compressed stream."""
        rest, self._waiting = self._waiting, b""
        return rest
