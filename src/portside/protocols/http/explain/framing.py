"""Where messages begin and end in both directions of a conversation (RFC 9112 §6, §7), read passively.

What a request asked for decides how its answer is framed. A framing hands on what it finds as pieces of each direction;
the reader makes messages of them, the mask hides what is secret in the lines.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from portside.interfaces import Role
from portside.protocols.http.explain.direction import Direction, Kind, Piece, State
from portside.protocols.http.explain.heads import Head, has_start

MOST_ASKED = 1024
"""Requests whose answers are waited for; the oldest is forgotten."""


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
        if size < 4 or not has_start(role, data):
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
