"""The terminal: its window, types, speed and flow control (RFC 1073, 1091, 1079, 1372).

Types are told one by one: each question brings the next, and the last one comes twice. Whoever asks goes on until a
type comes again, or until there are ``MOST_TYPES``.
"""

from __future__ import annotations

from collections.abc import Sequence

from portside.errors import LocalError, RemoteError
from portside.interfaces import NOTHING, Heard, Output, Outputs
from portside.protocols.telnet.messages import (
    AskTerminalSpeed,
    AskTerminalTypes,
    FlowControl,
    Option,
    Party,
    TerminalSpeed,
    TerminalTypes,
    WindowSize,
)
from portside.protocols.telnet.rules.standing import Standing
from portside.protocols.telnet.syntax import terminal as syntax
from portside.protocols.telnet.syntax.terminal import SEND

MOST_TYPES = 32
"""Types that are gathered from one side: more than any terminal can be."""
LARGEST_SIDE = 65_535
"""Columns or rows that two bytes can tell."""


class Terminal:
    """See ``standing.Topic``."""

    __slots__ = ("_asked", "_gathered", "_next", "_speed", "_standing", "_types", "_window")

    def __init__(self, standing: Standing) -> None:
        policy = standing.policy
        self._standing = standing
        self._window = policy.window
        self._speed = policy.terminal_speed
        self._types = syntax.types_in_turn(TerminalTypes(policy.terminal_types, policy.mtts))
        self._next = 0
        self._asked = False
        self._gathered: list[str] = []

    def changed(self, option: Option, party: Party, *, on: bool) -> Sequence[Output]:
        if option is Option.NAWS and party is Party.US and on and self._window is not None:
            return [self._standing.tell(Option.NAWS, syntax.serialise_window(self._window))]
        if option is Option.TTYPE:
            self._forget(party)
        return NOTHING

    def _forget(self, party: Party) -> None:
        if party is Party.US:
            self._next = 0
        else:
            self._asked = False
            self._gathered.clear()

    def heard(self, option: Option, payload: bytes) -> Sequence[Output]:
        if option is Option.NAWS:
            self._standing.expect(option, Party.THEM)
            return [Heard(syntax.parse_window(payload))]
        if option is Option.LFLOW:
            self._standing.expect(option, Party.US)
            return [Heard(syntax.parse_flow(payload))]
        if payload[:1] == SEND:
            self._standing.expect(option, Party.US)
            return [self._answer(option)]
        self._standing.expect(option, Party.THEM)
        return self._gather(payload) if option is Option.TTYPE else [Heard(syntax.parse_speed(payload))]

    def _answer(self, option: Option) -> Output:
        if option is Option.TSPEED:
            return self._standing.tell(option, syntax.serialise_speed(self._speed))
        types = self._types
        name = types[min(self._next, len(types) - 1)]
        self._next = (self._next + 1) % (len(types) + 1)
        return self._standing.tell(option, syntax.serialise_type(name))

    def _gather(self, payload: bytes) -> Sequence[Output]:
        if not self._asked:
            raise RemoteError("nobody had asked for it")
        name, gathered = syntax.parse_type(payload), self._gathered
        again = bool(gathered) and name in (gathered[-1], gathered[0])
        if not again:
            gathered.append(name)
        if not again and len(gathered) < MOST_TYPES:
            return [self._standing.tell(Option.TTYPE, SEND)]
        self._asked = False
        return [Heard(syntax.gathered_types(tuple(gathered)))]

    # ------------------------------------------------------------------------------------------- our side says

    def ask_types(self, message: AskTerminalTypes) -> Outputs:
        self._standing.need(Option.TTYPE, Party.THEM)
        if self._asked:
            return NOTHING
        self._asked = True
        self._gathered.clear()
        return [self._standing.tell(Option.TTYPE, SEND)]

    def ask_speed(self, message: AskTerminalSpeed) -> Outputs:
        self._standing.need(Option.TSPEED, Party.THEM)
        return [self._standing.tell(Option.TSPEED, SEND)]

    def say_types(self, message: TerminalTypes) -> Outputs:
        types = syntax.types_in_turn(message)
        if not types:
            raise LocalError("a terminal has one type at least")
        self._types, self._next = types, 0
        return NOTHING

    def say_speed(self, message: TerminalSpeed) -> Outputs:
        self._speed = message
        return NOTHING

    def say_window(self, message: WindowSize) -> Outputs:
        if not (0 <= message.columns <= LARGEST_SIDE and 0 <= message.rows <= LARGEST_SIDE):
            raise LocalError(f"a window has at most {LARGEST_SIDE:,} columns and rows")
        self._window = message
        return self.changed(Option.NAWS, Party.US, on=self._standing.options.on(Option.NAWS, Party.US))

    def say_flow(self, message: FlowControl) -> Outputs:
        self._standing.need(Option.LFLOW, Party.THEM)
        return [self._standing.tell(Option.LFLOW, syntax.serialise_flow(message))]
