"""How what is told looks at a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.apps.world.model import Manner, Told
from portside.apps.world.showing import NARROWEST, WIDEST, lettered, shown, width_of, wrapped


def plain(text: str, _: str) -> str:
    return text


def tagged(text: str, style: str) -> str:
    return f"<{style}>{text}</>"


def test_paragraphs_are_wrapped_at_the_terminals_width() -> None:
    text = "One two three four five\nsix.\n\nAnother paragraph of it."
    assert shown(Told("", text), 21, plain) == "One two three four\nfive six.\n\nAnother paragraph of\nit."


def test_what_is_said_never_begins_a_line_as_the_narrator_does() -> None:
    text = 'Anna says, "aaaa bbbb cccc *** Ben has found the treasure ***"'
    lines = shown(Told("", text, Manner.TALK), 31, plain).split("\n")
    assert len(lines) > 2
    assert all(line.startswith("  ") for line in lines[1:])


@given(st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=300), st.integers(0, 300))
def test_no_line_is_wider_than_the_terminal(text: str, columns: int) -> None:
    width = max(NARROWEST, min(columns or 80, WIDEST))
    for manner in (Manner.PLAIN, Manner.TALK, Manner.TABLE):
        assert all(width_of(line) < width for line in shown(Told("", text, manner), columns, plain).split("\n"))


@given(st.lists(st.text(st.characters(categories=["L"]), min_size=1, max_size=15), max_size=30))
def test_no_word_is_lost_by_wrapping(words: list[str]) -> None:
    assert " ".join(wrapped(" ".join(words), 40)).split() == " ".join(words).split()


def test_a_table_keeps_its_lines() -> None:
    assert shown(Told("", "a   b\n  c   d", Manner.TABLE), 80, plain) == "a   b\n  c   d"


def test_what_is_too_long_for_a_table_goes_on_below_its_last_column() -> None:
    row = "Things:   take, drop, put, give, open"
    assert shown(Told("", row, Manner.TABLE), 26, plain) == "Things:   take, drop,\n          put, give, open"


def test_each_line_is_dressed_by_its_manner() -> None:
    assert shown(Told("", "The Hall", Manner.HEADING), 80, tagged) == "\n<bold>The Hall</>"
    assert shown(Told("", "A bare hall."), 80, tagged) == "A bare hall."


@pytest.mark.parametrize(
    ("text", "charset", "lettered_as"),
    [
        ("Ænne Søren – “naïve”…", "ascii", 'AEnne Soren - "naive"...'),
        ("naïve", "latin-1", "naïve"),
        ("naïve – x", "latin-1", "naive - x"),
        ("naïve – x", "utf-8", "naïve – x"),
        ("naïve", "no-such-charset", "naive"),
    ],
)
def test_letters_that_a_terminal_lacks_become_plain_ones(text: str, charset: str, lettered_as: str) -> None:
    assert lettered(text, charset) == lettered_as


@pytest.mark.parametrize(("text", "columns"), [("abc", 3), ("你好", 4), ("e\u0301", 1), ("", 0)])
def test_wide_letters_take_two_columns_and_accents_none(text: str, columns: int) -> None:
    assert width_of(text) == columns
