"""Heads of HTTP/1.x as a passive reader sees them: what begins one, and what it says of what follows (RFC 9112)."""

from __future__ import annotations

import re

from portside.interfaces import Role

LONGEST_LINE = 64 * 1024
"""Bytes of a line at most; what is longer is no line of HTTP."""
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


def has_start(role: Role, data: bytes) -> bool:
    pattern = REQUEST_LINE if role is Role.CLIENT else STATUS_LINE
    return bool(pattern.match(data))


_BEGINS_REQUEST = re.compile(rb"[A-Za-z][!#$%&'*+\-.^_`|~0-9A-Za-z]{0,63}(?: \S{0,65536}(?: [HTP/.0-9]{0,8}\r?)?)?")
_BEGINS_STATUS = re.compile(rb"HTTP/\d\.\d \d{3}(?: [^\r\n]*)?\r?")


def may_begin(role: Role, data: bytes) -> bool:
    """Whether an incomplete line could become a start line."""
    if role is Role.SERVER:
        return b"HTTP/".startswith(data[:5]) and (len(data) < 13 or bool(_BEGINS_STATUS.fullmatch(data)))
    return bool(_BEGINS_REQUEST.fullmatch(data))
