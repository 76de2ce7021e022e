"""The tree of a message's parts, found in one pass (RFC 2046 §5.1).

A delimiter is a line of two hyphens and a boundary, and any of the boundaries that are open just now may come: an outer
one ends all that lies in it. So one pattern looks for all of them at once, and every body is looked at once, however
deep the parts lie. Where two parts share a boundary the inner one has it. A part whose end is missing reaches as far as
what it lies in.

Limits keep a message that was made to hurt from doing so; whatever meets one is marked ``is_cut``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from portside.mail.fields import LONGEST_HEADER, MOST_FIELDS, Header, Octets, parse_header
from portside.mail.mime.part import Part

MOST_PARTS = 1000
"""Parts of one message that are told apart; each costs about two kilobytes of memory."""
DEEPEST = 30
"""How deep parts may lie in one another; people forward messages a few times."""
MOST_MULTIPARTS = 100
"""Parts with a boundary of their own: for each a pattern is made, in some milliseconds at worst."""
LONGEST_BOUNDARY = 100
"""Letters of a boundary; RFC 2046 §5.1.1 has 70, and some programs more."""


@dataclass(frozen=True, slots=True)
class _Open:
    """A part that has not ended. ``pattern`` finds the boundaries that are open up to here, the longest first."""

    part: Part
    boundary: bytes = b""
    pattern: re.Pattern[bytes] | None = None


def parse(message: Octets) -> Part:
    """The whole message as a part. It never fails: what has no sense as MIME is one text."""
    return _Scan(message).run()


class _Scan:
    """One pass through one message."""

    def __init__(self, message: Octets) -> None:
        self._message = message
        self._path: list[_Open] = []
        self._count = 0
        self._multiparts = 0
        self._fields = MOST_FIELDS  # that may still be read: all headers share them

    def run(self) -> Part:
        self._begin(0, None)
        here = self._path[-1].part.body
        while (pattern := self._path[-1].pattern) is not None:
            match = pattern.search(self._message, max(here - 1, 0))
            if match is None:
                break
            here = self._delimited(match)
            if here < 0:
                break
        return self._path[0].part

    def _delimited(self, match: re.Match[bytes]) -> int:
        """A delimiter has come: where the search goes on, -1 where it does not."""
        level = self._level(match[1])
        self._end_below(level, self._end_of_content(match.start()))
        if match[2]:  # the last one: what follows belongs to nothing
            self._path[level] = _Open(self._path[level].part, b"", self._path[level - 1].pattern if level else None)
            return match.end() + 1
        if self._count >= MOST_PARTS:
            self._cut(self._path[level].part)
            return -1
        self._begin(match.end() + 1, self._path[level].part)
        return self._path[-1].part.body

    def _level(self, boundary: bytes) -> int:
        """Whose boundary it is: that of the innermost part that has it."""
        return max(level for level, entry in enumerate(self._path) if entry.boundary == boundary)

    def _end_of_content(self, line_end: int) -> int:
        """The line end ahead of a delimiter belongs to the delimiter."""
        return line_end - 1 if line_end and self._message[line_end - 1] == 0x0D else line_end

    def _end_below(self, level: int, end: int) -> None:
        """What lies in a part ends at a delimiter of it, whose line end may be the one that ends a header as well."""
        below = self._path[level + 1 :]
        for entry in below:
            entry.part.end = max(end, below[-1].part.body)
        del self._path[level + 1 :]

    def _begin(self, start: int, parent: Part | None) -> None:
        """A part begins, and those that begin with it: messages in messages."""
        part = self._added(start, parent)
        while self._open(part) and part.holds_message:
            part = self._added(part.body, part)

    def _added(self, start: int, parent: Part | None) -> Part:
        begin = min(start, len(self._message))
        header = self._header(begin)
        default = "message/rfc822" if parent is not None and parent.type == "multipart/digest" else "text/plain"
        part = Part(self._message, header, self._count, header.end, len(self._message), default)
        self._count += 1
        if parent is not None:
            parent.parts.append(part)
        return part

    def _header(self, start: int) -> Header:
        """A header ends where a boundary stands in it, too."""
        header = parse_header(self._message, start, self._next_delimiter(start), self._fields)
        self._fields -= len(header.fields)
        return header

    def _next_delimiter(self, start: int) -> int | None:
        """Where a delimiter begins that is near enough to stand in a header."""
        pattern = self._path[-1].pattern if self._path else None
        near = min(start + LONGEST_HEADER, len(self._message))
        match = pattern.search(self._message, max(start - 1, 0), near) if pattern is not None else None
        if match is None or match.end() == near < len(self._message):  # cut off there, it may be something else
            return None
        return max(match.start() + 1, start)

    def _open(self, part: Part) -> bool:
        """Whether parts of this one are looked for."""
        boundary = _boundary_of(part)
        pattern = self._path[-1].pattern if self._path else None
        if boundary or part.holds_message:
            if not self._has_room(bool(boundary)):
                self._cut(part)
                boundary = b""
            elif boundary:
                self._multiparts += 1
                pattern = _pattern([entry.boundary for entry in self._path] + [boundary])
        self._path.append(_Open(part, boundary, pattern))
        return not part.is_cut

    def _has_room(self, is_multipart: bool) -> bool:
        enough = self._multiparts >= MOST_MULTIPARTS if is_multipart else self._count >= MOST_PARTS
        return not enough and len(self._path) < DEEPEST

    def _cut(self, part: Part) -> None:
        part.is_cut = True
        if self._path:
            self._path[0].part.is_cut = True


def _boundary_of(part: Part) -> bytes:
    if not part.type.startswith("multipart/"):
        return b""
    boundary = part.content_type.parameters.get("boundary", "").rstrip()
    return boundary.encode("utf-8", "replace") if len(boundary) <= LONGEST_BOUNDARY else b""


def _pattern(boundaries: list[bytes]) -> re.Pattern[bytes]:
    """Finds a line that is one of the delimiters, with the line end before it."""
    known = sorted({re.escape(boundary) for boundary in boundaries if boundary}, key=len, reverse=True)
    return re.compile(rb"\n--(" + b"|".join(known) + rb")(--)?[ \t]{0,100}+\r?(?=\n|\Z)")
