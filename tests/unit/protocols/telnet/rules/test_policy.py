"""What one side wants, allows and answers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portside.errors import LocalError
from portside.protocols.telnet.messages import Function, Level, Option, Party, SpecialCharacter
from portside.protocols.telnet.rules.policy import CLIENT, SERVER


def test_each_side_may_do_what_the_other_lets_it_do() -> None:
    assert CLIENT.ours == SERVER.theirs
    assert SERVER.ours == CLIENT.theirs


def test_only_the_server_echoes_and_compresses() -> None:
    for option in (Option.ECHO, Option.MCCP2):
        assert option in SERVER.ours
        assert option not in CLIENT.ours


def test_a_client_asks_for_nothing_and_tells_nothing_by_itself() -> None:
    assert CLIENT.first == ()
    assert CLIENT.environment == ()


def test_what_a_server_wants_first_its_client_agrees_to() -> None:
    for want in SERVER.first:
        assert want.option in (CLIENT.ours if want.party is Party.THEM else CLIENT.theirs)


def test_a_terminal_has_a_type() -> None:
    with pytest.raises(LocalError):
        replace(CLIENT, terminal_types=())


def test_a_special_character_of_ours_has_a_value() -> None:
    with pytest.raises(LocalError):
        replace(CLIENT, characters=(SpecialCharacter(Function.IP, Level.DEFAULT),))
