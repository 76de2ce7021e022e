"""Modes and special characters as bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.errors import RemoteError
from portside.protocols.telnet.messages import Function, Level, LineMode, SpecialCharacter
from portside.protocols.telnet.syntax.linemode import (
    MOST_TRIPLETS,
    SLC,
    Triplet,
    both,
    character_of,
    parse_characters,
    parse_mode,
    serialise_characters,
    serialise_mode,
    triplet_of,
)

MODES = st.builds(LineMode, st.booleans(), st.booleans(), st.booleans(), st.booleans())
BYTE = st.integers(0, 255)
TRIPLETS = st.builds(Triplet, BYTE, st.sampled_from(Level), BYTE, st.booleans(), st.booleans(), st.booleans())


@given(MODES, st.booleans())
def test_modes_come_back(mode: LineMode, acknowledged: bool) -> None:
    assert parse_mode(serialise_mode(mode, acknowledged=acknowledged)) == (mode, acknowledged)


@given(MODES, MODES)
def test_what_two_modes_share_is_in_both(one: LineMode, other: LineMode) -> None:
    bits = [serialise_mode(mode)[1] for mode in (one, other, both(one, other))]
    assert bits[0] & bits[1] == bits[2]


@given(st.lists(TRIPLETS, max_size=MOST_TRIPLETS))
def test_special_characters_come_back(triplets: list[Triplet]) -> None:
    assert parse_characters(serialise_characters(triplets)) == tuple(triplets)


@pytest.mark.parametrize("rest", [b"\x03", b"\x03\x02", b"\x03\x02\x03" * (MOST_TRIPLETS + 1)])
def test_what_are_no_triplets_is_refused(rest: bytes) -> None:
    with pytest.raises(RemoteError):
        parse_characters(bytes((SLC,)) + rest)


def test_a_character_is_a_triplet_of_a_known_function() -> None:
    character = SpecialCharacter(Function.SUSP, Level.VALUE, 26, True, False)
    assert triplet_of(character) == Triplet(9, Level.VALUE, 26, False, True, False)
    assert character_of(triplet_of(character, acknowledged=True)) == character
