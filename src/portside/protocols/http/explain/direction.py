"""One direction of a conversation in pieces: heads, bytes of a body, lines between chunks (RFC 9112 §6, §7).

Nothing is refused; where the framing is lost, lines are lines until one begins a message again.
"""

from __future__ import annotations

import re
from enum import Enum

from portside.interfaces import Role
from portside.protocols.explaining import ALL
from portside.protocols.http.explain.heads import (
    HEAD_END,
    LONGEST_HEAD,
    LONGEST_LINE,
    REQUEST_LINE,
    STATUS_LINE,
    Head,
    has_start,
    may_begin,
)

_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r?\n")


class Kind(Enum):
    """What a piece is."""

    HEAD = "head"
    """All of a head, or the beginning of one that never ends."""
    BODY = "body"
    """Bytes of a body."""
    BETWEEN = "between"
    """Lines of the chunked coding: sizes, and the ends of chunks."""
    TRAILER = "trailer"
    """The trailer section with its empty line."""
    END = "end"
    """The message is complete; no bytes."""
    DATA = "data"
    """Bytes that belong to no message that we know."""

    __hash__ = object.__hash__  # Enum's own is slow


class State(Enum):
    """What a direction is about to bring."""

    START = "start"
    LENGTH = "length"
    UNTIL_CLOSE = "until close"
    CHUNK_SIZE = "chunk size"
    CHUNK = "chunk"
    CHUNK_END = "chunk end"
    TRAILER = "trailer"
    LOST = "lost"
    SWITCHED = "switched"

    __hash__ = object.__hash__


_BODIES = (State.LENGTH, State.CHUNK, State.UNTIL_CLOSE, State.SWITCHED)


_KEPT = (Kind.HEAD, Kind.TRAILER)
Piece = tuple[Kind, int, int, bytes]
"""A kind, where it begins and ends in its direction, and of a head and a trailer the bytes themselves."""


