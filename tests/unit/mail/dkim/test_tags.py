"""Lists of tags: as RFC 6376 §3.2 draws them, and bounded."""

from __future__ import annotations

import pytest

from portside.errors import RemoteError
from portside.mail.dkim.tags import LONGEST_LIST, MOST_TAGS, names, number, octets, parse_tags


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("v=1; a=b", {"v": "1", "a": "b"}),
        ("v=1;a=b;", {"v": "1", "a": "b"}),
        (" v = 1 ;\r\n\ta = b c \r\n ; ", {"v": "1", "a": "b c"}),
        ("a=b=c", {"a": "b=c"}),
        ("a=;b=", {"a": "", "b": ""}),
        ("A=1;a=2", {"A": "1", "a": "2"}),
        ("", {}),
    ],
)
def test_a_list_is_read(text: str, tags: dict[str, str]) -> None:
    assert parse_tags(text) == tags


@pytest.mark.parametrize(
    "text", ["a", "a=1;a=2", "=1", "1a=b", "a b=c", "a=1;;b=2", ";", "ä=1", "a-b=1", "x" * (LONGEST_LIST + 1),
             ";".join(f"t{number}=x" for number in range(MOST_TAGS + 1))]
)  # fmt: skip
def test_what_is_no_list_is_refused(text: str) -> None:
    with pytest.raises(RemoteError):
        parse_tags(text)


def test_octets_are_read_whatever_white_space_stands_in_them() -> None:
    assert octets({"b": "Y W\r\n\tJj"}, "b") == b"abc"
    assert octets({}, "b") == b""


@pytest.mark.parametrize("value", ["Y", "YWJj=", "Y!Jj", "YWJjä", "YQ==YQ=="])
def test_what_is_no_base64_is_refused(value: str) -> None:
    with pytest.raises(RemoteError, match="no base64"):
        octets({"b": value}, "b")


def test_numbers_are_decimal_digits() -> None:
    assert number({"l": "0012"}, "l") == 12
    assert number({}, "l") is None


@pytest.mark.parametrize("value", ["", "-1", "+1", "1_0", "0x1", "١", "1 0", "1" * 21])
def test_what_is_no_number_is_refused(value: str) -> None:
    with pytest.raises(RemoteError, match="no number"):
        number({"l": value}, "l")


def test_names_stand_between_colons() -> None:
    assert names({"h": "From : To:: subject"}, "h") == ("from", "to", "subject")
    assert names({}, "h", "sha256") == ("sha256",)
