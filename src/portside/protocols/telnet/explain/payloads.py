"""Credentials within subnegotiations, byte by byte: each is known to be one before it begins, so none is held back.

Hidden are values of variables whose names speak of a secret (NEW-ENVIRON), texts under such a key (GMCP), and all
that proves who somebody is (AUTHENTICATION, ENCRYPT). IAC stays IAC, so that the framing can be read.
"""

from __future__ import annotations

import re
from typing import Protocol

from portside.protocols.telnet.messages import Option
from portside.protocols.telnet.syntax.commands import IAC_CODE, SE_CODE

STAR = 42
LONGEST_NAME = 256
"""Bytes of a name that are looked at: a longer one speaks of a secret for all we know."""
_SECRET_NAME = re.compile(
    rb"pass|secret|token|credential|auth|(?:^|[._-])(?:api)?key(?:$|[._-])|(?:^|_)pin$", re.IGNORECASE
)
_OLD_ENVIRON, _AUTHENTICATION, _ENCRYPT, _ATCP = 36, 37, 38, 200
_VAR, _VALUE, _ESC, _USERVAR = 0, 1, 2, 3
_QUOTE, _BACKSLASH, _COLON = 34, 92, 58
_AFTER_VALUE = frozenset(b",{}[]")
_SPACE = frozenset(b" \t\r\n")


def is_secret_name(name: bytes | bytearray) -> bool:
    """Whether what has this name is a credential."""
    return len(name) >= LONGEST_NAME or _SECRET_NAME.search(name) is not None


class Part(Protocol):
    """Says of each byte of one payload whether it is hidden."""

    def hides(self, byte: int) -> bool: ...


class Variables:
    """NEW-ENVIRON: the value of a secret name."""

    __slots__ = ("_escaped", "_kind", "_name")

    def __init__(self) -> None:
        self._kind = -1
        self._escaped = False
        self._name = bytearray()

    def hides(self, byte: int) -> bool:
        if self._escaped:
            self._escaped = False
        elif byte == _ESC and self._kind >= 0:
            self._escaped = True
        elif byte <= _USERVAR:
            self._begin(byte)
            return False
        if self._kind == _VALUE:
            return is_secret_name(self._name)
        if len(self._name) < LONGEST_NAME:
            self._name.append(byte)
        return False

    def _begin(self, kind: int) -> None:
        """The first byte of all says what the row is for; afterwards each part has its kind before it."""
        self._kind = _VAR if self._kind < 0 else kind
        if self._kind != _VALUE:
            self._name.clear()


class Json:
    """GMCP: texts and numbers behind a key that speaks of a secret."""

    __slots__ = ("_escaped", "_inside", "_secret", "_text")

    def __init__(self) -> None:
        self._inside = self._escaped = self._secret = False
        self._text = bytearray()

    def hides(self, byte: int) -> bool:
        if self._inside:
            return self._hides_inside(byte)
        if byte == _QUOTE:
            self._inside = True
            self._text.clear()
        elif byte == _COLON:
            self._secret = is_secret_name(self._text)
        elif byte in _AFTER_VALUE:
            self._secret = False
        else:
            return self._secret and byte not in _SPACE
        return False

    def _hides_inside(self, byte: int) -> bool:
        if self._escaped:
            self._escaped = False
        elif byte == _BACKSLASH:
            self._escaped = True
        elif byte == _QUOTE:
            self._inside = False
            return False
        if len(self._text) < LONGEST_NAME:
            self._text.append(byte)
        return self._secret


class Everything:
    """AUTHENTICATION, ENCRYPT: all but what it is about."""

    __slots__ = ("_begun",)

    def __init__(self) -> None:
        self._begun = False

    def hides(self, byte: int) -> bool:
        begun, self._begun = self._begun, True
        return begun


_PARTS: dict[int, type[Variables] | type[Json] | type[Everything]] = {
    Option.NEW_ENVIRON: Variables,
    _OLD_ENVIRON: Variables,
    Option.GMCP: Json,
    _ATCP: Json,
    _AUTHENTICATION: Everything,
    _ENCRYPT: Everything,
}
_HEAD = 3
"""IAC SB and the option."""


class PayloadMask:
    """Hides within one subnegotiation, from its IAC SB on, in any pieces."""

    __slots__ = ("_iac", "_part", "_seen")

    def __init__(self) -> None:
        self._seen = 0
        self._iac = False
        self._part: Part | None = None

    def hide(self, raw: bytes) -> bytes:
        """The next bytes, as long as they were; the very object where nothing is hidden."""
        hidden: bytearray | None = None
        for place, byte in enumerate(raw):
            if self._seen < _HEAD:
                self._begin(byte)
            elif self._part is None:
                return raw
            elif self._hides(byte):
                hidden = hidden or bytearray(raw)
                hidden[place] = STAR
        return raw if hidden is None else bytes(hidden)

    def _begin(self, byte: int) -> None:
        self._seen += 1
        if self._seen == _HEAD and byte in _PARTS:
            self._part = _PARTS[byte]()

    def _hides(self, byte: int) -> bool:
        """IAC is never hidden; doubled, it is one byte of the payload."""
        assert self._part is not None
        if byte == IAC_CODE:
            self._iac = not self._iac
            if not self._iac:
                self._part.hides(byte)
            return False
        if self._iac:
            self._iac = False
            if byte == SE_CODE:
                self._part = None
            return False
        return self._part.hides(byte)


def hidden_payload(option: int, payload: bytes) -> bytes:
    """A whole payload (IAC single) with what is secret in it hidden."""
    part = _PARTS.get(option)
    if part is None:
        return payload
    looking = part()
    return bytes(STAR if looking.hides(byte) else byte for byte in payload)
