"""The control connection in lines, as somebody reads them who can refuse nothing: perhaps without their beginning."""

from __future__ import annotations

import re
from collections.abc import Iterator

from portside.protocols.pieces import Piece

LONGEST_LINE = 8 * 1024
"""Bytes after which a line is no line any more: twice the longest path."""
MOST_LINES = 10_000
"""Lines of one reply, after which the next line begins another one: more than any folder that STAT lists for people."""

_OPENS = re.compile(rb"[0-9]{3}-")


class Lines:
    """One direction: bytes in, lines out. ``at`` counts the bytes that are out; any split gives the same lines."""

    __slots__ = ("_held", "_lost", "at")

    def __init__(self) -> None:
        self._held = b""
        self._lost = False
        self.at = 0

    @property
    def between(self) -> bool:
        """Whether the next byte begins a line."""
        return not self._held and not self._lost

    def read(self, data: bytes) -> Iterator[Piece]:
        """The lines that end in ``data``."""
        held, self._held = self._held + data, b""
        start = 0
        while start < len(held):
            end = held.find(b"\n", start, start + LONGEST_LINE) + 1
            if not end and not self._lost and len(held) - start < LONGEST_LINE:
                break
            whole, self._lost = bool(end) and not self._lost, not end
            stop = end or min(start + LONGEST_LINE, len(held))
            yield self._out(held[start:stop], whole)
            start = stop
        self._held = held[start:]

    def _out(self, data: bytes, whole: bool) -> Piece:
        self.at += len(data)
        return Piece(self.at - len(data), data, whole)

    def rest(self) -> Piece | None:
        """What is held of a line that never ends."""
        held, self._held = self._held, b""
        return self._out(held, whole=False) if held else None

    def miss(self, count: int) -> None:
        """``count`` bytes are missing here; ``rest`` was taken before."""
        self.at += count
        self._lost = True


class ReplyGroups:
    """Which lines make one reply (RFC 959 §4.2): ``123-`` opens it, ``123`` and a space close it."""

    __slots__ = ("_code", "count")

    def __init__(self) -> None:
        self._code = b""
        self.count = 0
        """Lines of the reply by now."""

    @property
    def between(self) -> bool:
        """Whether the next line begins a reply."""
        return not self._code

    def ends(self, line: bytes) -> bool:
        """Whether ``line`` is the last one of its reply; its first four bytes are enough."""
        if not self._code:
            self._code = line[:3] if _OPENS.match(line) else b""
            self.count = 1
            return not self._code
        self.count += 1
        if self.count < MOST_LINES and not (line[:3] == self._code and line[3:4] in (b" ", b"\r", b"\n", b"")):
            return False
        self._code = b""
        return True

    def lose(self) -> None:
        """A line is missing: what comes begins anew."""
        self._code = b""


class ReplyEnds:
    """Where replies end, for who keeps none of their text."""

    __slots__ = ("_first", "_groups", "_line", "_lost")

    def __init__(self) -> None:
        self._groups = ReplyGroups()
        self._first = self._line = b""
        self._lost = False

    def read(self, data: bytes) -> list[bytes]:
        """The first four bytes of each reply that ends in ``data``."""
        found = []
        for piece in data.split(b"\n")[:-1]:
            line, self._line = (self._line + piece)[:4], b""
            if self._lost:
                self._lost = False
                continue
            self._first = line if self._groups.between else self._first
            if self._groups.ends(line):
                found.append(self._first)
        self._line = (self._line + data[data.rfind(b"\n") + 1 :])[:4]
        return found

    def lose(self) -> None:
        """Bytes are missing."""
        self._groups.lose()
        self._lost = True
