"""The table of a client's states: every one can be reached, and every one can be left or is an end."""

from __future__ import annotations

import pytest

from portside.protocols.http.rules.turns import TRANSITIONS, Hearing, Saying

ENDS = {Saying.STOPPED, Hearing.OVER}


def test_every_state_is_reached_by_some_transition() -> None:
    assert set(TRANSITIONS.values()) == set(Saying) | set(Hearing)


@pytest.mark.parametrize("state", sorted((set(Saying) | set(Hearing)) - ENDS, key=str))
def test_every_state_but_the_last_can_be_left(state: Saying | Hearing) -> None:
    assert any(before is state and after is not state for (before, _), after in TRANSITIONS.items())


@pytest.mark.parametrize("state", sorted(ENDS, key=str))
def test_the_last_states_are_never_left(state: Saying | Hearing) -> None:
    assert all(after is state for (before, _), after in TRANSITIONS.items() if before is state)


def test_no_transition_changes_the_direction() -> None:
    assert all(type(before) is type(after) for (before, _), after in TRANSITIONS.items())


def test_whatever_is_heard_may_break() -> None:
    assert all(TRANSITIONS[state, "broken"] is Hearing.OVER for state in Hearing)
