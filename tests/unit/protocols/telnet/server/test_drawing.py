from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from portside.protocols.telnet.server.drawing import DrawnLine
from portside.protocols.telnet.server.layout import behind
from portside.protocols.telnet.server.styles import FEW, styled
from tests.support.visitors import seen

TEXT = st.text("abc 日本ø", max_size=30)


def _window(said: str, columns: int) -> tuple[str, tuple[int, int]]:
    lines, cursor = seen(said.replace("\n", "\r\n").encode(), columns, 40)
    return "\n".join(lines), cursor


@given(
    st.lists(st.tuples(TEXT, st.integers(0, 30)), min_size=1, max_size=8),
    st.integers(8, 20),
    st.text("> x", max_size=9),
)
def test_the_window_shows_the_line_whatever_it_was_before(
    steps: list[tuple[str, int]], columns: int, prompt: str
) -> None:
    drawn = DrawnLine(prompt)
    said = drawn.paint(columns)
    for text, place in steps:
        cursor = min(place, len(text))
        said += drawn.show(text, cursor, columns)
    fresh = DrawnLine(prompt)
    fresh_said = fresh.paint(columns) + fresh.show(text, cursor, columns)
    assert _window(said, columns) == _window(fresh_said, columns)
    where = behind(text[:cursor], columns, behind(prompt, columns))
    assert _window(said, columns)[1] == (where.row, where.column)


@given(TEXT, st.integers(8, 20))
def test_typing_at_the_end_and_taking_it_back_leaves_nothing(text: str, columns: int) -> None:
    drawn = DrawnLine("> ")
    said = drawn.paint(columns)
    for count in [*range(len(text) + 1), *range(len(text) - 1, -1, -1)]:
        said += drawn.show(text[:count], count, columns)
    assert _window(said, columns) == (">", (0, 2))


@given(TEXT, st.integers(0, 30), st.integers(8, 20))
def test_an_erased_line_leaves_an_empty_window(text: str, cursor: int, columns: int) -> None:
    drawn = DrawnLine("> ")
    said = drawn.paint(columns) + drawn.show(text, min(cursor, len(text)), columns) + drawn.erase(columns)
    assert _window(said, columns) == ("", (0, 0))


@given(TEXT, st.integers(0, 30), st.integers(8, 20))
def test_a_finished_line_leaves_the_cursor_in_the_next_row(text: str, cursor: int, columns: int) -> None:
    drawn = DrawnLine("> ")
    said = drawn.paint(columns) + drawn.show(text, min(cursor, len(text)), columns) + drawn.finish(columns)
    end = behind(text, columns, behind("> ", columns))
    row = end.row if end.row and not end.column else end.row + 1
    assert _window(said, columns)[1] == (row, 0)


def test_one_more_character_is_all_that_is_sent_for_it() -> None:
    drawn = DrawnLine("> ")
    drawn.show("ab", 2, 80)
    assert drawn.show("abc", 3, 80) == "c"


def test_styles_of_a_prompt_take_no_room() -> None:
    drawn = DrawnLine(styled("> ", "bold red", FEW))
    drawn.show("ab", 0, 80)
    assert drawn.show("ab", 1, 80).endswith("\r\x1b[3C")
