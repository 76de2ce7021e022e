"""GMCP and MSSP as bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.errors import LocalError, RemoteError
from portside.protocols.telnet.messages import Gmcp, Mssp
from portside.protocols.telnet.syntax.worlds import (
    LONGEST_PACKAGE,
    MOST_VALUES,
    parse_gmcp,
    parse_mssp,
    serialise_gmcp,
    serialise_mssp,
)

NAME = st.text(st.characters(codec="ascii", exclude_characters=" "), min_size=1, max_size=10)
PLAIN = st.text(st.characters(codec="utf-8", exclude_characters="\0\x01\x02"), max_size=8)


@given(NAME, st.text(max_size=20))
def test_packages_come_back(package: str, data: str) -> None:
    assert parse_gmcp(serialise_gmcp(Gmcp(package, data))) == Gmcp(package, data)


@pytest.mark.parametrize("package", ["", "a b"])
def test_a_package_without_a_name_is_our_error(package: str) -> None:
    with pytest.raises(LocalError):
        serialise_gmcp(Gmcp(package))


def test_a_name_has_its_limit() -> None:
    assert parse_gmcp(b"x" * LONGEST_PACKAGE).package == "x" * LONGEST_PACKAGE
    with pytest.raises(RemoteError):
        parse_gmcp(b"x" * (LONGEST_PACKAGE + 1))


@given(st.lists(st.tuples(PLAIN, st.lists(PLAIN, max_size=3).map(tuple)), min_size=1, max_size=4))
def test_a_server_status_comes_back(variables: list[tuple[str, tuple[str, ...]]]) -> None:
    assert parse_mssp(serialise_mssp(variables)) == Mssp(tuple(variables))


@pytest.mark.parametrize("payload", [b"", b"x", b"\x02x", b"\x01" * (MOST_VALUES + 1), b"\x01a" + b"\x02" * 2000])
def test_what_is_no_status_is_refused(payload: bytes) -> None:
    with pytest.raises(RemoteError):
        parse_mssp(payload)
