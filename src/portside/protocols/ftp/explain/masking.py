"""Passwords on the control connection, overwritten as they pass (see ``portside.protocols.explaining.Mask``).

What follows PASS and ACCT in a line is secret, and so is what RFC 2228 sends by ADAT. The verb and what divides it
come first: so each byte is decided on as it comes, in any split. After AUTH TLS and its 234 the two speak TLS, or from
the first byte on (``ftps``), and nothing is looked for there.
"""

from __future__ import annotations

import re
from enum import Enum, auto

from portside.interfaces import Role
from portside.protocols.explaining import ALL
from portside.protocols.ftp.explain.splitting import ReplyEnds

LONGEST_WORDS = 32
"""Letters at a line's beginning among which a verb is looked for: SITE, and the longest word behind it."""
TLS_ACCEPTED = b"234"
TLS_HANDSHAKE = 0x16
"""The first byte of TLS, where it begins with the connection (RFC 8446 §5.1)."""
TELNET_ORDERS = 0xF0
"""What Telnet's orders are made of, from here on: they may stand anywhere (RFC 854)."""

_SECRET = re.compile(rb"(?:PASS|ACCT|ADAT|SITE (?:PSWD|PASS|PASSWD|CPWD)) $")
_MORE = re.compile(rb"[A-Z]*SITE [A-Z]*$|[A-Z]*$")
_MAY_HOLD = re.compile(rb"PASS|ACCT|ADAT|SITE", re.IGNORECASE)
_ORDERS = bytes(range(TELNET_ORDERS, 256))
_BEGIN_TLS = re.compile(rb"AUTH[ \t]+(?:TLS|SSL)(?:-[CP])?[ \t]*\r?\n", re.IGNORECASE)
_STARS = bytes(byte if byte in b"\r\n" else 0x2A for byte in range(256))


class _Line(Enum):
    """What the line that is being said will turn out to be."""

    OPEN = auto()  # nothing of it is secret
    UNKNOWN = auto()  # its verb is not complete
    SECRET = auto()  # what comes of it is secret


def begins_tls(line: bytes) -> bool:
    """Whether the whole ``line`` of a client asks for TLS."""
    return _BEGIN_TLS.match(line[:LONGEST_WORDS].lstrip(b" \t")) is not None


class LineMask:
    """Hides the secrets of the client's lines, one after the other."""

    __slots__ = ("_state", "_words")

    def __init__(self) -> None:
        self._words = b""
        self._state = _Line.UNKNOWN

    def hide(self, piece: bytes) -> bytes:
        """``piece`` of one line, which ends it where it ends with LF."""
        shown = piece.translate(_STARS) if self._state is _Line.SECRET else self._hide_behind_verb(piece)
        if piece.endswith(b"\n"):
            self.__init__()  # type: ignore[misc]  # the next line begins like the first one
        return shown

    def _hide_behind_verb(self, piece: bytes) -> bytes:
        at = 0
        while self._state is _Line.UNKNOWN and at < len(piece):
            self._see(piece[at : at + 1])
            at += 1
        if self._state is _Line.SECRET and not piece[at - 1 : at].isspace():
            at -= 1  # a sign that divides like a space may belong to what is secret
        return piece[:at] + piece[at:].translate(_STARS) if self._state is _Line.SECRET else piece

    def _see(self, byte: bytes) -> None:
        """One more byte. What is no letter divides, but orders of Telnet do not."""
        if byte.isalpha():
            self._words += byte.upper()
        elif byte[0] < TELNET_ORDERS and self._words and not self._words.endswith(b" "):
            self._words += b" "
        else:
            return
        if _SECRET.search(self._words):
            self._state = _Line.SECRET
        elif len(self._words) > LONGEST_WORDS or not _MORE.match(self._words):
            self._state = _Line.OPEN

    def lose(self) -> None:
        """What comes is the rest of a line whose verb nobody has seen."""
        self._state = _Line.SECRET


class FtpMask:
    """See the top of this module. ``asked``: the client's last line has asked for TLS; ``started``: it has spoken."""

    __slots__ = ("_asked", "_closed", "_line", "_lines", "_replies", "_started")

    def __init__(self, *, asked: bool = False, started: bool = False) -> None:
        self._lines = LineMask()
        self._line = b""
        self._replies = ReplyEnds()
        self._asked = asked
        self._started = started
        self._closed = False

    def hide(self, role: Role, data: bytes) -> bytes:
        if self._closed:
            return data
        if role is Role.SERVER:
            self._closed = any(first[:3] == TLS_ACCEPTED for first in self._replies.read(data)) and self._asked
            return data
        if not self._started and data:
            self._started, self._closed = True, data[0] == TLS_HANDSHAKE
            if self._closed:
                return data
        shown = b"".join([self._hide_in_line(piece) for piece in data.splitlines(keepends=True)])
        return data if shown == data else shown

    def _hide_in_line(self, piece: bytes) -> bytes:
        self._line = (self._line + piece)[:LONGEST_WORDS]
        if piece.endswith(b"\n"):
            self._asked = begins_tls(self._line)
            self._line = b""
        return self._lines.hide(piece)

    def missed(self, role: Role, count: int) -> None:
        if self._closed or not count:
            return
        if role is Role.SERVER:
            self._replies.lose()
        else:
            self._started = True
            self._lines.lose()
            self._line, self._asked = b"?", False

    def harmless(self, role: Role) -> int:
        return ALL if self._closed else 0


def hide_line(line: bytes) -> bytes:
    """One whole line of the client without its secrets."""
    if not _MAY_HOLD.search(line.translate(None, _ORDERS)):
        return line
    mask = LineMask()
    return b"".join(mask.hide(piece) for piece in line.splitlines(keepends=True))


def holds_secret(line: bytes) -> bool:
    """Whether one whole line of the client says a secret, be it hidden already or not."""
    plain = line.replace(b"*", b"x")
    return hide_line(plain) != plain
