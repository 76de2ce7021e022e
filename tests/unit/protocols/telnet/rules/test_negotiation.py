"""Requests as they come in and go out, beside the cases of the RFCs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portside.errors import LimitExceeded, LocalError
from portside.interfaces import Role
from portside.protocols.telnet.messages import Option, OptionChanged, Party, TimingMark, Want
from portside.protocols.telnet.rules.negotiation import MOST_MARKS
from portside.protocols.telnet.rules.policy import SERVER
from tests.support.telnet import talk, wire


def test_a_timing_mark_is_no_wish() -> None:
    side = talk()
    with pytest.raises(LocalError, match="say TimingMark"):
        side.say(Want(Option.TIMING_MARK, Party.THEM))


def test_timing_marks_have_their_limit() -> None:
    side = talk()
    side.say(*[TimingMark()] * MOST_MARKS)
    with pytest.raises(LocalError):
        side.say(TimingMark())
    side.got(wire("IAC WILL TIMING-MARK"))
    side.say(TimingMark())


def test_a_change_is_told_behind_what_is_sent_of_it_and_before_what_follows() -> None:
    side = talk(Role.SERVER)
    side.got(wire("IAC DO ECHO 'x'"))
    assert side.sent == wire("IAC WILL ECHO")
    assert side.heard[0] == OptionChanged(Option.ECHO, Party.US, True)


def test_what_a_side_asks_first_is_sent_when_the_stream_is_open() -> None:
    side = talk(Role.SERVER, replace(SERVER, first=(Want(Option.NAWS, Party.THEM), Want(Option.ECHO, Party.US))))
    side.take(side.rules.opened(None, 0.0))
    assert side.sent == wire("IAC DO NAWS IAC WILL ECHO")
    assert side.rules.negotiating(Option.NAWS, Party.THEM)


@pytest.mark.parametrize("storm", ["IAC DO 200", "IAC DO TIMING-MARK", "IAC WILL ECHO", "IAC SB STATUS SEND IAC SE"])
def test_who_negotiates_without_an_end_is_cut_off(storm: str) -> None:
    side = talk(Role.SERVER)
    for _ in range(SERVER.negotiations_at_once + 1):
        side.got(wire(storm))
    assert [type(error) for error in side.broken] == [LimitExceeded]
    assert side.closed == 1
    side.forget()
    side.got(wire(f"{storm} 'x'"))
    assert not side.sent
    assert not side.heard


def test_a_slow_negotiation_may_go_on_for_ever() -> None:
    side = talk(Role.SERVER)
    for second in range(1000):
        side.now = float(second)
        side.got(wire("IAC DO TIMING-MARK ") * 10)
    assert not side.broken


def test_sizes_and_packages_of_a_game_are_no_negotiation() -> None:
    side = talk(Role.SERVER)
    side.agree(Option.NAWS, Party.THEM)
    side.agree(Option.GMCP, Party.US)
    for _ in range(2000):
        side.got(wire("IAC SB NAWS 0 80 0 24 IAC SE IAC SB GMCP 'Core.Ping' IAC SE"))
    assert not side.broken
    assert len(side.heard) == 4000
