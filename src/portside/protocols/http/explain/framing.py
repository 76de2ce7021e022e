"""Where messages begin and end in both directions of a conversation (RFC 9112 §6, §7), read passively.

A framing hands on what it finds as pieces of each direction: lines of a head, an end of a head, bytes of a body, lines
between chunks. The reader makes messages of them, the mask hides what is secret in the lines. Nothing is refused;
where the framing is lost, lines are lines until one begins a message again.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from enum import Enum

from portside.interfaces import Role
from portside.protocols.explaining import ALL

LONGEST_LINE = 64 * 1024
"""Bytes of a line at most; what is longer is no line of HTTP."""
MOST_ASKED = 1024
"""Requests whose answers are waited for; the oldest is forgotten."""
LONGEST_HEAD = 64 * 1024
"""Bytes of a head at most; what is longer is taken for data."""

REQUEST_LINE = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}) (\S{1,65536}) HTTP/(\d\.\d)\r?\n")
STATUS_LINE = re.compile(rb"HTTP/(\d\.\d) (\d{3})(?: ([^\r\n]{0,1024}))?\r?\n")
HEAD_END = re.compile(rb"\r?\n\r?\n")
_FIELDS = re.compile(
    rb"\n(content-(?:length|type|encoding)|transfer-encoding|host|user-agent|server|location)[ \t]*:[ \t]*([^\r\n]*)",
    re.IGNORECASE,
)
_LENGTH = re.compile(rb"(\d{1,18})(?:[ \t]*,[ \t]*\1)*[ \t]*")
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


class Head:
    """What a head says about framing, and in the ``fields`` that lists show: names in lower case, first values.

    ``note`` says what is odd about it.
    """

    __slots__ = ("chunked", "fields", "length", "note")

    def __init__(self, head: bytes) -> None:
        self.length: int | None = None
        self.chunked = False
        self.note = ""
        self.fields: dict[bytes, bytes] = {}
        for name, value in _FIELDS.findall(head):
            known = name.lower()
            if known == b"content-length":
                self._length(value.strip(b" \t"))
            elif known == b"transfer-encoding":
                self.chunked = value.rpartition(b",")[2].strip().lower() == b"chunked"
                if not self.chunked:
                    self.note = "its last transfer coding is not chunked"
            self.fields.setdefault(known, value)
        if self.chunked and self.length is not None:
            self.note = "it has both Content-Length and Transfer-Encoding: the latter counts (RFC 9112 §6.3)"

    def _length(self, value: bytes) -> None:
        match = _LENGTH.fullmatch(value)
        length = int(match[1]) if match else None
        if length is None:
            self.note = "its Content-Length is no number"
        elif self.length is not None and self.length != length:
            self.note = "its Content-Length fields differ"
        else:
            self.length = length


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
                case State.LENGTH | State.UNTIL_CLOSE | State.CHUNK:
                    stop = self._body(pieces)
                case State.CHUNK_SIZE:
                    stop = self._size(pieces)
                case State.CHUNK_END:
                    stop = self._chunk_end(pieces)
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
            if len(buffer) > LONGEST_LINE or not _may_begin(self._role, buffer):
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
        if self.state is not State.UNTIL_CLOSE:
            size = min(size, self._left)
            self._left -= size
        self._take(pieces, Kind.BODY, size)
        if self.state is State.LENGTH and not self._left:
            self._end(pieces)
        elif self.state is State.CHUNK and not self._left:
            self.state = State.CHUNK_END
        return False

    def _end(self, pieces: list[Piece]) -> None:
        pieces.append((Kind.END, self.at, self.at, b""))
        self.state = State.START

    def _size(self, pieces: list[Piece]) -> bool:
        match = _SIZE.match(self._buffer)
        if match is None:
            if b"\n" in self._buffer or len(self._buffer) > LONGEST_LINE:
                self.state = State.LOST
            return False
        self._take(pieces, Kind.BETWEEN, match.end())
        self._left = int(match[1], 16)
        self.state = State.CHUNK if self._left else State.TRAILER
        return False

    def _chunk_end(self, pieces: list[Piece]) -> bool:
        if self._buffer[:1] == b"\n" or self._buffer[:2] == b"\r\n":
            self._take(pieces, Kind.BETWEEN, 1 if self._buffer[:1] == b"\n" else 2)
            self.state = State.CHUNK_SIZE
        elif self._buffer != b"\r":
            self.state = State.LOST
        return False

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
        if len(self._buffer) - at > LONGEST_LINE or not _may_begin(self._role, self._buffer[at:]):
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
        begun = self.state is State.START and _has_start(self._role, self._buffer)
        self._take(pieces, Kind.HEAD if begun else Kind.DATA, len(self._buffer))
        self.at += count
        if self.state is not State.SWITCHED:
            self.state = State.LOST
        return pieces

    def close(self) -> list[Piece]:
        """Nothing follows: what is held comes out."""
        pieces: list[Piece] = []
        if self._buffer and self.state is not State.SWITCHED:
            broken = self.state is State.START and _has_start(self._role, self._buffer)
            self._take(pieces, Kind.HEAD if broken else Kind.DATA, len(self._buffer))
        if self.state is State.UNTIL_CLOSE:
            self._end(pieces)
        return pieces


def _has_start(role: Role, data: bytes) -> bool:
    pattern = REQUEST_LINE if role is Role.CLIENT else STATUS_LINE
    return bool(pattern.match(data))


_BEGINS_REQUEST = re.compile(rb"[A-Za-z][!#$%&'*+\-.^_`|~0-9A-Za-z]{0,63}(?: \S{0,65536}(?: [HTP/.0-9]{0,8}\r?)?)?")
_BEGINS_STATUS = re.compile(rb"HTTP/\d\.\d \d{3}(?: [^\r\n]*)?\r?")


def _may_begin(role: Role, data: bytes) -> bool:
    """Whether an incomplete line could become a start line."""
    if role is Role.SERVER:
        return b"HTTP/".startswith(data[:5]) and (len(data) < 13 or bool(_BEGINS_STATUS.fullmatch(data)))
    return bool(_BEGINS_REQUEST.fullmatch(data))


def _behind_request(known: Head) -> tuple[State, int]:
    """What follows a request's head (RFC 9112 §6.3)."""
    if known.chunked:
        return State.CHUNK_SIZE, 0
    return (State.LENGTH, known.length) if known.length else (State.START, 0)


