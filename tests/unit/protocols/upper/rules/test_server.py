from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.errors import ConnectionLost, LocalError
from portside.interfaces import NOTHING, Address, Close, Door, Heard, Link, Output, Outputs, Send, Wake
from portside.protocols.upper.messages import LARGEST_DATAGRAM, Dropped, Text
from portside.protocols.upper.rules.server import (
    LINGER,
    REST_WAIT,
    TRANSITIONS,
    DatagramServerRules,
    Event,
    ServerRules,
    State,
)
from portside.protocols.upper.syntax import upper

SERVER = Address("127.0.0.1", 12000)
CLIENT = Address("127.0.0.1", 50000)
DOOR = Door(SERVER, CLIENT)
GONE = ConnectionLost("gone")
BYE = Close(linger=LINGER)


def heard(outputs: Outputs) -> list[bytes]:
    return [output.message.data for output in outputs if isinstance(output, Heard)]


# ------------------------------------------------------------------------------------------------- streams


def test_whatever_arrives_is_answered_at_once_and_a_newline_is_not_waited_for() -> None:
    rules = ServerRules()
    assert list(rules.opened(DOOR, 0.0)) == []
    assert rules.received(b"hel", None, 0.0) == [Heard(Text(b"hel"))]
    assert rules.say(Text(b"HEL"), 0.0) == [Send(b"HEL")]
    assert rules.received(b"lo\nyou", None, 0.1) == [Heard(Text(b"lo\nyou"))]
    assert rules.say(Text(b"LO\nYOU"), 0.1) == [Send(b"LO\nYOU")]


def test_a_character_in_two_segments_comes_whole() -> None:
    rules = ServerRules()
    assert rules.received(b"stra\xc3", None, 5.0) == [Heard(Text(b"stra")), Wake("rest", 5.0 + REST_WAIT)]
    assert rules.received(b"\x9fe", None, 5.1) == [Heard(Text("ße".encode())), Wake("rest", None)]


def test_the_time_of_a_character_runs_from_its_first_byte() -> None:
    rules = ServerRules()
    assert rules.received(b"\xf0", None, 0.0) == [Wake("rest", REST_WAIT)]
    assert rules.received(b"\x9f", None, 1.5) == []
    assert rules.woke("rest", REST_WAIT) == [Heard(Text(b"\xf0\x9f"))]
    assert rules.woke("rest", REST_WAIT) == []


def test_the_next_character_has_its_own_time() -> None:
    rules = ServerRules()
    rules.received(b"\xc3", None, 0.0)
    assert rules.received(b"\xa4\xc3", None, 1.5) == [Heard(Text("ä".encode())), Wake("rest", 1.5 + REST_WAIT)]


def test_at_their_end_what_was_held_is_answered_before_the_close() -> None:
    rules = ServerRules()
    rules.received(b"\xe2\x82", None, 0.0)
    assert rules.ended(None, 0.1) == [Heard(Text(b"\xe2\x82"))]
    assert rules.state is State.ENDING
    assert rules.say(Text(b"\xe2\x82"), 0.1) == [Send(b"\xe2\x82"), BYE]
    assert rules.state is State.CLOSED


def test_every_answer_that_is_owed_comes_before_the_close() -> None:
    rules = ServerRules()
    rules.received(b"a", None, 0.0)
    rules.received(b"b", None, 0.0)
    assert rules.ended(None, 0.0) == []
    assert rules.say(Text(b"A"), 0.0) == [Send(b"A")]
    assert rules.say(Text(b"B"), 0.0) == [Send(b"B"), BYE]


def test_an_end_without_a_word_closes() -> None:
    assert ServerRules().ended(None, 0.0) == [BYE]


def test_told_to_stop_it_hears_no_more() -> None:
    rules = ServerRules()
    rules.received(b"a", None, 0.0)
    assert rules.stop(0.0) == []
    assert list(rules.received(b"b", None, 0.0)) == []
    assert rules.say(Text(b"A"), 0.0) == [Send(b"A"), BYE]


def test_silence_has_no_limit_unless_one_is_set() -> None:
    rules = ServerRules()
    assert not [
        output for output in (*rules.opened(DOOR, 0.0), *rules.received(b"a", None, 0.0)) if type(output) is Wake
    ]


def test_a_limit_of_silence_starts_anew_with_every_byte() -> None:
    rules = ServerRules(idle=60.0)
    assert list(rules.opened(DOOR, 0.0)) == [Wake("idle", 60.0)]
    assert rules.received(b"a", None, 50.0) == [Heard(Text(b"a")), Wake("idle", 110.0)]
    rules.say(Text(b"A"), 50.0)
    assert rules.woke("idle", 110.0) == [BYE]


def test_only_what_was_asked_is_answered() -> None:
    with pytest.raises(LocalError):
        ServerRules().say(Text(b"A"), 0.0)


