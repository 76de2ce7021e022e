"""A stream of bytes taken apart into runs of data and commands, for any split (RFC 854, RFC 855).

What has begun and is not complete is all that is kept. The states, as far as a byte decides them::

    DATA ──IAC──> COMMAND ──WILL..DONT──> REQUEST ──option──> DATA
                     │ ──SB──> OPTION ──option──> INSIDE ──IAC──> MARK ──SE──> DATA
                     │                              ^──────IAC──────┘
                     └──any other──> DATA           (any other command breaks the subnegotiation off)

A subnegotiation that grows beyond its limit is told once, and what still belongs to it is passed over (``SKIP``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto
from typing import NamedTuple

from portside.protocols.telnet.messages import Verb
from portside.protocols.telnet.syntax.commands import IAC, IAC_CODE, SB_CODE, SE_CODE

_DATA = re.compile(rb"(?:[^\xff]++|\xff\xff)++")
_VERBS = {verb.value: verb for verb in Verb}


class Ending(Enum):
    """How a subnegotiation ended."""

    WHOLE = auto()
    BROKEN_OFF = auto()
    TOO_LONG = auto()


class Run(NamedTuple):
    """Data, IAC single again; CR is still what it was on the wire."""

    data: bytes
    start: int
    stop: int


class Command(NamedTuple):
    """A command of two bytes: mostly a ``Control``."""

    code: int
    start: int
    stop: int


class Request(NamedTuple):
    """WILL, WONT, DO or DONT."""

    verb: Verb
    option: int
    start: int
    stop: int


class Subnegotiation(NamedTuple):
    """What stood between SB and SE, IAC single again."""

    option: int
    payload: bytes
    ending: Ending
    start: int
    stop: int


Token = Run | Command | Request | Subnegotiation


class State(Enum):
    """What the next byte is."""

    DATA = auto()
    COMMAND = auto()
    REQUEST = auto()
    OPTION = auto()
    INSIDE = auto()
    MARK = auto()
    SKIP = auto()
    SKIP_MARK = auto()


class Scanner:
    """Takes one direction apart. ``longest``: bytes of a subnegotiation that are kept.

    Offsets (``start``, ``stop``) count the bytes of the stream; ``at`` is how many have been given.
    """

    __slots__ = ("_began", "_option", "_payload", "_state", "_verb", "at", "longest")

    def __init__(self, longest: int) -> None:
        self.longest = longest
        self.at = 0
        self.reset()

    def reset(self) -> None:
        """What comes next is data, whatever had begun."""
        self._state = State.DATA
        self._began = 0
        self._verb = Verb.WILL
        self._option = 0
        self._payload = bytearray()

    @property
    def between(self) -> bool:
        """Whether nothing has begun."""
        return self._state is State.DATA

    @property
    def began(self) -> int:
        """Where the command begins that has begun."""
        return self._began

    def scan(self, data: bytes) -> Iterator[Token]:
        """The tokens that are complete with ``data``. May be left after any token: what is behind it was not read."""
        base, end = self.at, len(data)
        self.at = base + end
        at = 0
        while at < end:
            state = self._state
            if state is State.DATA:
                stop = self._end_of_run(data, at)
                if stop > at:
                    yield Run(_single(data[at:stop]), base + at, base + stop)
                    at = stop
                    continue
                whole = _whole_command(data, at, base)
                if whole is None:
                    self._began = base + at
                    self._state = State.COMMAND
                    at += 1
                else:
                    at = whole.stop - base
                    yield whole
            elif state in (State.INSIDE, State.SKIP):
                at = self._inside(data, at)
                if state is State.INSIDE and self._state is State.SKIP:
                    yield self._subnegotiation(Ending.TOO_LONG, base + at)
            elif state in (State.MARK, State.SKIP_MARK):
                token = self._marked(data[at], base + at)
                at += self._state is not State.COMMAND  # which is looked at again, as a command
                if token is not None:
                    yield token
            else:
                token = self._step(data[at], base + at)
                at += 1
                if token is not None:
                    yield token

    @staticmethod
    def _end_of_run(data: bytes, at: int) -> int:
        """Where data ends that begins at ``at``."""
        if data[at] != IAC_CODE and data.find(IAC, at) < 0:
            return len(data)
        found = _DATA.match(data, at)
        return at if found is None else found.end()

    def _inside(self, data: bytes, at: int) -> int:
        """Take what belongs to a subnegotiation, up to its next IAC; where that is."""
        mark = data.find(IAC, at)
        stop = len(data) if mark < 0 else mark
        skipping = self._state is State.SKIP
        if not skipping:
            self._payload += data[at : min(stop, at + self.longest + 1 - len(self._payload))]
            if len(self._payload) > self.longest:
                self._state = State.SKIP
                return stop
        if mark < 0:
            return stop
        self._state = State.SKIP_MARK if skipping else State.MARK
        return stop + 1

    def _step(self, byte: int, at: int) -> Token | None:
        """One byte of a command."""
        if self._state is State.COMMAND:
            return self._command(byte, at)
        if self._state is State.REQUEST:
            self._state = State.DATA
            return Request(self._verb, byte, self._began, at + 1)
        self._option = byte
        self._state = State.INSIDE
        return None

    def _command(self, byte: int, at: int) -> Token | None:
        self._state = State.DATA
        if byte in _VERBS:
            self._verb = _VERBS[byte]
            self._state = State.REQUEST
        elif byte == SB_CODE:
            self._payload.clear()
            self._state = State.OPTION
        elif byte == IAC_CODE:
            return Run(IAC, self._began, at + 1)
        else:
            return Command(byte, self._began, at + 1)
        return None

    def _marked(self, byte: int, at: int) -> Token | None:
        """Behind an IAC within a subnegotiation: its end, a byte of it, or a command that breaks it off."""
        skipping = self._state is State.SKIP_MARK
        if byte == IAC_CODE:
            self._payload += b"" if skipping else IAC
            self._state = State.SKIP if skipping else State.INSIDE
            return None
        ending = Ending.WHOLE if byte == SE_CODE else Ending.BROKEN_OFF
        token = None if skipping else self._subnegotiation(ending, at + 1 if ending is Ending.WHOLE else at - 1)
        self._state = State.DATA if ending is Ending.WHOLE else State.COMMAND
        self._began = at - 1
        return token

    def _subnegotiation(self, ending: Ending, stop: int) -> Subnegotiation:
        return Subnegotiation(self._option, bytes(self._payload), ending, self._began, stop)


def _whole_command(data: bytes, at: int, base: int) -> Command | Request | None:
    """The command that begins at ``at``, where all of it is there and nothing more belongs to it."""
    code = data[at + 1] if at + 1 < len(data) else SB_CODE
    if code < SB_CODE:
        return Command(code, base + at, base + at + 2)
    if code in _VERBS and at + 2 < len(data):
        return Request(_VERBS[code], data[at + 2], base + at, base + at + 3)
    return None


def _single(data: bytes) -> bytes:
    return data.replace(b"\xff\xff", IAC) if IAC in data else data
