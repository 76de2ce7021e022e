"""Fields, written: no line too long, no second field, and what was meant comes back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.errors import UsageError
from portside.mail.addresses import Address, parse_addresses
from portside.mail.fields import parse_header
from portside.mail.folding import (
    LONGEST_LINE,
    WIDTH,
    check_line,
    check_name,
    serialise_addresses,
    serialise_text,
    serialise_words,
)

LINE = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Cf", "Cn", "Co", "Zs"]) | st.just(" "))


@pytest.mark.parametrize("name", ["", "a b", "a:", "grün", "a\r\nb", "a\n", " a"])
def test_what_cannot_be_a_name_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="header field"):
        check_name(name)


@pytest.mark.parametrize(
    "control", ["\r", "\n", "\r\n", "\0", "\x1b", "\x85", "\u2028", "\u2029", "\x0b", "\x0c", "\x7f"]
)
def test_a_value_with_a_control_is_refused(control: str) -> None:
    with pytest.raises(UsageError, match="one line"):
        check_line(f"a{control}Bcc: b", "it")
    with pytest.raises(UsageError, match="one line"):
        serialise_text("Subject", f"a{control}Bcc: b")
    with pytest.raises(UsageError, match="one line"):
        serialise_addresses("To", [Address(f"a{control}", "b@c")])


@given(LINE, st.booleans())
def test_a_text_comes_back(text: str, utf8: bool) -> None:
    text = text.strip()
    field = serialise_text("Subject", text, utf8=utf8)
    header = parse_header(field)
    assert [each.name for each in header.fields] == [b"Subject"]
    assert header.text("subject") == text
    assert utf8 or field.isascii()
    assert max(map(len, field.split(b"\r\n"))) <= LONGEST_LINE


def test_a_long_text_is_folded_between_its_words() -> None:
    field = serialise_text("Subject", "word " * 50)
    assert max(map(len, field.split(b"\r\n"))) <= WIDTH
    assert parse_header(field).text("subject") == ("word " * 50).strip()


def test_spaces_in_a_row_are_kept() -> None:
    text = "a   b  " + "c " * 60 + "   d"
    assert parse_header(serialise_text("Subject", text)).text("subject") == text


def test_a_word_that_fits_into_no_line_is_encoded() -> None:
    field = serialise_text("Subject", "x" * 2000)
    assert max(map(len, field.split(b"\r\n"))) <= WIDTH + 10
    assert parse_header(field).text("subject") == "x" * 2000


def test_what_looks_like_an_encoded_word_comes_back_as_it_is() -> None:
    for utf8 in (False, True):
        assert parse_header(serialise_text("Subject", "=?utf-8?q?a?=", utf8=utf8)).text("subject") == "=?utf-8?q?a?="


def test_addresses_are_folded_behind_their_commas() -> None:
    addresses = [Address(f"Person {number}", f"person{number}@example.com") for number in range(10)]
    field = serialise_addresses("To", addresses)
    assert max(map(len, field.split(b"\r\n"))) <= WIDTH
    assert parse_addresses(parse_header(field).raw_text("to")) == addresses
    assert serialise_addresses("To", []) == b"To:\r\n"


def test_words_stand_with_a_space_between_them() -> None:
    assert serialise_words("A", ["b", "c"]) == b"A: b c\r\n"
    assert serialise_words("A", []) == b"A:\r\n"
    assert serialise_words("A", ["x" * 100, "y"]) == b"A: " + b"x" * 100 + b"\r\n y\r\n"
