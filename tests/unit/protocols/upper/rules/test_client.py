from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.errors import ConnectError, ConnectionLost, LimitExceeded, LocalError, RemoteError, ResolveError, TimedOut
from portside.interfaces import NOTHING, Address, Close, Dial, Door, Fault, Heard, Link, Outputs, Send, Wake
from portside.protocols.upper.messages import LARGEST_DATAGRAM, Answer, Line, Question, Reply, Unanswered
from portside.protocols.upper.rules.client import (
    ASK_TRANSITIONS,
    ATTEMPTS,
    FIRST_WAIT,
    LONGEST_WAIT,
    REFUSED_PAUSE,
    REPLY_SLACK,
    REPLY_WAIT,
    TRANSITIONS,
    AskState,
    ClientRules,
    DatagramClientRules,
    State,
)

SERVER = Address("127.0.0.1", 12000)
SIXTH = Address("::1", 12000)
HERE = Address("127.0.0.1", 50000)
DOOR = Door(HERE, SERVER)
GONE = ConnectionLost("gone")
REFUSED = ConnectError("connection refused")
PATIENT = Wake("reply", None)


def asked(line: bytes = b"hello\n", now: float = 0.0) -> ClientRules:
    rules = ClientRules()
    rules.opened(DOOR, now)
    assert rules.say(Line(line), now) == [Send(line), Wake("reply", now + REPLY_WAIT)]
    return rules


def fault(outputs: Outputs) -> Exception:
    first, last = outputs
    assert isinstance(first, Fault)
    assert last == Close()
    return first.error


# ------------------------------------------------------------------------------------------------- streams


def test_a_reply_ends_at_its_newline_and_the_next_line_may_follow() -> None:
    rules = asked()
    assert rules.received(b"HELLO\n", None, 0.1) == [PATIENT, Heard(Reply(b"HELLO\n"))]
    assert rules.state is State.IDLE
    assert rules.say(Line(b"you\n"), 1.0) == [Send(b"you\n"), Wake("reply", 1.0 + REPLY_WAIT)]
    assert rules.received(b"YOU\n", None, 1.1) == [PATIENT, Heard(Reply(b"YOU\n"))]


def test_a_reply_ends_at_the_server_s_close() -> None:
    rules = asked()
    assert rules.received(b"HELLO", None, 0.1) == NOTHING
    assert rules.ended(None, 0.2) == [PATIENT, Heard(Reply(b"HELLO")), Close()]
    assert rules.state is State.CLOSED


def test_a_close_without_a_word_is_no_reply() -> None:
    assert asked().ended(None, 0.2) == [PATIENT, Heard(Unanswered()), Close()]
    assert asked().failed(None, GONE, 0.2) == [PATIENT, Heard(Unanswered())]


def test_a_reply_that_breaks_off_is_an_error_and_no_reply() -> None:
    rules = asked()
    rules.received(b"HEL", None, 0.1)
    assert rules.failed(None, GONE, 0.2) == NOTHING  # the engine tells the side above
    assert rules.state is State.CLOSED


def test_a_close_after_the_reply_is_no_accident() -> None:
    rules = asked()
    rules.received(b"HELLO\n", None, 0.1)
    assert rules.ended(None, 0.2) == [Close()]
    rules = asked()
    rules.received(b"HELLO\n", None, 0.1)
    assert rules.failed(None, GONE, 0.2) == NOTHING


def test_a_reply_that_never_ends_is_not_waited_for() -> None:
    rules = asked(now=10.0)
    rules.received(b"HELLO", None, 10.1)
    error = fault(rules.woke("reply", 10.0 + REPLY_WAIT))
    assert isinstance(error, TimedOut)
    assert "127.0.0.1:12000" in str(error)
    assert rules.woke("reply", 99.0) == NOTHING


def test_a_reply_may_be_three_times_its_line_and_a_bit() -> None:
    line = b"x" * 99_999 + b"\n"
    rules = asked(line)
    most = 3 * len(line) + REPLY_SLACK
    assert rules.received(b"X" * (most - 1), None, 0.0) == NOTHING
    assert rules.received(b"\n", None, 0.0)[1] == Heard(Reply(b"X" * (most - 1) + b"\n"))
    rules = asked(line)
    rules.received(b"X" * most, None, 0.0)
    assert isinstance(fault(rules.received(b"X", None, 0.0)), LimitExceeded)


@pytest.mark.parametrize("data", [b"HELLO\nMORE", b"HELLO\n\n", b"\nHELLO\n"])
def test_more_than_the_reply_is_refused(data: bytes) -> None:
    assert isinstance(fault(asked().received(data, None, 0.0)), RemoteError)


