"""The bodies of messages: of known length, in chunks, or up to the connection's end (RFC 9112 §6, §7)."""

from __future__ import annotations

import re
from enum import Enum

from portside.errors import LimitExceeded, RemoteError
from portside.protocols.http.messages import NO_HEADERS, Data, End, Headers
from portside.protocols.http.syntax.heads import (
    CHUNKED,
    UNTIL_CLOSE,
    HeadLimits,
    find_end,
    first_fault,
    parse_fields,
    serialise_fields,
)

LONGEST_CHUNK_LINE = 1024
"""Bytes of a chunk's size with its extensions, which nobody uses."""
TRAILER_LIMITS = HeadLimits(head=16 * 1024, fields=64)
"""How large the trailer section may be."""
_FRAMING = (b"transfer-encoding", b"content-length", b"host", b"trailer")
"""Fields that a trailer may not bring, since they would change what was already understood (RFC 9110 §6.5.1)."""

_CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,15})(?:;[\t\x20-\x7e\x80-\xff]*)?")

_CR = 0x0D

Piece = Data | End


class BodyReader:
    """Takes the framing off a body. ``feed`` gives its pieces; ``rest`` is what came behind its end."""

    __slots__ = ("done", "rest")

    def __init__(self) -> None:
        self.done = False
        self.rest = b""

    def feed(self, data: bytes) -> list[Piece]:
        """The pieces that ``data`` brings. Raises ``RemoteError`` (400) where the framing is in doubt."""
        raise AssertionError("a reader of its own for every framing")

    def end(self) -> list[Piece]:
        """The connection has ended: the rest of the body, or ``RemoteError`` where it was cut short."""
        raise RemoteError("the connection ended in the middle of the body", 400)


class LengthReader(BodyReader):
    """A body of ``length`` bytes."""

    __slots__ = ("length", "missing")

    def __init__(self, length: int) -> None:
        super().__init__()
        self.length = length
        self.missing = length

    def feed(self, data: bytes) -> list[Piece]:
        if len(data) < self.missing:
            self.missing -= len(data)
            return [Data(data)]
        self.rest = data[self.missing :]
        piece = data[: self.missing] if self.rest else data
        self.missing = 0
        self.done = True
        return [Data(piece), End()] if piece else [End()]

    def end(self) -> list[Piece]:
        got = self.length - self.missing
        raise RemoteError(f"the connection ended after {got:,} of {self.length:,} bytes", 400)


class CloseReader(BodyReader):
    """A response's body that ends with the connection."""

    __slots__ = ()

    def feed(self, data: bytes) -> list[Piece]:
        return [Data(data)]

    def end(self) -> list[Piece]:
        self.done = True
        return [End()]


class _State(Enum):
    SIZE = "size"
    DATA = "data"
    DATA_END = "data end"
    TRAILERS = "trailers"


class ChunkedReader(BodyReader):
    """A body in chunks, with its trailers (RFC 9112 §7.1)."""

    __slots__ = ("_at", "_buffer", "_missing", "_searched", "_state")

    def __init__(self) -> None:
        super().__init__()
        self._buffer = b""
        self._at = 0  # what stands before is read: many small chunks must not copy the buffer each time
        self._missing = 0
        self._searched = 0  # of the trailers
        self._state = _State.SIZE

    def feed(self, data: bytes) -> list[Piece]:
        """As above; the chunks that came together are one piece, so that tiny ones cost little further on."""
        self._buffer = self._buffer[self._at :] + data
        self._at = 0
        chunks: list[bytes] = []
        while self._state is not _State.TRAILERS and self._advance(chunks):
            pass
        pieces: list[Piece] = [Data(chunks[0] if len(chunks) == 1 else b"".join(chunks))] if chunks else []
        if self._state is _State.TRAILERS and (trailers := self._read_trailers()) is not None:
            pieces.append(End(trailers))
        return pieces

    def _advance(self, chunks: list[bytes]) -> bool:
        """One step; False where more bytes are needed."""
        if self._state is _State.SIZE:
            return self._read_size()
        return self._read_data(chunks) if self._state is _State.DATA else self._read_data_end()

    def _read_size(self) -> bool:
        start = self._at
        end = self._buffer.find(b"\n", start, start + LONGEST_CHUNK_LINE)
        if end < 0:
            self._refuse_early()
            return False
        match = _CHUNK_LINE.fullmatch(self._buffer, start, max(end - 1, start))
        if match is None or self._buffer[end - 1] != _CR:
            raise RemoteError("a chunk's size is malformed", 400)
        self._at = end + 1
        self._missing = int(match[1], 16)
        self._state = _State.DATA if self._missing else _State.TRAILERS
        return True

    def _refuse_early(self) -> None:
        """A size that can't become a good one is refused before its end, which may never come."""
        line = self._buffer[self._at : self._at + LONGEST_CHUNK_LINE]
        if line and _CHUNK_LINE.fullmatch(line.removesuffix(b"\r")) is None:
            raise RemoteError("a chunk's size is malformed", 400)
        if len(line) == LONGEST_CHUNK_LINE:
            raise LimitExceeded("a chunk's size line is too long", 400)

    def _read_data(self, chunks: list[bytes]) -> bool:
        piece = self._buffer[self._at : self._at + self._missing]
        if not piece:
            return False
        self._at += len(piece)
        self._missing -= len(piece)
        chunks.append(piece)
        if self._missing:
            return False
        self._state = _State.DATA_END
        return True

    def _read_data_end(self) -> bool:
        end = self._buffer[self._at : self._at + 2]
        if not b"\r\n".startswith(end):
            raise RemoteError("a chunk is longer than its size", 400)
        if len(end) < 2:
            return False
        self._at += 2
        self._state = _State.SIZE
        return True

    def _read_trailers(self) -> Headers | None:
        """The trailers, and the end of the body; None where more bytes are needed."""
        block = b"\r\n" + self._buffer[self._at :]
        end = find_end(block, self._searched)
        self._searched = len(block)
        if (len(block) if end < 0 else end) > TRAILER_LIMITS.head:
            raise LimitExceeded("the trailers are too long", 431)
        if end < 0:
            return None
        trailers = _parse_trailers(block[2 : end - 2])
        self.rest = block[end:]
        self._buffer = b""
        self._at = 0
        self.done = True
        return trailers


def _parse_trailers(block: bytes) -> Headers:
    try:
        trailers = parse_fields(block, TRAILER_LIMITS)
    except RemoteError as error:
        raise first_fault(block, error) from error
    if any(name in trailers for name in _FRAMING):
        raise RemoteError("a trailer tries to change the framing", 400)
    return trailers


def body_reader(length: int) -> BodyReader:
    """The reader for a body of ``length`` bytes, ``CHUNKED`` or ``UNTIL_CLOSE``."""
    if length == CHUNKED:
        return ChunkedReader()
    return CloseReader() if length == UNTIL_CLOSE else LengthReader(length)


def serialise_chunk(data: bytes) -> bytes:
    """One chunk; nothing for no data, which would end the body."""
    return b"%x\r\n%b\r\n" % (len(data), data) if data else b""


def serialise_last_chunk(trailers: Headers = NO_HEADERS) -> bytes:
    """The end of a body in chunks."""
    return b"0\r\n%b\r\n" % serialise_fields(trailers.lines)
