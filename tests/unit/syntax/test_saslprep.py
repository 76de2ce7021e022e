"""Users and passwords made alike: the examples of RFC 4013, and what is refused."""

from __future__ import annotations

import pytest

from portside.syntax.saslprep import saslprep


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I\u00adX", "IX"),
        ("user", "user"),
        ("USER", "USER"),
        ("\u00aa", "a"),
        ("\u2168", "IX"),
        ("a\u00a0b", "a b"),
        ("p\u0308", "p\u0308"),
        ("u\u0308", "\u00fc"),
        ("\u0627\u0628", "\u0627\u0628"),
        ("", ""),
    ],
)
def test_what_looks_alike_becomes_alike(text: str, expected: str) -> None:
    assert saslprep(text) == expected


@pytest.mark.parametrize("text", ["\x07", "a\x7f", "\u0627\x31", "\ue000", "\ufffd", "\u0627a\u0627", "\u200e"])
def test_what_is_in_no_name_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"character U|both directions"):
        saslprep(text)
