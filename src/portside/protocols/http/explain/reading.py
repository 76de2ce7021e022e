"""Messages of HTTP/1.x as they pass: where each begins and ends, and one line about it (RFC 9112)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from functools import lru_cache, partial

from portside.interfaces import Role
from portside.protocols.explaining import LONGEST_TITLE, Expected, Fact, Said, Switch
from portside.protocols.http.explain.credentials import hide_line, hide_target
from portside.protocols.http.explain.direction import Kind, Piece, State
from portside.protocols.http.explain.framing import MOST_ASKED, Framing
from portside.protocols.http.explain.heads import REQUEST_LINE, STATUS_LINE, Head
from portside.protocols.http.explain.masking import HttpMask
from portside.protocols.http.explain.meanings import STATUS_CODES

LONGEST_FACT = 512
"""Characters of a fact at most."""
MOST_COMMON = 1024
"""Values of fields (hosts, programs, types) that are kept as texts for the next message that says them."""
MOST_NOTES = 8
"""Notes of one message at most."""

_NAMES = {
    b"host": "host", b"content-type": "type", b"content-length": "declared", b"content-encoding": "coding",
    b"user-agent": "user_agent", b"server": "server", b"location": "location",
}  # fmt: skip


class HttpReader:
    """See ``portside.protocols.explaining.Explainer``."""

    __slots__ = ("_asked", "_bodies", "_framing", "_open")

    def __init__(self) -> None:
        self._framing = Framing()
        self._open: dict[Role, Said | None] = dict.fromkeys(Role)
        self._bodies = dict.fromkeys(Role, 0)
        self._asked: deque[Said] = deque(maxlen=MOST_ASKED)

    @property
    def switch(self) -> Switch | None:
        switched = self._framing.switched
        return None if switched is None else Switch(*switched)

    @property
    def expected(self) -> Sequence[Expected]:
        return ()

    def read(self, role: Role, data: bytes) -> Sequence[Said]:
        framing = self._framing
        if framing.body(role, data):
            self._grow(role, len(data))
            return ()
        size = framing.begun(role, data)
        if not size:
            return self._take(role, framing.read(role, data))
        direction = framing.direction(role)
        at = direction.at - len(data)
        said = self._begin(role, at, at + size, direction.head)
        if direction.idle:
            said.stop = at + len(data)
            self._bodies[role] = len(data) - size
            self._end(role, said)
        else:
            self._grow(role, len(data) - size)
        return (said,)

    def _grow(self, role: Role, size: int) -> None:
        """Further ``size`` bytes of a body."""
        said = self._open[role]
        if said is not None and size:
            said.stop += size
            self._bodies[role] += size
            said.facts["length"] = self._bodies[role]  # type: ignore[index]  # it is ours, and a dict

    def missed(self, role: Role, count: int) -> Sequence[Said]:
        at = self._framing.direction(role).at
        said = self._open[role]
        begun = self._take(role, self._framing.miss(role, count))
        for one in begun if said is None else (said, *begun):
            self._note(one, f"{count:,} bytes were not captured")
        if said is not None and said is self._open[role] and self._framing.direction(role).state is State.LOST:
            said.stop = max(said.stop, at)
            self._open[role] = None
        return begun

    def ended(self, role: Role) -> Sequence[Said]:
        direction = self._framing.direction(role)
        cut = direction.state not in (State.START, State.UNTIL_CLOSE, State.SWITCHED, State.LOST)
        begun = self._take(role, self._framing.end(role))
        said = self._open[role]
        if said is not None:
            if cut:
                self._note(said, "it was cut short")
            else:
                said.complete = said.kind == "data"
            self._open[role] = None
        for one in begun:
            if not one.complete and one.kind != "data":
                self._note(one, "its head was cut short")
        return begun

    def mask_from_here(self) -> Callable[[], HttpMask] | None:
        asked = self._framing.between()
        return None if asked is None else partial(HttpMask, asked)

    # ------------------------------------------------------------------------------------------ pieces

    def _take(self, role: Role, pieces: Sequence[Piece]) -> list[Said]:
        begun: list[Said] = []
        for kind, start, stop, data in pieces:
            said = self._open[role]
            if kind is Kind.HEAD:
                begun.append(self._begin(role, start, stop, data))
            elif kind is Kind.DATA:
                if said is None or said.kind != "data" or said.stop != start:
                    said = Said(role, "data", "bytes that begin no message", start, stop)
                    self._open[role] = said
                    self._bodies[role] = 0  # of the message that broke off
                    begun.append(said)
                said.stop = stop
            elif said is None:
                continue
            elif kind is Kind.END:
                said.stop = stop  # a hole may be its last part
                self._end(role, said)
            else:
                said.stop = stop
                if kind is Kind.BODY:
                    self._bodies[role] += stop - start
        said = self._open[role]
        if said is not None and self._bodies[role]:
            said.facts["length"] = self._bodies[role]  # type: ignore[index]  # it is ours, and a dict
        return begun

    def _begin(self, role: Role, start: int, stop: int, head: bytes) -> Said:
        previous = self._open[role]
        if previous is not None and previous.kind == "data":
            previous.complete = True
        direction = self._framing.direction(role)
        known = direction.known if direction.head is head or direction.head == head else Head(head)
        title, facts = _told(head, known)
        note = known.note
        if not note and head.count(b"\n") != head.count(b"\r\n"):
            note = "some lines end with a bare LF (RFC 9112 §2.2)"
        if role is Role.CLIENT:
            said = Said(role, "request", title, start, stop, False, facts)
            self._asked.append(said)
        else:
            interim = int(facts["status"]) < 200 and facts["status"] != 101
            said = Said(role, "interim response" if interim else "response", title, start, stop, False, facts)
            if self._asked:
                said.answers = self._asked[0] if interim else self._asked.popleft()
        if note:
            self._note(said, note)
        self._open[role] = said
        self._bodies[role] = 0
        if direction.state is State.SWITCHED:
            said.complete = True
            self._open[role] = None
            client = self._open[Role.CLIENT]
            if client is not None:
                client.complete = True
                self._open[Role.CLIENT] = None
        return said

    def _end(self, role: Role, said: Said) -> None:
        said.complete = True
        said.facts["length"] = self._bodies[role]  # type: ignore[index]
        self._open[role] = None
        self._bodies[role] = 0

    @staticmethod
    def _note(said: Said, text: str) -> None:
        if len(said.notes) < MOST_NOTES:
            said.notes = (*said.notes, text)


def _told(head: bytes, known: Head) -> tuple[str, dict[str, Fact]]:
    """The title and the facts of a head."""
    line = head[: head.find(b"\n") + 1]
    title, begun = _common_line_told(line) if len(line) <= LONGEST_FACT else _line_told(line)
    facts = dict(begun)
    for field, value in known.fields.items():
        name = _NAMES.get(field)
        if name == "declared":
            if known.length is not None:
                facts[name] = known.length
        elif name == "location":
            facts[name] = _text(hide_line(b"Location: " + value)[10:])
        elif name == "type":
            facts[name] = _common_text(value.partition(b";")[0].rstrip())
        elif name is not None:
            facts[name] = _common_text(value.rstrip(b" \t"))
    facts["length"] = 0
    return title, facts


def _line_told(line: bytes) -> tuple[str, tuple[tuple[str, Fact], ...]]:
    """What a start line has of both."""
    line = hide_target(line)
    request = REQUEST_LINE.match(line)
    if request is not None:
        method, target, version = (_text(part) for part in request.groups())
        return f"{method} {target}"[:LONGEST_TITLE], (("method", method), ("target", target), ("version", version))
    status = STATUS_LINE.match(line)
    if status is None:
        return "", ()
    code, phrase = int(status[2]), _text(status[3] or b"")
    title = f"{code} {phrase or STATUS_CODES.get(code, ('', ''))[0]}".rstrip()
    return title[:LONGEST_TITLE], (("status", code), ("version", _text(status[1])), ("phrase", phrase))


@lru_cache(MOST_COMMON)
def _common_line_told(line: bytes) -> tuple[str, tuple[tuple[str, Fact], ...]]:
    """The same for short ones, which come again and again."""
    return _line_told(line)


def _text(data: bytes) -> str:
    return data[:LONGEST_FACT].decode("utf-8", "replace")


@lru_cache(MOST_COMMON)
def _common_text(data: bytes) -> str:
    """The same for what programs say in every message: one text for all of them."""
    return _text(data)
