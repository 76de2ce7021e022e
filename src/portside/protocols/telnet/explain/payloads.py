"""Credentials within subnegotiations, byte by byte: each is known to be one before it begins, so none is held back.

Hidden are values of variables whose names speak of a secret (NEW-ENVIRON), texts under such a key (GMCP), and all
that proves who somebody is (AUTHENTICATION, ENCRYPT). IAC stays IAC, so that the framing can be read.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import Protocol

from portside.protocols.telnet.messages import Option, Verb
from portside.protocols.telnet.syntax.commands import IAC, IAC_CODE, SB_CODE

STAR = 42
LONGEST_NAME = 256
"""Bytes of a name that are looked at: a longer one speaks of a secret for all we know."""
_SECRET_NAME = re.compile(
    rb"pass|secret|token|credential|auth|(?:^|[._-])(?:api)?key(?:$|[._-])|(?:^|_)pin$", re.IGNORECASE
)
_OLD_ENVIRON, _AUTHENTICATION, _ENCRYPT, _ATCP = 36, 37, 38, 200
_VAR, _VALUE, _ESC, _USERVAR = 0, 1, 2, 3
_QUOTE, _BACKSLASH, _COLON = 34, 92, 58
_OPENING, _CLOSING, _COMMA = frozenset(b"{["), frozenset(b"}]"), 44
_SPACE = frozenset(b" \t\r\n")


def is_secret_name(name: bytes | bytearray) -> bool:
    """Whether what has this name is a credential."""
    return len(name) >= LONGEST_NAME or _SECRET_NAME.search(name) is not None


class Part(Protocol):
    """Says of each byte of one payload whether it is hidden."""

    def hides(self, byte: int) -> bool: ...


class Variables:
    """NEW-ENVIRON: the value of a secret name."""

    __slots__ = ("_escaped", "_kind", "_name", "_secret")

    def __init__(self) -> None:
        self._kind = -1
        self._escaped = self._secret = False
        self._name = bytearray()

    def hides(self, byte: int) -> bool:
        if self._escaped:
            self._escaped = False
        elif byte == _ESC and self._kind >= 0:
            self._escaped = True
        elif byte <= _USERVAR:
            self._begin(byte)
            return False
        if self._kind != _VALUE and len(self._name) < LONGEST_NAME:
            self._name.append(byte)
        return self._secret

    def _begin(self, kind: int) -> None:
        """The first byte of all says what the row is for; afterwards each part has its kind before it."""
        self._kind = _VAR if self._kind < 0 else kind
        self._secret = self._kind == _VALUE and is_secret_name(self._name)
        if self._kind != _VALUE:
            self._name.clear()


class Json:
    """GMCP: whatever stands behind a key that speaks of a secret, lists and objects too."""

    __slots__ = ("_depth", "_escaped", "_inside", "_secret", "_text")

    def __init__(self) -> None:
        self._depth = 0  # of what is open within a secret
        self._inside = self._escaped = self._secret = False
        self._text = bytearray()

    def hides(self, byte: int) -> bool:
        if self._inside:
            return self._hides_inside(byte)
        if byte == _QUOTE:
            self._inside = True
            self._text.clear()
        elif self._secret:
            return self._hides_between(byte)
        elif byte == _COLON:
            self._secret = is_secret_name(self._text)
        return False

    def _hides_between(self, byte: int) -> bool:
        """A byte of a secret outside of texts: numbers are hidden, and what gives it its shape is not."""
        if byte in _OPENING:
            self._depth += 1
        elif byte in _CLOSING and self._depth:
            self._depth -= 1
        elif byte in _CLOSING or (byte == _COMMA and not self._depth):
            self._secret = False
        else:
            return byte not in _SPACE and byte not in (_COMMA, _COLON)
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


class State(Enum):
    """What the next byte of a command is."""

    MARK = auto()
    COMMAND = auto()
    REQUEST = auto()
    OPTION = auto()
    INSIDE = auto()
    MARK_INSIDE = auto()


_FOLLOWING = {SB_CODE: State.OPTION, **{verb.value: State.REQUEST for verb in Verb}}
"""What the byte behind IAC says of the next one; any other command is complete."""


class PayloadMask:
    """Hides within the commands of one direction, in any pieces. Data between them is not shown to it."""

    __slots__ = ("_part", "_state")

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """What comes next begins a command."""
        self._state = State.MARK
        self._part: Part | None = None

    def hide(self, raw: bytes) -> bytes:
        """The next bytes, as long as they were; the very object where nothing is hidden."""
        hidden: bytearray | None = None
        place = 0
        while place < len(raw):
            if self._state is State.INSIDE and self._part is None:
                mark = raw.find(IAC, place)
                if mark < 0:
                    break
                place = mark
            if self._hides(raw[place]):
                hidden = hidden or bytearray(raw)
                hidden[place] = STAR
            place += 1
        return raw if hidden is None else bytes(hidden)

    def _hides(self, byte: int) -> bool:
        """Whether one byte is hidden. IAC never is; doubled, it is one byte of the payload."""
        state = self._state
        if state is State.INSIDE:
            if byte != IAC_CODE:
                return self._part is not None and self._part.hides(byte)
            self._state = State.MARK_INSIDE
        elif state is State.OPTION:
            self._part = _PARTS[byte]() if byte in _PARTS else None
            self._state = State.INSIDE
        elif state is State.MARK_INSIDE and byte == IAC_CODE:
            self._state = State.INSIDE
            if self._part is not None:
                self._part.hides(byte)
        elif state is State.MARK:
            self._state = State.COMMAND
        elif state is State.REQUEST:
            self._state = State.MARK
        else:
            self._state = _FOLLOWING.get(byte, State.MARK)
        return False


def hidden_payload(option: int, payload: bytes) -> bytes:
    """A whole payload (IAC single) with what is secret in it hidden."""
    part = _PARTS.get(option)
    if part is None:
        return payload
    looking = part()
    return bytes(STAR if looking.hides(byte) else byte for byte in payload)