def test_there_is_no_second_connection() -> None:
    with pytest.raises(LocalError):
        ServerRules().linked(Link("x"), DOOR, 0.0)
    with pytest.raises(LocalError):
        DatagramServerRules().linked(Link("x"), DOOR, 0.0)


@pytest.mark.parametrize("event", ["ended", "stop", "failed", "woke", "received"])
@pytest.mark.parametrize("how", ["closed", "lost"])
def test_after_the_close_nothing_is_said_any_more(event: str, how: str) -> None:
    rules = ServerRules()
    rules.received(b"\xc3", None, 0.0)
    if how == "closed":
        for output in rules.ended(None, 0.0):
            assert isinstance(output, Heard)
            rules.say(output.message, 0.0)
    else:
        rules.failed(None, GONE, 0.0)
    calls = {
        "ended": lambda: rules.ended(None, 1.0),
        "stop": lambda: rules.stop(1.0),
        "failed": lambda: rules.failed(None, GONE, 1.0),
        "woke": lambda: rules.woke("rest", 1.0),
        "received": lambda: rules.received(b"x", None, 1.0),
    }
    assert list(calls[event]()) == []
    assert rules.state is State.CLOSED


def test_every_state_has_its_row_and_can_be_left_but_the_last() -> None:
    assert set(TRANSITIONS) == set(State)
    reached = {state for row in TRANSITIONS.values() for state in row.values()}
    assert reached == {State.ENDING, State.CLOSED}
    assert set(TRANSITIONS[State.CLOSED].values()) == {State.CLOSED}
    assert Event.SETTLED not in TRANSITIONS[State.OPEN]


@given(st.lists(st.binary(min_size=1, max_size=5), max_size=10), st.lists(st.booleans(), min_size=10, max_size=10))
def test_any_split_gives_the_same_answer_whether_time_runs_out_or_not(pieces: list[bytes], late: list[bool]) -> None:
    rules = ServerRules()
    out, now = b"", 0.0

    def answer(outputs: Outputs) -> list[Output]:
        nonlocal out
        said: list[Output] = []
        for data in heard(outputs):
            said += rules.say(Text(upper(data)), now)
        out += b"".join(bytes(output.data) for output in said if isinstance(output, Send))
        return said

    for piece, waits in zip(pieces, late, strict=False):
        answer(rules.received(piece, None, now))
        if waits and False in late:
            now += 1.0
    last = rules.ended(None, now)
    assert [*last, *answer(last)][-1] == BYE
    assert out == upper(b"".join(pieces))


# ----------------------------------------------------------------------------------------------- datagrams


def test_a_datagram_goes_back_to_where_it_came_from() -> None:
    rules = DatagramServerRules()
    assert rules.opened(Door(SERVER, Address("")), 0.0) == NOTHING
    other = Address("::1", 50001)
    assert rules.received(b"a", CLIENT, 0.0) == [Heard(Text(b"a", CLIENT))]
    assert rules.received(b"b", other, 0.0) == [Heard(Text(b"b", other))]
    assert rules.say(Text(b"B", other), 0.0) == [Send(b"B", other)]
    assert rules.say(Text(b"A", CLIENT), 0.0) == [Send(b"A", CLIENT)]


def test_an_empty_datagram_is_one_too() -> None:
    rules = DatagramServerRules()
    assert rules.received(b"", CLIENT, 0.0) == [Heard(Text(b"", CLIENT))]
    assert rules.say(Text(b"", CLIENT), 0.0) == [Send(b"", CLIENT)]


def test_an_answer_that_outgrows_a_datagram_is_dropped_and_told() -> None:
    rules = DatagramServerRules()
    fits = b"X" * LARGEST_DATAGRAM
    assert rules.say(Text(fits, CLIENT), 0.0) == [Send(fits, CLIENT)]
    assert rules.say(Text(fits + b"X", CLIENT), 0.0) == [
        Heard(Dropped(CLIENT, "its answer has 65,508 bytes, and a datagram 65,507"))
    ]


def test_a_datagram_that_claims_to_be_our_own_goes_round_no_further() -> None:
    rules = DatagramServerRules()
    rules.opened(Door(SERVER, Address("")), 0.0)
    assert rules.received(b"a", SERVER, 0.0) == [Heard(Dropped(SERVER, "it claims to come from this server itself"))]


def test_an_answer_needs_its_text_and_its_peer() -> None:
    for wrong in (Text(b"A"), Dropped(CLIENT, "")):
        with pytest.raises(LocalError):
            DatagramServerRules().say(wrong, 0.0)
    with pytest.raises(LocalError):
        DatagramServerRules().received(b"a", None, 0.0)


def test_a_socket_has_no_end_and_no_timer_and_closes_when_told() -> None:
    rules = DatagramServerRules()
    assert rules.ended(None, 0.0) == NOTHING
    assert rules.woke("x", 0.0) == NOTHING
    assert rules.failed(None, GONE, 0.0) == NOTHING
    assert rules.stop(0.0) == [Close()]