def test_a_word_that_nobody_asked_for_is_refused() -> None:
    rules = ClientRules()
    assert isinstance(fault(rules.received(b"220 welcome\n", None, 0.0)), RemoteError)
    assert rules.received(b"more", None, 0.0) == NOTHING


@pytest.mark.parametrize("data", [b"", b"hello", b"two\nlines\n", b"early\nend"])
def test_a_line_ends_with_its_only_newline(data: bytes) -> None:
    with pytest.raises(LocalError):
        ClientRules().say(Line(data), 0.0)


def test_a_line_waits_for_the_reply_before_and_for_an_open_connection() -> None:
    rules = asked()
    with pytest.raises(LocalError):
        rules.say(Line(b"again\n"), 0.0)
    rules.ended(None, 0.0)
    with pytest.raises(LocalError):
        rules.say(Line(b"again\n"), 0.0)
    with pytest.raises(LocalError):
        ClientRules().say(Reply(b"X\n"), 0.0)


def test_a_client_stops_when_told_and_opens_no_second_connection() -> None:
    rules = asked()
    assert rules.stop(0.0) == [Close()]
    with pytest.raises(LocalError):
        rules.linked(Link("x"), DOOR, 0.0)


def test_every_state_of_a_stream_can_be_closed() -> None:
    assert set(TRANSITIONS) == set(State)
    assert all(State.CLOSED in row.values() for row in TRANSITIONS.values())


@given(st.lists(st.integers(0, 12)))
def test_any_split_of_a_reply_is_the_same_reply(cuts: list[int]) -> None:
    reply = b"STRASSE 12\n"
    edges = [0, *sorted(min(cut, len(reply)) for cut in cuts), len(reply)]
    rules = asked()
    outputs = [
        output
        for start, end in pairwise(edges)
        if start < end
        for output in rules.received(reply[start:end], None, 0.0)
    ]
    assert outputs == [PATIENT, Heard(Reply(reply))]


# ----------------------------------------------------------------------------------------------- datagrams


def dialled(outputs: Outputs) -> tuple[Link, Address]:
    (dial,) = outputs
    assert isinstance(dial, Dial)
    return dial.link, dial.address


def trying(addresses: Sequence[Address] = (SERVER,), **options: float) -> tuple[DatagramClientRules, Link]:
    rules = DatagramClientRules(addresses, **options)  # type: ignore[arg-type]
    assert rules.opened(None, 0.0) == NOTHING
    link, address = dialled(rules.say(Question(b"hello"), 0.0))
    assert address == addresses[0]
    return rules, link


def test_an_attempt_is_a_socket_of_its_own_and_its_answer_ends_the_question() -> None:
    rules, link = trying()
    assert rules.linked(link, DOOR, 1.0) == [Send(b"hello", link), Wake("again", 1.0 + FIRST_WAIT)]
    answer = rules.received(b"HELLO", link, 1.25)
    assert answer == [Heard(Answer(b"HELLO", 1, 0.25, SERVER)), Close()]
    assert rules.state is AskState.DONE


def test_attempts_are_bounded_and_each_waits_longer() -> None:
    rules, link = trying()
    links, now = [], 0.0
    for attempt in range(1, ATTEMPTS + 1):
        links.append(link)
        wait = min(FIRST_WAIT * 2 ** (attempt - 1), LONGEST_WAIT)
        assert rules.linked(link, DOOR, now) == [Send(b"hello", link), Wake("again", now + wait)]
        now += wait
        outputs = rules.woke("again", now)
        if attempt < ATTEMPTS:
            link, _ = dialled(outputs)
    error = fault(outputs)
    assert isinstance(error, TimedOut)
    assert "127.0.0.1:12000" in str(error)
    assert len(set(links)) == ATTEMPTS


def test_a_wait_that_was_asked_for_is_never_cut_to_ours() -> None:
    rules, link = trying(wait=30.0)
    assert rules.linked(link, DOOR, 0.0)[1] == Wake("again", 30.0)
    link, _ = dialled(rules.woke("again", 30.0))
    assert rules.linked(link, DOOR, 30.0)[1] == Wake("again", 60.0)


def test_a_late_answer_to_an_earlier_attempt_is_an_answer() -> None:
    rules, first = trying()
    rules.linked(first, DOOR, 0.0)
    second, _ = dialled(rules.woke("again", 1.0))
    rules.linked(second, DOOR, 1.0)
    assert rules.received(b"HELLO", first, 1.5) == [Heard(Answer(b"HELLO", 1, 1.5, SERVER)), Close()]


