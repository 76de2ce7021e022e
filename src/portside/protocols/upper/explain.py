"""The uppercase application as somebody reads it who only watches: a line is a message, and so is a datagram."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Sequence

from portside.interfaces import Role
from portside.protocols.explaining import Content, Expected, Field, NoMask, Said, Switch
from portside.protocols.upper.syntax import upper

LONGEST_LINE = 64 * 1024
"""Bytes after which a message ends that has no line end."""
MOST_ASKED = 1024
"""Texts that wait for their answer; the oldest is forgotten."""
SHOWN = 60
"""Characters of a text that its title shows."""
_LINE = re.compile(rb"[^\n]*\n|[^\n]+")


def recognises(role: Role | None, data: bytes) -> bool:  # noqa: ARG001
    """Never: anything may be said. The port tells."""
    return False


class UpperReader:
    """See ``portside.protocols.explaining.Explainer``."""

    __slots__ = ("_asked", "_begun", "_datagrams", "_offsets", "_open")

    def __init__(self, *, datagrams: bool) -> None:
        self._datagrams = datagrams
        self._offsets = dict.fromkeys(Role, 0)
        self._open: dict[Role, Said | None] = dict.fromkeys(Role)
        self._begun = dict.fromkeys(Role, b"")
        self._asked: deque[Said] = deque(maxlen=MOST_ASKED)

    @property
    def switch(self) -> Switch | None:
        return None

    @property
    def expected(self) -> Sequence[Expected]:
        return ()

    def read(self, role: Role, data: bytes) -> Sequence[Said]:
        if self._datagrams:
            self._offsets[role] += len(data)
            return (self._said(role, "datagram", self._offsets[role] - len(data), data, complete=True),)
        found = []
        for line in _LINE.findall(data):
            said = self._grow(role, line)
            if said is not None:
                found.append(said)
        return found

    def _grow(self, role: Role, part: bytes) -> Said | None:
        """One more part of a line; the message that begins with it, if one does."""
        start = self._offsets[role]
        self._offsets[role] = stop = start + len(part)
        said, new = self._open[role], None
        if said is None:
            said = new = self._said(role, "line", start, part, complete=False)
            self._begun[role] = part
        else:
            said.stop = stop
            if len(self._begun[role]) < 4 * SHOWN:
                self._begun[role] += part
                said.title = _title(self._begun[role])
        said.complete = part.endswith(b"\n") or stop - said.start >= LONGEST_LINE
        self._open[role] = None if said.complete else said
        return new

    def _said(self, role: Role, kind: str, start: int, data: bytes, *, complete: bool) -> Said:
        said = Said(role, kind, _title(data), start, start + len(data), complete)
        if role is Role.CLIENT:
            self._asked.append(said)
        elif self._asked:
            said.answers = self._asked.popleft()
        return said

    def missed(self, role: Role, count: int) -> Sequence[Said]:
        self._offsets[role] += count
        said = self._open[role]
        if said is not None:
            said.stop += count
            said.notes = (*said.notes[:3], f"{count:,} bytes were not captured")
        return ()

    def ended(self, role: Role) -> Sequence[Said]:
        said = self._open[role]
        if said is not None:
            said.complete = True
            self._open[role] = None
        return ()

    def mask_from_here(self) -> Callable[[], NoMask] | None:
        return NoMask


def _title(data: bytes) -> str:
    text = " ".join(data[: 4 * SHOWN].decode("utf-8", "replace").split())
    return text[:SHOWN] + ("..." if len(text) > SHOWN else "")


def reader(*, datagrams: bool = False) -> UpperReader:
    """A reader for one conversation."""
    return UpperReader(datagrams=datagrams)


def mask() -> NoMask:
    """A mask for one conversation."""
    return NoMask()


def fields(said: Said, data: bytes) -> Sequence[Field]:
    """The text, and the end of its line."""
    text = data.rstrip(b"\r\n")
    meaning = "already in upper case" if upper(text) == text else "comes back in upper case"
    found = [
        Field("Text", (0, len(text)), text.decode("utf-8", "replace"), meaning if said.role is Role.CLIENT else "")
    ]
    if len(text) < len(data):
        found.append(Field("Line end", (len(text), len(data)), "CR LF" if data.endswith(b"\r\n") else "LF"))
    return found


def content(said: Said, data: bytes) -> Content | None:
    """What was said, without its line end."""
    return Content(data.rstrip(b"\r\n"), "text/plain", len(data) == said.stop - said.start)
