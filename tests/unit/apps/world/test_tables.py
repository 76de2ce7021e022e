"""What is wrong in a world's file is said with its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from portside.apps.world.tables import LONGEST_TEXT, MOST_NUMBER, Table
from portside.errors import UsageError

VALUES = {
    "name": "  A hall ",
    "size": 3,
    "dark": True,
    "words": ["a", "b"],
    "word": "a",
    "below": {"x": "1", "y": "2"},
    "rows": [{"n": 1}, {"n": 2}],
}


def table() -> Table:
    return Table(Path("w.toml"), "rooms.hall", VALUES)


def test_each_kind_of_value_is_read() -> None:
    values = table()
    assert values.text("name") == "A hall"
    assert values.number("size") == 3
    assert values.flag("dark") is True
    assert values.flag("light") is False
    assert values.texts("words") == ("a", "b")
    assert values.texts("word") == ("a",)
    assert values.texts("none") == ()
    assert values.choice("word", ("a", "b"), "b") == "a"
    assert dict(values.table("below").pairs()) == {"x": "1", "y": "2"}
    assert [row.number("n") for row in values.rows("rows")] == [1, 2]
    assert values.text("missing", "instead") == "instead"
    assert "name" in values and "missing" not in values
    assert values.holds_table("below") and not values.holds_table("name")
    values.end()


@pytest.mark.parametrize(
    ("read", "says"),
    [
        (lambda values: values.text("missing"), "needs 'missing'"),
        (lambda values: values.text("size"), "'size' has to be a text in quotes"),
        (lambda values: values.number("name"), f"'name' has to be a whole number from 0 to {MOST_NUMBER}"),
        (lambda values: values.number("dark"), "'dark' has to be a whole number"),
        (lambda values: values.number("size", least=4), "from 4 to"),
        (lambda values: values.flag("size"), "'size' has to be true or false"),
        (lambda values: values.texts("rows"), "'rows' has to be a list of texts"),
        (lambda values: values.choice("word", ("x", "y"), "x"), "'word' has to be one of: x, y"),
        (lambda values: values.table("name"), "'name' has to be a table"),
        (lambda values: values.rows("words"), "'words' has to be a list of tables"),
        (lambda values: values.end(), "has 'name', which means nothing here"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(read: Callable[[Table], object], says: str) -> None:
    with pytest.raises(UsageError, match=rf"^w.toml: \[rooms.hall\] .*{says}"):
        read(table())


def test_a_row_is_named_by_its_number() -> None:
    second = table().rows("rows")[1]
    with pytest.raises(UsageError, match=r"\[rooms.hall.rows, number 2\] needs 'text'"):
        second.text("text")


@pytest.mark.parametrize("text", ["\x1b[31mred", "a\x00b", "\u202egolb", "x" * (LONGEST_TEXT + 1)])
def test_a_text_that_is_too_long_or_speaks_to_terminals_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"control character|longer than"):
        Table(Path("w.toml"), "world", {"name": text}).text("name")
