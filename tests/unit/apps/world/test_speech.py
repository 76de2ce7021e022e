"""What is said is harmless, and nobody can pass for another."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.apps.world.speech import LONGEST_LINE, UNSEEN, clean, name_key, refusal, spelt


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  hello   you ", "hello you"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("\x9b2J", "2J"),
        ("a\x00b\x07c\x7fd", "abcd"),
        ("one\ntwo\rthree\tfour", "one two three four"),
        ("one\u2028two\u2029three\x85four", "one two three four"),
        ("\u202ebackwards\u202c \u2066x\u2069", "backwards x"),
        ("zero\u200bwidth\u200d\ufeff", "zerowidth"),
        ("\ud800lone", "lone"),
        ("\ue000private", "private"),
        ("Ωδή, 你好, naïve", "Ωδή, 你好, naïve"),
        ("o" + "\u0323\u0302\u0301" * 9, "ộ\u0323\u0323"),
        ("", ""),
    ],
)
def test_only_what_can_be_seen_is_kept(typed: str, kept: str) -> None:
    assert clean(typed) == kept


def test_a_saying_has_an_end() -> None:
    assert len(clean("x" * 10_000)) == LONGEST_LINE
    assert clean("word " * 10_000, 8) == "word wor"


@given(st.text())
def test_whatever_is_typed_comes_out_on_one_line_without_controls(text: str) -> None:
    kept = clean(text)
    assert not any(unicodedata.category(letter) in UNSEEN for letter in kept)
    assert kept == " ".join(kept.split())
    assert clean(kept) == kept


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Anna", "anna"),
        ("ANNA", "anna"),
        ("Änna", "anna"),
        ("A\u0308nna", "anna"),
        ("Ａｎｎａ", "anna"),
        ("Strauß", "strauss"),
        ("Søren", "soren"),
        ("x" * 16, "x" * 16),
        ("x" * 17, ""),
        ("A", ""),
        ("Аnna", ""),  # begins with a Cyrillic letter
        ("Anna1", ""),
        ("An na", ""),
        ("An\x1bna", ""),
        ("-rf", ""),
        ("", ""),
    ],
)
def test_names_that_look_alike_are_one(name: str, key: str) -> None:
    assert name_key(name) == key


@pytest.mark.parametrize("name", ["you", "Somebody", "GUEST", "The", "Crow", "narrator", "röot"])
def test_a_name_that_would_read_as_something_else_is_refused(name: str) -> None:
    assert "means something else here" in refusal(name, frozenset({"crow"}))


def test_a_name_is_spelt_with_one_capital() -> None:
    assert spelt("aNNA") == "Anna"
    assert refusal("Anna", frozenset()) == ""
    assert "2 to 16 letters" in refusal("4711", frozenset())
