"""Agreeing upon options without ever looping: the Q-method of RFC 1143.

Each option has a state on each side. What is wanted again while an answer is still to come is not sent but kept in
the queue (``OPPOSITE``), so that at any time one request at most is on its way. In ``TRANSITIONS`` an answer of True
stands for WILL or DO, False for WONT or DONT, and None for silence::

                     they say yes              they say no           we want it        we want it not
    NO               YES, say yes  (1)         -                     WANTYES, say yes  -
    YES              -                         NO, say no            -                 WANTNO, say no
    WANTNO           NO            (2)         NO                    WANTNO OPPOSITE   -
    WANTNO OPPOSITE  YES           (2)         WANTYES, say yes      -                 WANTNO
    WANTYES          YES                       NO                    -                 WANTYES OPPOSITE
    WANTYES OPPOSITE WANTNO, say no            NO                    WANTYES           -

(1) where it is welcome; otherwise it stays NO, and no is what is said. (2) A refusal answered by a yes: the other
side is wrong, and RFC 1143 §7 has it so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum, auto

from portside.protocols.telnet.messages import Option, Party


class State(Enum):
    """Where an option stands on one side; the queue bit is in the name."""

    NO = auto()
    YES = auto()
    WANTNO = auto()
    WANTNO_OPPOSITE = auto()
    WANTYES = auto()
    WANTYES_OPPOSITE = auto()

    __hash__ = object.__hash__  # Enum's own is written in Python


class Event(Enum):
    """What moves it on."""

    THEY_SAY_YES = auto()  # and we welcome it
    THEY_SAY_YES_UNWELCOME = auto()
    THEY_SAY_NO = auto()
    WE_WANT_IT = auto()
    WE_WANT_IT_NOT = auto()

    __hash__ = object.__hash__


Move = tuple[State, bool | None]
"""The state that follows, and what is said."""

_NO, _YES = State.NO, State.YES
_WANTNO, _WANTNO_OPPOSITE = State.WANTNO, State.WANTNO_OPPOSITE
_WANTYES, _WANTYES_OPPOSITE = State.WANTYES, State.WANTYES_OPPOSITE


def _row(yes: Move, no: Move, want: Move, want_not: Move, unwelcome: Move | None = None) -> Mapping[Event, Move]:
    return {
        Event.THEY_SAY_YES: yes,
        Event.THEY_SAY_YES_UNWELCOME: unwelcome or yes,
        Event.THEY_SAY_NO: no,
        Event.WE_WANT_IT: want,
        Event.WE_WANT_IT_NOT: want_not,
    }


TRANSITIONS: Mapping[State, Mapping[Event, Move]] = {
    _NO: _row((_YES, True), (_NO, None), (_WANTYES, True), (_NO, None), unwelcome=(_NO, False)),
    _YES: _row((_YES, None), (_NO, False), (_YES, None), (_WANTNO, False)),
    _WANTNO: _row((_NO, None), (_NO, None), (_WANTNO_OPPOSITE, None), (_WANTNO, None)),
    _WANTNO_OPPOSITE: _row((_YES, None), (_WANTYES, True), (_WANTNO_OPPOSITE, None), (_WANTNO, None)),
    _WANTYES: _row((_YES, None), (_NO, None), (_WANTYES, None), (_WANTYES_OPPOSITE, None)),
    _WANTYES_OPPOSITE: _row((_WANTNO, False), (_NO, None), (_WANTYES, None), (_WANTYES_OPPOSITE, None)),
}

_SETTLED = frozenset({State.NO, State.YES})
_ON = {
    Party.US: frozenset({State.YES}),
    Party.THEM: frozenset({State.YES, State.WANTNO, State.WANTNO_OPPOSITE}),
}
"""Our own option is off as soon as we have said so. Theirs is on until they say so: they act by it still."""


class Options:
    """The states of all options on both sides."""

    __slots__ = ("_states",)

    def __init__(self) -> None:
        self._states = {(party, option): State.NO for party in Party for option in Option}

    def state(self, option: Option, party: Party) -> State:
        """Where it stands."""
        return self._states[party, option]

    def on(self, option: Option, party: Party) -> bool:
        """Whether it is on."""
        return self._states[party, option] in _ON[party]

    def either(self, option: Option) -> bool:
        """Whether it is on, on one side at least."""
        return self.on(option, Party.US) or self.on(option, Party.THEM)

    def negotiating(self, option: Option, party: Party) -> bool:
        """Whether an answer is still to come."""
        return self._states[party, option] not in _SETTLED

    def move(self, option: Option, party: Party, event: Event) -> bool | None:
        """What is said in answer to ``event``: yes, no, or nothing."""
        state, said = TRANSITIONS[self._states[party, option]][event]
        self._states[party, option] = state
        return said

    def all_on(self) -> Iterator[tuple[Party, Option]]:
        """Whatever is on."""
        return ((party, option) for party, option in self._states if self.on(option, party))
