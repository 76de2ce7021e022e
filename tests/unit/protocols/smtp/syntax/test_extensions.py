"""What a server offers, as it is read and as it is said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.errors import LocalError
from portside.protocols.smtp.syntax.extensions import (
    DESCRIPTIONS,
    PARAMETERS,
    Extensions,
    parse_extensions,
    serialise_extensions,
)

OFFERS = [
    ("SIZE 1000000", {"SIZE": "1000000"}),  # RFC 1870 §8
    ("SIZE", {"SIZE": ""}),
    ("size 5", {"SIZE": "5"}),
    ("PIPELINING", {"PIPELINING": ""}),
    ("8BITMIME", {"8BITMIME": ""}),
    ("SMTPUTF8", {"SMTPUTF8": ""}),
    ("AUTH PLAIN LOGIN", {"AUTH": "PLAIN LOGIN"}),  # RFC 4954 §3
    ("AUTH=PLAIN LOGIN", {"AUTH": "PLAIN LOGIN"}),  # an early draft, in use
    ("LIMITS RCPTMAX=20 MAILMAX=5", {"LIMITS": "RCPTMAX=20 MAILMAX=5"}),  # RFC 9422 §3
    ("X-OWN a=b c", {"X-OWN": "a=b c"}),
    ("DSN  ", {"DSN": ""}),
    ("-no", {}),
    ("", {}),
    ("ümlaut", {}),
    ("a_b", {}),
]


@pytest.mark.parametrize(("line", "keywords"), OFFERS)
def test_a_line_of_ehlo_is_a_keyword_and_what_follows_it(line: str, keywords: dict[str, str]) -> None:
    assert dict(parse_extensions(["x.test hello", line]).keywords) == keywords


def test_the_first_line_is_a_name_and_a_greeting() -> None:
    extensions = parse_extensions(["foo.com greets bar.com", "8BITMIME", "DSN"])  # RFC 5321 §D.1
    assert extensions.name == "foo.com"
    assert "DSN" in extensions and "HELP" not in extensions and "greets" not in extensions
    assert parse_extensions([]) == Extensions()


@pytest.mark.parametrize(
    ("value", "size"),
    [("100", 100), ("0", None), ("", None), ("-1", None), ("1_0", None), ("9" * 21, None), ("٣", None)],
)
def test_the_size_is_a_limit_where_one_is_told(value: str, size: int | None) -> None:
    assert Extensions("", {"SIZE": value}).size == size
    assert Extensions().size is None


def test_mechanisms_are_told_once_by_either_spelling() -> None:
    extensions = parse_extensions(["x", "AUTH plain LOGIN", "AUTH=LOGIN SCRAM-SHA-256"])
    assert extensions.mechanisms == ("PLAIN", "LOGIN", "SCRAM-SHA-256")


def test_limits_are_numbers_and_nothing_else() -> None:
    extensions = parse_extensions(["x", "LIMITS RCPTMAX=20 MAILMAX=+5 RCPTDOMAINMAX=x =3 other=7"])
    assert dict(extensions.limits) == {"RCPTMAX": 20, "OTHER": 7}


def test_an_extension_brings_its_parameters() -> None:
    assert parse_extensions(["x", "SIZE 5", "DSN", "8BITMIME"]).parameters == {
        "SIZE", "BODY", "RET", "ENVID", "NOTIFY", "ORCPT",
    }  # fmt: skip
    assert Extensions().parameters == frozenset()
    assert PARAMETERS.keys() <= DESCRIPTIONS.keys()


def test_what_is_offered_is_said_in_lines() -> None:
    extensions = Extensions("x.test", {"SIZE": "5", "PIPELINING": ""})
    assert serialise_extensions(extensions) == ("x.test", "SIZE 5", "PIPELINING")
    assert serialise_extensions(Extensions("x.test")) == ("x.test",)
    with pytest.raises(LocalError):
        serialise_extensions(Extensions("x.test", {"A B": ""}))


KEYWORDS = st.dictionaries(
    st.from_regex(r"[A-Z0-9][A-Z0-9-]{0,10}", fullmatch=True),
    st.from_regex(r"([a-z0-9]+( [a-z0-9]+)*)?", fullmatch=True),
)


@given(KEYWORDS)
def test_what_is_said_is_read_the_same(keywords: dict[str, str]) -> None:
    extensions = Extensions("x.test", keywords)
    assert dict(parse_extensions(serialise_extensions(extensions)).keywords) == keywords
