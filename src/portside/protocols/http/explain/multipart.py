"""The parts of a form that hold credentials, by their names (multipart/form-data, RFC 7578, RFC 2046 §5.1)."""

from __future__ import annotations

import re
from enum import Enum

from portside.protocols.http.explain.credentials import names_secret, starred

LONGEST_BEGUN = 4096
"""Bytes of a line that are kept to know what it is: no line of a part's head is longer."""
_BOUNDARY = re.compile(
    rb"\ncontent-type[ \t]*:[ \t]*multipart/form-data[^\r\n]*;[ \t]*boundary=\"?([^\";\r\n]{1,70})", re.IGNORECASE
)


class _In(Enum):
    HEAD = "head"
    CONTENT = "content"
    SECRET = "secret"


class MultipartMask:
    """The body of such a form; what its lines are is told by their beginnings."""

    __slots__ = ("_begun", "_delimiter", "_in", "_named")

    def __init__(self, head: bytes) -> None:
        """``head`` is the message's; without a boundary in it, any line that begins like one divides parts."""
        found = _BOUNDARY.search(head)
        self._delimiter = b"--" + (b"" if found is None else found[1].rstrip(b" \t"))
        self._begun = b""
        self._in = _In.CONTENT
        self._named = False

    def take(self, data: bytes) -> bytes:
        """The next bytes, hidden."""
        shown = []
        start = 0
        while start < len(data):
            end = data.find(b"\n", start) + 1
            shown.append(self._take(data[start : end or len(data)]))
            if end:
                self._line_ends()
            start = end or len(data)
        return b"".join(shown)

    def missed(self) -> None:
        """Nobody knows in which part what follows stands: up to the next part, it is hidden."""
        self._begun = b"?"  # the rest of a line, which is no delimiter
        self._in = _In.SECRET

    def _take(self, piece: bytes) -> bytes:
        before = len(self._begun)
        begun = self._begun + piece
        self._begun = begun[: max(before, LONGEST_BEGUN)]
        if self._in is not _In.SECRET or begun.startswith(self._delimiter):
            return piece
        alike = 0
        while alike < len(begun) and begun[alike : alike + 1] == self._delimiter[alike : alike + 1]:
            alike += 1
        return starred(piece, max(0, alike - before), len(piece))

    def _line_ends(self) -> None:
        line, self._begun = self._begun, b""
        if line.startswith(self._delimiter):
            self._in, self._named = _In.HEAD, False
        elif self._in is _In.HEAD:
            if line.strip(b"\r\n"):
                self._named = self._named or names_secret(line)
            else:
                self._in = _In.SECRET if self._named else _In.CONTENT
