"""Lines and keys between two sides: whatever both want, they come to an end."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.errors import LocalError
from portside.interfaces import Role
from portside.protocols.telnet.messages import (
    Function,
    Level,
    LineMode,
    Option,
    Party,
    SpecialCharacter,
    SpecialCharacters,
)
from portside.protocols.telnet.rules.policy import CLIENT, SERVER
from tests.support.telnet import Talk, converse, talk, wire

MODES = st.builds(LineMode, st.booleans(), st.booleans(), st.booleans(), st.booleans())
FUNCTIONS = st.sampled_from([Function.IP, Function.EC, Function.SUSP])
SET_LEVELS = st.sampled_from([Level.NOSUPPORT, Level.CANTCHANGE, Level.VALUE])


def keys(levels: st.SearchStrategy[Level]) -> st.SearchStrategy[SpecialCharacter]:
    return st.builds(SpecialCharacter, FUNCTIONS, levels, st.integers(0, 255), st.booleans(), st.booleans())


def unique(row: list[SpecialCharacter]) -> tuple[SpecialCharacter, ...]:
    return tuple({one.function: one for one in row}.values())


TABLES = st.lists(keys(SET_LEVELS), max_size=3).map(unique)
SAYINGS = st.one_of(
    MODES, st.lists(keys(st.sampled_from(Level)), min_size=1, max_size=3).map(unique).map(SpecialCharacters)
)


def agreed(client: Talk, server: Talk) -> None:
    server.agree(Option.LINEMODE, Party.THEM)
    client.got(wire("IAC DO LINEMODE"))
    client.sent = client.sent.removeprefix(wire("IAC WILL LINEMODE"))
    client.heard = []


@given(TABLES, TABLES, MODES, st.lists(st.tuples(st.booleans(), SAYINGS), max_size=6))
def test_whatever_is_said_comes_to_an_end(
    mine: tuple[SpecialCharacter, ...],
    theirs: tuple[SpecialCharacter, ...],
    can: LineMode,
    said: list[tuple[bool, LineMode | SpecialCharacters]],
) -> None:
    client = talk(Role.CLIENT, replace(CLIENT, characters=mine, line_mode=can))
    server = talk(Role.SERVER, replace(SERVER, characters=theirs))
    agreed(client, server)
    for ours, message in said:
        (client if ours else server).say(message)
    converse(client, server, most=20)
    assert not client.broken
    assert not server.broken


@given(MODES, MODES)
def test_what_both_can_do_is_what_both_hear(asked: LineMode, can: LineMode) -> None:
    client, server = talk(Role.CLIENT, replace(CLIENT, line_mode=can)), talk(Role.SERVER)
    agreed(client, server)
    server.say(asked)
    converse(client, server, most=20)
    assert client.heard == server.heard
    for mode in client.heard:
        assert isinstance(mode, LineMode)
        assert mode.edit is (asked.edit and can.edit)


def test_a_client_may_propose_and_takes_what_is_agreed() -> None:
    client, server = talk(Role.CLIENT), talk(Role.SERVER)
    agreed(client, server)
    client.say(LineMode(edit=True))
    converse(client, server)
    assert client.heard == server.heard == [LineMode(edit=True)]


@pytest.mark.parametrize("message", [LineMode(edit=True), SpecialCharacters(())], ids=["mode", "keys"])
def test_saying_needs_the_option(message: LineMode | SpecialCharacters) -> None:
    with pytest.raises(LocalError):
        talk(Role.SERVER).say(message)
