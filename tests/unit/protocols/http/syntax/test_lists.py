"""Tokens, quoted strings, lists and parameters (RFC 9110 §5.6)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portside.errors import LocalError
from portside.protocols.http.syntax.lists import (
    is_token,
    parse_parameter,
    parse_parameters,
    quote,
    serialise_parameters,
    split_list,
    unquote,
)

steady = settings(derandomize=True, max_examples=300, deadline=None)
tokens = st.text("!#$%&'*+-.^_`|~09azAZ", min_size=1, max_size=8).map(str.encode)
texts = st.lists(st.sampled_from([*range(0x20, 0x7F), 9, 0x80, 0xFF]), max_size=20).map(bytes)
hostile = st.lists(st.sampled_from([b'"', b"\\", b",", b";", b"=", b" ", b"\t", b"a", b"\0", b"\r\n", b"\xff"])).map(
    b"".join
)


@pytest.mark.parametrize(
    "value, holds",
    [
        (b"gzip", True),
        (b"", False),
        (b"a b", False),
        (b"a,b", False),
        (b"x\n", False),
        (b"\xe4", False),
        (b"a/b", False),
        (b"!#$%&'*+-.^_`|~", True),
    ],
)
def test_a_token_is_tchars_and_nothing_else(value: bytes, holds: bool) -> None:
    assert is_token(value) is holds


@pytest.mark.parametrize("value, elements", [
    (b"", []),
    (b",", []),
    (b" , ,\t,", []),
    (b"foo , ,bar,charlie", [b"foo", b"bar", b"charlie"]),
    (b'"a,b", c', [b'"a,b"', b"c"]),
    (b'"a\\",b", c', [b'"a\\",b"', b"c"]),
    (b'x="1,2";y=3,z', [b'x="1,2";y=3', b"z"]),
    (b'open "a, b, c', [b'open "a, b, c']),
    (b'open "a, b\\', [b'open "a, b\\']),
    (b'a""b,c', [b'a""b', b"c"]),
    (b'"\\', [b'"\\']),
])  # fmt: skip
def test_a_list_is_split_at_commas_outside_quotes(value: bytes, elements: list[bytes]) -> None:
    assert split_list(value) == elements


@pytest.mark.parametrize("value, first, parameters", [
    (b"text/html", b"text/html", {}),
    (b" text/html ;charset=utf-8", b"text/html", {b"charset": b"utf-8"}),
    (b'text/html; Charset="UTF-8"', b"text/html", {b"charset": b"UTF-8"}),
    (b'a; b="x;y"; c=1', b"a", {b"b": b"x;y", b"c": b"1"}),
    (b'a; b="x\\"y"', b"a", {b"b": b'x"y'}),
    (b"a; b=1; b=2", b"a", {b"b": b"1"}),
    (b"a;;; b=1;", b"a", {b"b": b"1"}),
    (b"a; b; c=; =d; e=1", b"a", {b"e": b"1"}),
    (b'a; b="open', b"a", {}),
    (b'a; b="open; c=1', b"a", {}),
    (b'; b="1"', b"", {b"b": b"1"}),
    (b"; b=1", b"", {b"b": b"1"}),
    (b'a; b="x\ny"', b"a", {}),
])  # fmt: skip
def test_parameters_are_read_and_malformed_ones_left_out(
    value: bytes, first: bytes, parameters: dict[bytes, bytes]
) -> None:
    assert parse_parameters(value) == (first, parameters)


def test_a_parameter_may_have_space_around_its_equals_sign() -> None:
    assert parse_parameter(b' Realm = "a b" ') == (b"realm", b"a b")
    assert parse_parameter(b"realm") is None
    assert parse_parameter(b"re alm=1") is None


@pytest.mark.parametrize("value", [b"", b'"', b'"a', b'a"', b'"a"b"', b'"\\"', b'"a\x00"', b'"a\r\n"', b'"\x7f"', b"a"])
def test_what_is_no_quoted_string_is_not_unquoted(value: bytes) -> None:
    assert unquote(value) is None


@pytest.mark.parametrize("value", [b"a\r\nb", b"\0", b"\x7f", b"\n"])
def test_controls_are_never_written_into_a_quoted_string(value: bytes) -> None:
    with pytest.raises(LocalError):
        quote(value)


def test_a_parameter_that_cannot_be_named_is_not_written() -> None:
    with pytest.raises(LocalError):
        serialise_parameters(b"a", {b"b c": b"1"})


@steady
@given(texts)
def test_quoting_comes_back(value: bytes) -> None:
    assert unquote(quote(value)) == value


@steady
@given(tokens, st.dictionaries(tokens.map(bytes.lower), texts, max_size=4))
def test_parameters_come_back(value: bytes, parameters: dict[bytes, bytes]) -> None:
    assert parse_parameters(serialise_parameters(value, parameters)) == (value, parameters)


@steady
@given(st.lists(texts.map(quote) | tokens))
def test_a_list_comes_back(elements: list[bytes]) -> None:
    assert split_list(b", ".join(elements)) == elements


@steady
@given(hostile | st.binary())
def test_nothing_that_comes_in_raises(value: bytes) -> None:
    for element in split_list(value):
        assert element
        assert element == element.strip(b" \t")
    parse_parameters(value)
    unquote(value)


def test_a_long_row_of_quotes_is_read_in_one_pass() -> None:
    # A pattern that tried again at every quote would take hours for this.
    value = b'"\\' * 200_000
    assert split_list(value) == [value]
    assert split_list(b'"' * 200_000 + b",a") == [b'"' * 200_000, b"a"]