class Direction:
    """One direction: bytes in, pieces out."""

    __slots__ = ("_buffer", "_left", "_role", "at", "head", "known", "state")

    def __init__(self, role: Role) -> None:
        self._role = role
        self._buffer = b""
        self._left = 0
        self.state = State.START
        self.at = 0
        self.head = b""
        """The bytes of the head that ended last."""
        self.known = Head(b"")
        """What that head says."""

    @property
    def idle(self) -> bool:
        """Whether the next byte begins a message."""
        return self.state is State.START and not self._buffer

    def read(self, data: bytes) -> list[Piece]:
        """Pieces up to the end of ``data``, or of a head: the rest waits until ``follow`` says what the head means."""
        self._buffer = self._buffer + data if self._buffer else data
        return self.go_on()

    def go_on(self) -> list[Piece]:
        """The same without further bytes."""
        pieces: list[Piece] = []
        while self._buffer:
            before, state = len(self._buffer), self.state
            match self.state:
                case State.START:
                    stop = self._start(pieces)
                case State.LENGTH | State.UNTIL_CLOSE:
                    stop = self._body(pieces)
                case State.CHUNK_SIZE | State.CHUNK | State.CHUNK_END:
                    stop = self._chunks(pieces)
                case State.TRAILER:
                    stop = self._trailer(pieces)
                case State.LOST:
                    stop = self._lost(pieces)
                case _:
                    break
            if stop or (len(self._buffer) == before and self.state is state):
                break
        return pieces

    def _take(self, pieces: list[Piece], kind: Kind, size: int) -> None:
        if size:
            kept = self._buffer[:size] if kind in _KEPT else b""
            pieces.append((kind, self.at, self.at + size, kept))
            self.at += size
            self._buffer = self._buffer[size:]

    def _start(self, pieces: list[Piece]) -> bool:
        """True where the head's meaning has to be told before anything can follow."""
        buffer = self._buffer
        if buffer[:1] in (b"\r", b"\n"):  # empty lines before a request are forgiven (RFC 9112 §2.2)
            size = len(buffer) - len(buffer.lstrip(b"\r\n"))
            self._take(pieces, Kind.BETWEEN, size)
            return False
        line_end = buffer.find(b"\n")
        if line_end < 0:
            if len(buffer) > LONGEST_LINE or not may_begin(self._role, buffer):
                self.state = State.LOST
            return False
        pattern = REQUEST_LINE if self._role is Role.CLIENT else STATUS_LINE
        if not pattern.match(buffer):
            self.state = State.LOST
            return False
        end = buffer.find(b"\r\n\r\n", line_end - 1)
        size = end + 4
        if end < 0 or b"\n\n" in buffer[line_end:end]:
            match = HEAD_END.search(buffer, line_end - 1)
            size = match.end() if match else 0
        if not size:
            if len(buffer) > LONGEST_HEAD:
                self._take(pieces, Kind.DATA, line_end + 1)  # or it would be found again as the beginning of a message
                self.state = State.LOST
            return False
        self.head = buffer[:size]
        self._take(pieces, Kind.HEAD, size)
        return True

    def follow(self, state: State, length: int = 0) -> None:
        """What comes behind the head that has just ended."""
        self.state = state
        self._left = length

    @property
    def left(self) -> int:
        """How many bytes of a body follow, whatever they are."""
        if self._buffer or self.state not in _BODIES:
            return 0
        return ALL if self.state in (State.UNTIL_CLOSE, State.SWITCHED) else self._left

    def pass_body(self, size: int) -> bool:
        """Whether ``size`` bytes are less than is left of a body; then they have been read."""
        if size >= self._left or self._buffer:
            return False
        self._left -= size
        self.at += size
        return True

    def _body(self, pieces: list[Piece]) -> bool:
        size = len(self._buffer)
        if self.state is State.LENGTH:
            size = min(size, self._left)
            self._left -= size
        self._take(pieces, Kind.BODY, size)
        if self.state is State.LENGTH and not self._left:
            self._end(pieces)
        return False

    def _end(self, pieces: list[Piece]) -> None:
        pieces.append((Kind.END, self.at, self.at, b""))
        self.state = State.START

    def _chunks(self, pieces: list[Piece]) -> bool:
        """All chunks that the buffer holds, which is cut but once: they may be very many (RFC 9112 §7.1)."""
        buffer, base, state = self._buffer, self.at, self.state
        at, size = 0, len(buffer)
        while at < size:
            start = at
            if state is State.CHUNK:
                at += min(self._left, size - at)
                self._left -= at - start
                pieces.append((Kind.BODY, base + start, base + at, b""))
                if self._left:
                    break
                state = State.CHUNK_END
                continue
            found, state = self._between(buffer, at, state)
            if found == at:
                break
            at = found
            pieces.append((Kind.BETWEEN, base + start, base + at, b""))
            if state is State.TRAILER:
                break
        self._buffer, self.at, self.state = buffer[at:], base + at, state
        return False

    def _between(self, buffer: bytes, at: int, state: State) -> tuple[int, State]:
        """Where the line between two chunks that begins ``at`` ends (``at``: not yet), and what comes next."""
        if state is State.CHUNK_SIZE:
            match = _SIZE.match(buffer, at)
            if match is not None:
                self._left = int(match[1], 16)
                return match.end(), State.CHUNK if self._left else State.TRAILER
            lost = buffer.find(b"\n", at) >= 0 or len(buffer) - at > LONGEST_LINE
            return at, State.LOST if lost else state
        end = buffer[at : at + 2]
        if end == b"\r\n" or end[:1] == b"\n":
            return at + (2 if end == b"\r\n" else 1), State.CHUNK_SIZE
        return at, state if end == b"\r" else State.LOST

    def _trailer(self, pieces: list[Piece]) -> bool:
        if self._buffer[:1] == b"\n" or self._buffer[:2] == b"\r\n":
            size = 1 if self._buffer[:1] == b"\n" else 2
        else:
            match = HEAD_END.search(self._buffer)
            size = match.end() if match else 0
        if size:
            self._take(pieces, Kind.TRAILER, size)
            self._end(pieces)
        elif len(self._buffer) > LONGEST_HEAD:
            self.state = State.LOST
        return False

    def _lost(self, pieces: list[Piece]) -> bool:
        """Look for a line that begins a message; whatever comes before it is data."""
        pattern = REQUEST_LINE if self._role is Role.CLIENT else STATUS_LINE
        at = 0
        while True:
            line_end = self._buffer.find(b"\n", at)
            if line_end < 0:
                break
            if pattern.match(self._buffer, at):
                self._take(pieces, Kind.DATA, at)
                self.state = State.START
                return False
            at = line_end + 1
        if len(self._buffer) - at > LONGEST_LINE or not may_begin(self._role, self._buffer[at:]):
            at = len(self._buffer)
        self._take(pieces, Kind.DATA, at)
        return False

    def miss(self, count: int) -> list[Piece]:
        """``count`` bytes are missing here."""
        pieces: list[Piece] = []
        within = self.state in (State.LENGTH, State.CHUNK) and count <= self._left and not self._buffer
        if within or (self.state is State.UNTIL_CLOSE and count):
            self._left -= count
            self.at += count
            if self.state is State.LENGTH and not self._left:
                self._end(pieces)
            elif self.state is State.CHUNK and not self._left:
                self.state = State.CHUNK_END
            return pieces
        begun = self.state is State.START and has_start(self._role, self._buffer)
        self._take(pieces, Kind.HEAD if begun else Kind.DATA, len(self._buffer))
        self.at += count
        if self.state is not State.SWITCHED:
            self.state = State.LOST
        return pieces

    def close(self) -> list[Piece]:
        """Nothing follows: what is held comes out."""
        pieces: list[Piece] = []
        if self._buffer and self.state is not State.SWITCHED:
            broken = self.state is State.START and has_start(self._role, self._buffer)
            self._take(pieces, Kind.HEAD if broken else Kind.DATA, len(self._buffer))
        if self.state is State.UNTIL_CLOSE:
            self._end(pieces)
        return pieces
