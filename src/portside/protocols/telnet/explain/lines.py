"""What one side says besides commands, line by line: each line is a message that grows until its end."""

from __future__ import annotations

import re

from portside.interfaces import Role
from portside.protocols.explaining import Fact, Said
from portside.protocols.telnet.explain.masking import STARS

LONGEST_LINE = 64 * 1024
"""Bytes after which a message ends that has no line end."""
SHOWN = 60
"""Characters of a line that its title shows."""
MOST_NOTES = 4
_KEPT = 4 * SHOWN
"""Bytes of a line from which its title is made: UTF-8 takes four for one character at most."""
_END = b"\r\n\0"
_SHOWN_LINE = re.compile(rb"[^\n]*+\n|[^\n]++")
_TYPED_LINE = re.compile(rb"[^\r\n]*+(?:\r[\n\0]?|\n)|[^\r\n]++")
_ESCAPES = re.compile(r"\x1b\[[0-9;:?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-Z\\-~]")


class Lines:
    """Lines of ``role``. A server's end with LF; a client's with CR too, which LF or NUL may follow."""

    __slots__ = ("_begun", "_cr", "_ends", "_open", "_role", "_size")

    def __init__(self, role: Role) -> None:
        self._role = role
        self._ends = (b"\n",) if role is Role.SERVER else (b"\n", b"\r", b"\r\0")
        self._open: Said | None = None
        self._begun = b""
        self._size = 0
        self._cr = False

    def take(self, data: bytes, start: int, stop: int, *, secret: bool = False, compressed: bool = False) -> list[Said]:
        """``data`` stands in bytes ``start`` to ``stop``; the lines that begin with it."""
        found: list[Said] = []
        at = self._take_behind_cr(data, start) if self._cr else 0
        first = start + at
        pattern = _SHOWN_LINE if self._role is Role.SERVER else _TYPED_LINE
        while at < len(data):
            match = pattern.match(data, at, at + LONGEST_LINE - self._size)
            assert match is not None, "every byte belongs to a line"
            part = match[0]
            last = stop if compressed else first + len(part) + part.count(b"\xff")  # IAC is doubled on the wire
            begun = self._grow(part, start if compressed else first, last, secret, compressed)
            if begun is not None:
                found.append(begun)
            at, first = match.end(), last
            self._cr = self._role is Role.CLIENT and at == len(data) and part[-1:] == b"\r"
            if not self._cr and part.endswith(self._ends):
                self.close()
        return found

    def _take_behind_cr(self, data: bytes, start: int) -> int:
        """The LF or NUL that belongs to a CR before it; how many bytes that takes."""
        self._cr = False
        belongs = data[:1] in (b"\n", b"\0")
        if belongs and self._open is not None:
            self._open.stop = start + 1
        self.close()
        return int(belongs)

    def _grow(self, part: bytes, start: int, stop: int, secret: bool, compressed: bool) -> Said | None:
        said, new = self._open, None
        if said is None:
            said = new = self._open = Said(self._role, "data", "", start, stop)
            self._begun = b""
        said.stop = stop
        self._size += len(part)
        if len(self._begun) < _KEPT:
            self._begun = (self._begun + (part.translate(STARS) if secret else part))[:_KEPT]
            said.title = title_of(self._begun)
        marks: dict[str, Fact] = {"secret": 1} if secret and part.strip(_END) else {}
        if compressed:
            marks["compressed"] = 1
        if marks:
            said.facts = {**said.facts, **marks}
        if self._size == LONGEST_LINE:
            self.close()
        return new

    def close(self) -> None:
        """The line ends here, whatever it ends with."""
        if self._open is not None:
            self._open.complete = True
        self._open, self._cr, self._size = None, False, 0

    def missed(self, count: int) -> None:
        """``count`` bytes were not captured: whose line they belong to nobody knows."""
        if self._open is not None:
            self._open.stop += count
            self._open.notes = (*self._open.notes[: MOST_NOTES - 1], f"{count:,} bytes were not captured")
        self.close()


def title_of(data: bytes) -> str:
    """One line of text, without what moves the cursor."""
    text = " ".join(_ESCAPES.sub("", data[:_KEPT].decode("utf-8", "replace")).replace("\0", "").split())
    if not text:
        return "an empty line"
    return text[:SHOWN] + ("..." if len(text) > SHOWN else "")
