"""Text and numbers within subnegotiations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.errors import RemoteError
from portside.protocols.telnet.syntax.text import LONGEST_NUMBER, parse_number, parse_text, serialise_text


@given(st.binary(max_size=40))
def test_any_bytes_come_back(data: bytes) -> None:
    assert serialise_text(parse_text(data)) == data


@pytest.mark.parametrize(("data", "number"), [(b"0", 0), (b"38400", 38400), (b"9" * LONGEST_NUMBER, 999_999_999)])
def test_digits_are_a_number(data: bytes, number: int) -> None:
    assert parse_number(data) == number


@pytest.mark.parametrize(
    "data", [b"", b"1_0", b"+1", b"-1", b" 1", b"1 ", b"\xd9\xa1", b"0x10", b"1" * (LONGEST_NUMBER + 1), b"1\n"]
)
def test_nothing_else_is(data: bytes) -> None:
    with pytest.raises(RemoteError):
        parse_number(data)
