"""One direction in pieces, as somebody reads it who can refuse nothing: lines, contents, chunks.

Perhaps it is read without its beginning; any split of the bytes gives the same lines and the same ends.
"""

from __future__ import annotations

import re

from portside.protocols.pieces import Piece
from portside.protocols.smtp.syntax.content import END

LONGEST_LINE = 16 * 1024
"""Octets after which a line is no line any more: a login may have 12,288 (RFC 4954 §4)."""
LINE_END = b"\r\n"
_CODE = re.compile(rb"[2-5][0-9]{2}(?![0-9])")


class ContentEnd:
    """Finds the dot alone, in whatever pieces a content comes (RFC 5321 §4.1.1.4)."""

    __slots__ = ("_tail",)

    def __init__(self) -> None:
        self._tail = LINE_END  # a content may begin with its end

    def find(self, data: bytes, start: int = 0) -> int:
        """Where in ``data``, from ``start`` on, the content has ended: behind its last octet. -1: not here."""
        tail = self._tail
        edge = tail + data[start : start + len(END)]
        at = edge.find(END)
        if at >= 0:
            return self._ended(at + len(END) - len(tail) + start)
        at = data.find(END, start)
        if at >= 0:
            return self._ended(at + len(END))
        self._tail = (tail + data[max(start, len(data) - len(END)) :])[1 - len(END) :]
        return -1

    def _ended(self, at: int) -> int:
        self._tail = LINE_END
        return at

    def lose(self) -> None:
        """Octets are missing, and what comes may be in the middle of a line."""
        self._tail = b""


class Octets:
    """One direction: what comes is fed, and taken as what it turns out to be. ``at`` counts the octets that are out."""

    __slots__ = ("_end", "_from", "_held", "_lost", "at")

    def __init__(self) -> None:
        self._held = b""
        self._from = 0  # of what is held, so much is out
        self._lost = False
        self._end = ContentEnd()
        self.at = 0

    @property
    def between(self) -> bool:
        """Whether the next octet begins a line."""
        return self._from == len(self._held) and not self._lost

    def feed(self, data: bytes) -> None:
        """This has come."""
        self._held = self._held[self._from :] + data if self._from < len(self._held) else data
        self._from = 0

    def line(self) -> Piece | None:
        """The next line; a part of one that is too long, or that has no beginning; None where it has not come yet."""
        start, held = self._from, self._held
        end = held.find(b"\n", start, start + LONGEST_LINE) + 1
        if not end and (start == len(held) or (not self._lost and len(held) - start < LONGEST_LINE)):
            return None
        whole, self._lost = bool(end) and not self._lost, not end
        return self._out(end or min(start + LONGEST_LINE, len(held)), whole=whole)

    def chunk(self, most: int) -> Piece | None:
        """What has come of ``most`` octets; None for nothing."""
        stop = min(len(self._held), self._from + most)
        return self._out(stop, whole=stop - self._from == most) if stop > self._from else None

    def content(self) -> Piece | None:
        """What has come of a content, its end included; None for nothing."""
        if self._from == len(self._held):
            return None
        end = self._end.find(self._held, self._from)
        self._lost = end < 0 and not self._held.endswith(b"\n")  # should all of it turn out to be lines
        return self._out(end if end >= 0 else len(self._held), whole=end >= 0)

    def rest(self) -> Piece | None:
        """What is held of a line that never ends."""
        return self._out(len(self._held), whole=False) if self._from < len(self._held) else None

    def _out(self, stop: int, *, whole: bool) -> Piece:
        piece = Piece(self.at, self._held[self._from : stop], whole)
        self._from = stop
        self.at += len(piece.data)
        return piece

    def new_content(self) -> None:
        """What comes next begins a content."""
        self._end = ContentEnd()
        self._lost = False

    def miss(self, count: int, *, within_line: bool = True) -> None:
        """``count`` octets are missing here; ``rest`` was taken before."""
        self.at += count
        self._lost = within_line
        self._end.lose()


class ReplyEnds:
    """Where replies end, for who keeps none of their text: at each line whose code no ``-`` follows."""

    __slots__ = ("_line", "_lost")

    def __init__(self) -> None:
        self._line = b""
        self._lost = False

    def read(self, data: bytes) -> list[int]:
        """The code of each reply that ends in ``data``."""
        found = []
        *ended, rest = data.split(b"\n")
        for piece in ended:
            line, self._line = self._line + piece[:4], b""
            lost, self._lost = self._lost, False
            code = 0 if lost or line[3:4] == b"-" else code_of(line)
            if code:
                found.append(code)
        self._line = (self._line + rest)[:4]
        return found

    def lose(self) -> None:
        """Bytes are missing."""
        self._lost = True
        self._line = b""


def code_of(line: bytes) -> int:
    """The code that ``line`` begins with; 0 where there is none."""
    return int(line[:3]) if _CODE.match(line) else 0