def test_a_repeated_answer_and_a_stranger_s_are_not_heard() -> None:
    rules, link = trying()
    rules.linked(link, DOOR, 0.0)
    assert rules.received(b"FORGED", SERVER, 0.1) == NOTHING
    assert rules.received(b"FORGED", None, 0.1) == NOTHING
    assert rules.received(b"FORGED", Link("another"), 0.1) == NOTHING
    rules.received(b"HELLO", link, 0.2)
    assert rules.received(b"HELLO", link, 0.3) == NOTHING


def test_a_refusal_is_a_lost_attempt_while_there_are_more() -> None:
    rules, link = trying()
    rules.linked(link, DOOR, 0.0)
    assert rules.failed(link, REFUSED, 0.01) == [Wake("again", 0.01 + REFUSED_PAUSE)]
    link, _ = dialled(rules.woke("again", 0.3))
    rules.linked(link, DOOR, 0.3)
    assert rules.received(b"HELLO", link, 0.4)[0] == Heard(Answer(b"HELLO", 2, pytest.approx(0.1), SERVER))


def test_where_every_attempt_is_refused_nobody_listens() -> None:
    rules, link = trying(attempts=2)
    rules.linked(link, DOOR, 0.0)
    rules.failed(link, REFUSED, 0.0)
    link, _ = dialled(rules.woke("again", 1.0))
    rules.linked(link, DOOR, 1.0)
    assert fault(rules.failed(link, REFUSED, 1.0)) is REFUSED


def test_a_refusal_beside_an_attempt_without_an_answer_is_a_time_out() -> None:
    rules, first = trying(attempts=2)
    rules.linked(first, DOOR, 0.0)
    second, _ = dialled(rules.woke("again", 1.0))
    rules.linked(second, DOOR, 1.0)
    assert rules.failed(second, REFUSED, 1.1) == NOTHING
    assert isinstance(fault(rules.woke("again", 3.0)), TimedOut)


def test_an_address_that_refuses_gives_way_to_the_next_one_at_once() -> None:
    rules, link = trying([SIXTH, SERVER], attempts=1)
    rules.linked(link, Door(HERE, SIXTH), 0.0)
    link, address = dialled(rules.failed(link, REFUSED, 0.01))
    assert address == SERVER
    rules.linked(link, DOOR, 0.01)
    assert rules.received(b"HELLO", link, 0.02)[0] == Heard(Answer(b"HELLO", 1, pytest.approx(0.01), SERVER))


def test_where_every_address_refuses_the_only_attempt_it_is_over() -> None:
    rules, link = trying([SIXTH, SERVER], attempts=1)
    link, _ = dialled(rules.failed(link, REFUSED, 0.0))
    assert fault(rules.failed(link, REFUSED, 0.0)) is REFUSED


def test_addresses_take_turns() -> None:
    rules, link = trying([SIXTH, SERVER])
    rules.linked(link, Door(HERE, SIXTH), 0.0)
    _, address = dialled(rules.woke("again", 1.0))
    assert address == SERVER


def test_a_trouble_that_is_no_refusal_ends_it() -> None:
    rules, link = trying()
    error = ResolveError("no address")
    assert fault(rules.failed(link, error, 0.0)) is error


def test_after_the_end_nothing_happens_any_more() -> None:
    rules, link = trying()
    assert rules.stop(0.0) == [Close()]
    assert rules.linked(link, DOOR, 0.0) == [Close(link)]
    assert rules.failed(link, REFUSED, 0.0) == NOTHING
    assert rules.woke("again", 1.0) == NOTHING
    assert rules.ended(None, 1.0) == NOTHING
    assert rules.stop(1.0) == [Close()]


def test_one_question_of_one_datagram() -> None:
    rules, _ = trying()
    with pytest.raises(LocalError):
        rules.say(Question(b"again"), 0.0)
    with pytest.raises(LocalError):
        DatagramClientRules([SERVER]).say(Question(b"x" * (LARGEST_DATAGRAM + 1)), 0.0)
    with pytest.raises(LocalError):
        DatagramClientRules([SERVER]).say(Answer(b"", 1, 0.0, SERVER), 0.0)


def test_every_state_of_a_question_can_be_settled() -> None:
    assert set(ASK_TRANSITIONS) == set(AskState)
    assert all(AskState.DONE in row.values() for row in ASK_TRANSITIONS.values())
