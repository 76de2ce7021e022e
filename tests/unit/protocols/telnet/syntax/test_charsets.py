"""Requests for a character set."""

from __future__ import annotations

import pytest

from portside.errors import LocalError, RemoteError
from portside.protocols.telnet.syntax.charsets import MOST_CHARSETS, choose, parse_request, serialise_request


def test_a_request_comes_back() -> None:
    assert parse_request(serialise_request(("UTF-8", "US-ASCII"))) == ("UTF-8", "US-ASCII")


@pytest.mark.parametrize("names", [(), ("",), ("UTF-8", ""), ("ütf",), ("a;b c,d|e",)])
def test_what_cannot_be_asked_for_is_our_error(names: tuple[str, ...]) -> None:
    with pytest.raises(LocalError):
        serialise_request(names)


@pytest.mark.parametrize("payload", [b"\x01", b"\x01;", b"\x01[TTABLE ]", b"\x01[TTABLE ]\x01;", b"\x01;;"])
def test_a_request_without_names_is_none(payload: bytes) -> None:
    with pytest.raises(RemoteError):
        parse_request(payload)


def test_names_have_their_limit() -> None:
    assert len(parse_request(b"\x01" + b";a" * 1000)) == MOST_CHARSETS


def test_our_best_is_chosen_as_they_write_it() -> None:
    assert choose(("latin1", "utf-8"), ("UTF-8", "LATIN1")) == "utf-8"
    assert choose(("latin1",), ("UTF-8", "Latin1")) == "latin1"
    assert choose(("koi8-r",), ("UTF-8",)) is None