def _behind_response(known: Head, status: int, asked: bytes) -> tuple[State, int]:
    """What follows the head of a response to a request by the method ``asked`` (RFC 9112 §6.3)."""
    if status == 101 or (asked == b"CONNECT" and 200 <= status < 300):
        return State.SWITCHED, 0
    if status < 200 or status in (204, 304) or asked == b"HEAD":
        return State.START, 0
    if known.chunked:
        return State.CHUNK_SIZE, 0
    if known.length is None:
        return State.UNTIL_CLOSE, 0
    return (State.LENGTH, known.length) if known.length else (State.START, 0)


class Framing:
    """Both directions: what a request asked for decides how its answer is framed."""

    __slots__ = ("_asked", "_both", "switched")

    def __init__(self, asked: Sequence[bytes] = ()) -> None:
        """``asked``: methods of requests that are still to be answered."""
        self._both = {role: Direction(role) for role in Role}
        self._asked: deque[bytes] = deque(asked, MOST_ASKED)
        self.switched: tuple[int, int] | None = None
        """The offsets (client's, server's) from which something else is spoken."""

    def direction(self, role: Role) -> Direction:
        """One of the two."""
        return self._both[role]

    def read(self, role: Role, data: bytes) -> list[Piece]:
        """The pieces that ``data`` brings. A head is a piece of its own, directly behind it stands its END if any."""
        direction = self._both[role]
        if direction.state is State.SWITCHED:
            return []
        pieces = direction.read(data)
        if pieces and pieces[-1][0] is Kind.HEAD:
            pieces = self._after_head(role, direction, pieces)
        return pieces

    def _after_head(self, role: Role, direction: Direction, pieces: list[Piece]) -> list[Piece]:
        ended_with_head = True
        while ended_with_head:
            if role is Role.CLIENT:
                self._request(direction)
            else:
                self._response(direction)
            if direction.state is State.START:
                pieces.append((Kind.END, direction.at, direction.at, b""))
            if direction.state is State.SWITCHED:
                break
            more = direction.go_on()
            pieces += more
            ended_with_head = bool(more) and more[-1][0] is Kind.HEAD
        return pieces

    def _request(self, direction: Direction) -> None:
        head = direction.head
        known = direction.known = Head(head)
        self._asked.append(head[: head.find(b" ")])
        direction.follow(*_behind_request(known))

    def _response(self, direction: Direction) -> None:
        known = direction.known = Head(direction.head)
        status = int(direction.head[9:12])
        state, length = _behind_response(known, status, self.asked())
        if self._asked and (status >= 200 or status == 101):
            self._asked.popleft()
        direction.follow(state, length)
        if state is State.SWITCHED:
            client = self._both[Role.CLIENT]
            self.switched = (client.at, direction.at)
            client.state = State.SWITCHED

    def body(self, role: Role, data: bytes) -> bool:
        """Whether ``data`` are the middle of a body and nothing else, as most are; then they have been read."""
        direction = self._both[role]
        return direction.state is State.LENGTH and direction.pass_body(len(data))

    def begun(self, role: Role, data: bytes) -> int:
        """The size of the head where ``data`` is one message or its beginning and nothing else, as most are; else 0.

        Then it has been read; otherwise nothing has happened.
        """
        direction = self._both[role]
        if not direction.idle:
            return 0
        size = data.find(b"\r\n\r\n") + 4
        if size < 4 or not _has_start(role, data):
            return 0
        head = data[:size]
        known = Head(head)
        if role is Role.CLIENT:
            state, length = _behind_request(known)
        elif head[9:10] == b"1":
            return 0
        else:
            state, length = _behind_response(known, int(head[9:12]), self.asked())
        if size + length < len(data) or state not in (State.START, State.LENGTH) or b"\n\n" in head:
            return 0
        direction.head, direction.known = head, known
        if size + length > len(data):
            direction.follow(state, size + length - len(data))
        self.passed(role, len(data), head[: head.find(b" ")])
        return size

    def between(self) -> tuple[bytes, ...] | None:
        """The methods that wait for their answers, where the next byte of either side begins a message; else None."""
        return tuple(self._asked) if all(direction.idle for direction in self._both.values()) else None

    def asked(self) -> bytes:
        """The method of the request that is answered next; empty where none was seen."""
        return self._asked[0] if self._asked else b""

    def passed(self, role: Role, size: int, method: bytes) -> None:
        """A request, or its answer, has passed, all of it or its first ``size`` bytes."""
        self._both[role].at += size
        if role is Role.CLIENT:
            self._asked.append(method)
        elif self._asked:
            self._asked.popleft()

    def miss(self, role: Role, count: int) -> list[Piece]:
        """``count`` bytes of ``role`` are missing."""
        return self._both[role].miss(count)

    def end(self, role: Role) -> list[Piece]:
        """``role`` sends nothing more."""
        return self._both[role].close()
