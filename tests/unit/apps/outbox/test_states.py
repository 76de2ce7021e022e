"""The life of one recipient."""

from __future__ import annotations

import itertools

import pytest

from portside.apps.outbox.states import OPEN, TRANSITIONS, Event, State, after
from portside.errors import LocalError

ALLOWED = {
    (State.WAITING, Event.TAKEN): State.TRYING,
    (State.WAITING, Event.PUT_OFF): State.WAITING,
    (State.WAITING, Event.LAPSED): State.EXPIRED,
    (State.WAITING, Event.HELD_BACK): State.HELD,
    (State.TRYING, Event.ACCEPTED): State.DELIVERED,
    (State.TRYING, Event.REFUSED): State.FAILED,
    (State.TRYING, Event.PUT_OFF): State.WAITING,
    (State.TRYING, Event.LAPSED): State.EXPIRED,
    (State.HELD, Event.RELEASED): State.WAITING,
}


@pytest.mark.parametrize(("state", "event"), list(itertools.product(State, Event)))
def test_what_may_happen_does_and_nothing_else(state: State, event: Event) -> None:
    if (state, event) in ALLOWED:
        assert after(state, event) is ALLOWED[state, event]
    else:
        with pytest.raises(LocalError, match=f"a recipient that is {state.value} cannot be {event.value}"):
            after(state, event)


def test_nothing_becomes_of_who_is_done() -> None:
    begins = {state for ways in TRANSITIONS.values() for state in ways}
    assert begins == OPEN == set(State) - {State.DELIVERED, State.FAILED, State.EXPIRED}
