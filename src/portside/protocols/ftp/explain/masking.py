"""Passwords on the control connection, overwritten as they pass (see ``portside.protocols.explaining.Mask``).

What follows PASS and ACCT in a line is secret, and so is what RFC 2228 sends by ADAT. The verb tells, and it comes
first: so each byte is decided on as it comes, in any split. After AUTH and its 234 the two speak TLS, where nothing is
looked for.
"""

from __future__ import annotations

import re

from portside.interfaces import Role
from portside.protocols.explaining import ALL

LONGEST_START = 64
"""Bytes at a line's beginning in which its verb is looked for, from the first letter on."""
TLS_HANDSHAKE = 0x16
"""The first byte of TLS (RFC 8446 §5.1), where it begins with the connection (``ftps``)."""

SECRET = re.compile(
    rb"(?:PASS|ACCT|ADAT|SITE[ \t]+(?:PSWD|PASS|PASSWD|CPWD))(?:[ \t]|(?=[^A-Za-z \t]))", re.IGNORECASE
)
_BEGIN_TLS = re.compile(rb"AUTH[ \t]+(?:TLS|SSL)", re.IGNORECASE)
_NOT_LETTERS = re.compile(rb"[^A-Za-z]*")
_STARS = bytes(byte if byte in b"\r\n" else 0x2A for byte in range(256))


class FtpMask:
    """See the top of this module."""

    __slots__ = ("_asked", "_closed", "_replies", "_secret", "_start", "_started")

    def __init__(self) -> None:
        self._start = b""
        """How the client's line begins, from its first letter on."""
        self._secret = False
        self._replies = b""
        self._asked = False
        self._started = False
        self._closed = False

    def hide(self, role: Role, data: bytes) -> bytes:
        if self._closed:
            return data
        if role is Role.SERVER:
            self._watch_replies(data)
            return data
        if not self._started:
            self._started = True
            if data[0] == TLS_HANDSHAKE:
                self._closed = True
                return data
        shown = b"".join([self._hide_in_line(piece) for piece in data.splitlines(keepends=True)])
        return data if shown == data else shown

    def _hide_in_line(self, piece: bytes) -> bytes:
        """``piece`` of one line (ended by CR or LF, where it is ended)."""
        secret = len(piece) if self._secret else self._look(piece)
        shown = piece[: len(piece) - secret] + piece[len(piece) - secret :].translate(_STARS)
        if piece.endswith(b"\n"):
            self._end_line()
        return shown

    def _look(self, piece: bytes) -> int:
        """How many bytes at the end of ``piece`` are secret; whether the line's further ones are is kept."""
        line = self._start + piece
        line = line[_first_letter(line) :]
        self._start = line[:LONGEST_START]
        found = SECRET.match(line)
        if found is None:
            return 0
        self._secret = True
        return min(len(piece), len(line) - found.end())

    def _end_line(self) -> None:
        self._asked = _BEGIN_TLS.match(self._start) is not None
        self._start, self._secret = b"", False

    def _watch_replies(self, data: bytes) -> None:
        """Does the server agree to TLS?"""
        for piece in data.splitlines(keepends=True):
            self._replies = (self._replies + piece)[:4]
            if piece.endswith(b"\n"):
                if self._asked and self._replies.startswith(b"234"):
                    self._closed = True
                self._replies = b""

    def missed(self, role: Role, count: int) -> None:
        if role is Role.CLIENT:
            self._secret = True  # the rest of some line, whose verb nobody knows

    def harmless(self, role: Role) -> int:
        return ALL if self._closed else 0


def _first_letter(line: bytes) -> int:
    """Where the verb begins: behind Telnet's orders and spaces."""
    found = _NOT_LETTERS.match(line)
    return 0 if found is None else found.end()
