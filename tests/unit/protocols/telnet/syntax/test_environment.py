"""Rows of environment variables as bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.errors import RemoteError
from portside.protocols.telnet.messages import Variable
from portside.protocols.telnet.syntax.environment import (
    IS,
    MOST_VARIABLES,
    parse_variables,
    serialise_variables,
    unescape,
)

TEXT = st.binary(max_size=10).map(lambda data: data.decode("utf-8", "surrogateescape"))
VARIABLES = st.lists(st.builds(Variable, TEXT, st.none() | TEXT, st.booleans()), max_size=6)


@given(VARIABLES)
def test_any_row_comes_back(variables: list[Variable]) -> None:
    assert parse_variables(IS + serialise_variables(variables)) == tuple(variables)


def test_special_bytes_are_escaped() -> None:
    assert serialise_variables([Variable("a\x00", "\x02")]) == b"\x00a\x02\x00\x01\x02\x02"
    assert unescape(b"a\x02\x00\x02\x02") == b"a\x00\x02"


def test_a_row_has_its_limit() -> None:
    assert len(parse_variables(IS + b"\x00a" * MOST_VARIABLES)) == MOST_VARIABLES
    with pytest.raises(RemoteError, match="more than"):
        parse_variables(IS + b"\x00a" * (MOST_VARIABLES + 1))


@pytest.mark.parametrize("row", [b"x", b"\x01x", b"\x00a\x01b\x01c", b"\x00a\x02"])
def test_what_is_no_row_is_refused(row: bytes) -> None:
    with pytest.raises(RemoteError):
        parse_variables(IS + row)
