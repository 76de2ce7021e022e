from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.protocols.telnet.server.layout import START, Place, behind, flowing, width


@pytest.mark.parametrize(
    ("character", "expected"), [("a", 1), ("ø", 1), ("日", 2), ("😀", 2), ("\u0301", 0), ("\u200d", 0), ("Ａ", 2)]
)
def test_characters_take_no_column_or_one_or_two(character: str, expected: int) -> None:
    assert width(character) == expected


@pytest.mark.parametrize(
    ("text", "columns", "expected"),
    [
        ("", 10, START),
        ("abc", 10, Place(0, 3)),
        ("x" * 10, 10, Place(1, 0)),
        ("x" * 25, 10, Place(2, 5)),
        ("日本", 10, Place(0, 4)),
        ("日本", 3, Place(1, 2)),
        ("e\u0301", 10, Place(0, 1)),
    ],
)
def test_the_cursor_stands_behind_what_was_written(text: str, columns: int, expected: Place) -> None:
    assert behind(text, columns) == expected


@pytest.mark.parametrize(
    ("text", "columns", "expected"),
    [("日本", 3, "日\n本"), ("日本", 4, "日本"), ("a日b", 2, "a\n日b"), ("abc", 2, "abc"), ("日", 2, "日")],
)
def test_a_wide_character_without_room_goes_to_the_next_row(text: str, columns: int, expected: str) -> None:
    assert flowing(text, columns, START) == expected


@given(st.text("ab日\u0301", max_size=40), st.text("ab日\u0301", max_size=40), st.integers(2, 12))
def test_text_in_two_parts_ends_where_the_whole_ends(first: str, second: str, columns: int) -> None:
    assert behind(second, columns, behind(first, columns)) == behind(first + second, columns)
