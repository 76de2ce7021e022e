"""Commands as bytes, and data on the wire."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.protocols.telnet.messages import Control, Option, Party, Verb
from portside.protocols.telnet.syntax.commands import (
    escape,
    from_wire,
    serialise_control,
    serialise_option,
    serialise_subnegotiation,
    to_wire,
    verb_for,
)
from portside.protocols.telnet.syntax.scanning import Run, Scanner


def test_commands_are_two_or_three_bytes() -> None:
    assert serialise_control(Control.IP) == b"\xff\xf4"
    assert serialise_control(Control.SYNCH) == b"\xff\xf2"
    assert serialise_option(Verb.WONT, 200) == b"\xff\xfc\xc8"


def test_a_subnegotiation_doubles_what_would_end_it() -> None:
    assert serialise_subnegotiation(Option.NAWS, b"\0\xff\0\x18") == b"\xff\xfa\x1f\0\xff\xff\0\x18\xff\xf0"


@pytest.mark.parametrize(
    ("party", "on", "verb"),
    [
        (Party.US, True, Verb.WILL),
        (Party.US, False, Verb.WONT),
        (Party.THEM, True, Verb.DO),
        (Party.THEM, False, Verb.DONT),
    ],
)
def test_who_and_what_make_the_verb(party: Party, on: bool, verb: Verb) -> None:
    assert verb_for(party, on) is verb


def test_data_without_iac_is_not_copied() -> None:
    data = b"x" * 1000
    assert escape(data) is data
    assert to_wire(data, binary=False) is data
    assert from_wire(data, after_cr=False)[0] is data


def test_the_mark_of_a_cr_outlives_a_piece_of_nothing() -> None:
    assert from_wire(b"", after_cr=True) == (b"", True)
    assert from_wire(b"\0", after_cr=True) == (b"", False)
    assert from_wire(b"\0a\r", after_cr=True) == (b"a\r", True)


@given(st.lists(st.binary(max_size=20), max_size=5), st.booleans())
def test_what_is_sent_is_heard(pieces: list[bytes], binary: bool) -> None:
    wire = b"".join(to_wire(piece, binary=binary) for piece in pieces)
    scanner, heard, after_cr = Scanner(100), b"", False
    for token in scanner.scan(wire):
        assert isinstance(token, Run)
        if binary:
            heard += token.data
        else:
            part, after_cr = from_wire(token.data, after_cr=after_cr)
            heard += part
    assert heard == b"".join(pieces)


@given(st.lists(st.binary(max_size=12), max_size=8))
def test_any_split_frees_the_same_data(pieces: list[bytes]) -> None:
    whole, _ = from_wire(b"".join(pieces), after_cr=False)
    found, after_cr = b"", False
    for piece in pieces:
        part, after_cr = from_wire(piece, after_cr=after_cr)
        found += part
    assert found == whole
