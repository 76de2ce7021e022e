from __future__ import annotations

import pytest

from portside.protocols.smtp.rules.standing import TRANSITIONS, Event, Standing, State
from portside.protocols.smtp.syntax.codes import Refusal
from portside.protocols.smtp.syntax.commands import TABLE


def test_every_state_has_its_row_and_every_one_can_be_left() -> None:
    assert set(TRANSITIONS) == set(State)
    for state, row in TRANSITIONS.items():
        assert row[Event.LEAVE] is (State.GONE if state is State.GONE else State.LEAVING)
        assert row[Event.LOST] is State.GONE


def test_a_pair_that_is_not_in_the_table_is_an_error() -> None:
    standing = Standing()
    with pytest.raises(KeyError):
        standing.move(Event.RECIPIENT)


def test_every_state_is_reached() -> None:
    reached = {State.CONNECTED}
    while more := {after for state in reached for after in TRANSITIONS[state].values()} - reached:
        reached |= more
    assert reached == set(State)


@pytest.mark.parametrize(("state", "verb", "code"), [
    (State.CONNECTED, "MAIL", 503), (State.GREETED, "RCPT", 503), (State.MAIL, "DATA", 554), (State.MAIL, "MAIL", 503),
    (State.RCPT, "AUTH", 503), (State.CHUNKS, "DATA", 503), (State.CONNECTED, "NOOP", 0), (State.GREETED, "MAIL", 0),
    (State.MAIL, "RCPT", 0), (State.RCPT, "RCPT", 0), (State.RCPT, "DATA", 0), (State.CHUNKS, "RSET", 0),
])  # fmt: skip
def test_commands_have_their_time(state: State, verb: str, code: int) -> None:
    standing = Standing()
    standing.state = state
    if not code:
        standing.allow(TABLE[verb])
        return
    with pytest.raises(Refusal) as refused:
        standing.allow(TABLE[verb])
    assert refused.value.status == code


def test_a_standing_tells_whether_content_comes_and_whether_it_is_over() -> None:
    standing = Standing()
    seen = {}
    for state in State:
        standing.state = state
        seen[state] = (standing.receiving, standing.over)
    assert {state for state, (receiving, _) in seen.items() if receiving} == {State.DATA, State.CHUNK}
    assert {state for state, (_, over) in seen.items() if over} == {State.LEAVING, State.GONE}


def test_who_they_are_is_forgotten() -> None:
    standing = Standing()
    standing.name, standing.extended = "client.example", True
    standing.forget()
    assert (standing.name, standing.extended) == ("", False)
