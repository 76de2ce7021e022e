from __future__ import annotations

from portside.protocols.telnet.messages import (
    AskCharset,
    AskEnvironment,
    AskTerminalTypes,
    CharsetRefused,
    Environment,
    LineMode,
    Malformed,
    Message,
    Option,
    OptionChanged,
    OptionRefused,
    Party,
    TerminalTypes,
    Variable,
    Want,
    WindowSize,
)
from portside.protocols.telnet.server.arrival import ABOUT_THEM, OF_A_WORLD, Arrival
from portside.protocols.telnet.server.terminal import CHARSETS

ECHO = Want(Option.ECHO, Party.US)


def _hear(arrival: Arrival, *messages: Message) -> list[Message]:
    return [said for message in messages for said in arrival.hear(message)]


def test_an_arrival_without_questions_is_settled() -> None:
    assert Arrival((), ()).settled


def test_whoever_refuses_everything_has_answered_everything() -> None:
    arrival = Arrival((*ABOUT_THEM, *OF_A_WORLD), ("LANG",))
    for want in (*ABOUT_THEM, *OF_A_WORLD):
        assert not arrival.settled
        _hear(arrival, OptionRefused(want.option, want.party))
    assert arrival.settled
    assert arrival.spoke


def test_each_option_leads_to_its_question() -> None:
    arrival = Arrival(ABOUT_THEM, ("LANG",))
    said = _hear(arrival, *(OptionChanged(want.option, want.party, True) for want in ABOUT_THEM))
    assert said == [AskTerminalTypes(), AskEnvironment((Variable("LANG"),)), AskCharset(CHARSETS)]
    assert not arrival.settled
    _hear(arrival, TerminalTypes(("XTERM",)), WindowSize(80, 24), Environment(()), CharsetRefused(Party.US))
    assert arrival.settled


def test_no_question_is_asked_twice() -> None:
    arrival = Arrival(ABOUT_THEM, ())
    on, off = (OptionChanged(Option.TTYPE, Party.THEM, state) for state in (True, False))
    assert _hear(arrival, on, off, on) == [AskTerminalTypes()]


def test_an_answer_that_makes_no_sense_is_one() -> None:
    arrival = Arrival(ABOUT_THEM[:1], ())
    _hear(arrival, OptionChanged(Option.TTYPE, Party.THEM, True), Malformed(Option.TTYPE, "it broke off"))
    assert arrival.settled


def test_an_option_that_goes_off_again_is_waited_for_no_longer() -> None:
    arrival = Arrival(ABOUT_THEM[1:2], ())
    _hear(arrival, OptionChanged(Option.NAWS, Party.THEM, True))
    assert not arrival.settled
    _hear(arrival, OptionChanged(Option.NAWS, Party.THEM, False))
    assert arrival.settled


def test_what_is_asked_for_later_is_waited_for_as_well() -> None:
    arrival = Arrival((), ())
    arrival.expect(ECHO)
    assert not arrival.settled
    _hear(arrival, OptionChanged(Option.ECHO, Party.US, True))
    assert arrival.settled


def test_who_edits_lines_is_settled_once_they_have_agreed() -> None:
    arrival = Arrival((Want(Option.LINEMODE, Party.THEM),), ())
    _hear(arrival, OptionChanged(Option.LINEMODE, Party.THEM, True))
    assert not arrival.settled
    _hear(arrival, LineMode(edit=True, trapsig=True))
    assert arrival.settled


def test_their_own_offers_bring_no_questions_about_us() -> None:
    arrival = Arrival(ABOUT_THEM, ())
    assert _hear(arrival, OptionChanged(Option.CHARSET, Party.THEM, True)) == []
