"""The life of one recipient of a queued message.

::

              taken            accepted
    WAITING ────────> TRYING ───────────> DELIVERED
     │ ↑  ↑  put off  │ │ │   refused
     │ │  └───────────┘ │ └─────────────> FAILED
     │ │ released       │     lapsed
     │ HELD             └───────────────> EXPIRED
     │  ↑ held back                          ↑
     ├──┘                                    │
     └───────────────────────────────────────┘ lapsed

``TRYING`` is written before the first octet is sent, so a runner that starts after an accident knows whom it had been
busy with: those are put off to now.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from portside.errors import LocalError


class State(Enum):
    """How far one recipient is. The last three are for good."""

    WAITING = "waiting"
    TRYING = "trying"
    HELD = "held"
    DELIVERED = "delivered"
    FAILED = "failed"
    EXPIRED = "expired"

    __hash__ = object.__hash__


class Event(Enum):
    """What happens to a recipient."""

    TAKEN = "taken"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    PUT_OFF = "put off"
    LAPSED = "lapsed"
    HELD_BACK = "held back"
    RELEASED = "released"

    __hash__ = object.__hash__


TRANSITIONS: Mapping[Event, Mapping[State, State]] = {
    Event.TAKEN: {State.WAITING: State.TRYING},
    Event.ACCEPTED: {State.TRYING: State.DELIVERED},
    Event.REFUSED: {State.TRYING: State.FAILED},
    Event.PUT_OFF: {State.TRYING: State.WAITING, State.WAITING: State.WAITING},
    Event.LAPSED: {State.TRYING: State.EXPIRED, State.WAITING: State.EXPIRED},
    Event.HELD_BACK: {State.WAITING: State.HELD},
    Event.RELEASED: {State.HELD: State.WAITING},
}
OPEN = frozenset({State.WAITING, State.TRYING, State.HELD})
"""Something is still to become of these: their message has to be kept."""


def after(state: State, event: Event) -> State:
    """The state that follows. Raises ``LocalError`` for an event that cannot happen to ``state``."""
    following = TRANSITIONS[event].get(state)
    if following is None:
        raise LocalError(f"a recipient that is {state.value} cannot be {event.value}")
    return following
