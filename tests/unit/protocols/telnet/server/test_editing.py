from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.protocols.telnet.server.editing import HISTORY, Editor, Effect, remember

KEYS = [
    "left", "right", "home", "end", "backspace", "delete", "up", "down", "ctrl-u", "ctrl-w", "ctrl-k", "ctrl-a", "tab",
    "ctrl-d", "ctrl-e", "ctrl-p", "ctrl-n", "f5", "escape",
]  # fmt: skip


def _typed(*strokes: str, limit: int = 100, history: list[str] | None = None) -> Editor:
    """Strokes in <> are keys."""
    editor = Editor(limit, history)
    for stroke in strokes:
        editor.press(stroke[1:-1]) if stroke.startswith("<") else editor.insert(stroke)
    return editor


@pytest.mark.parametrize(
    ("strokes", "text", "cursor"),
    [
        (["abc"], "abc", 3),
        (["abc", "<left>", "x"], "abxc", 3),
        (["abc", "<home>", "x"], "xabc", 1),
        (["abc", "<home>", "<end>", "x"], "abcx", 4),
        (["abc", "<backspace>"], "ab", 2),
        (["<backspace>"], "", 0),
        (["abc", "<left>", "<left>", "<delete>"], "ac", 1),
        (["abc", "<left>", "<ctrl-d>"], "ab", 2),
        (["one two", "<ctrl-w>"], "one ", 4),
        (["one two  ", "<ctrl-w>"], "one ", 4),
        (["one", "<ctrl-w>", "<ctrl-w>"], "", 0),
        (["one two", "<left>", "<left>", "<ctrl-u>"], "wo", 0),
        (["one two", "<left>", "<left>", "<ctrl-k>"], "one t", 5),
        (["a", "<tab>", "b"], "a b", 3),
        (["日本", "<left>", "<backspace>"], "本", 0),
    ],
)
def test_keys_edit_the_line(strokes: list[str], text: str, cursor: int) -> None:
    editor = _typed(*strokes)
    assert (editor.text, editor.cursor) == (text, cursor)


@pytest.mark.parametrize(
    ("strokes", "text"),
    [
        (["<up>"], "two"),
        (["<up>", "<up>"], "one"),
        (["<up>", "<up>", "<up>"], "one"),
        (["mine", "<up>", "<down>"], "mine"),
        (["<up>", "x", "<up>", "<down>"], "twox"),
        (["<down>"], ""),
    ],
)
def test_lines_before_come_back(strokes: list[str], text: str) -> None:
    assert _typed(*strokes, history=["one", "two"]).text == text


def test_what_is_too_much_is_not_taken() -> None:
    editor = Editor(5)
    assert editor.insert("abc") is Effect.APPENDED
    assert editor.insert("defg") is Effect.FULL
    assert (editor.text, editor.lost) == ("abcde", 2)


def test_a_line_of_history_is_no_longer_than_the_limit() -> None:
    assert _typed("<up>", limit=2, history=["long"]).text == "lo"


@pytest.mark.parametrize(
    ("key", "effect"),
    [("enter", Effect.DONE), ("ctrl-d", Effect.END), ("left", Effect.NOTHING), ("f1", Effect.NOTHING)],
)
def test_what_a_key_did_is_told(key: str, effect: Effect) -> None:
    assert Editor(5).press(key) is effect


@given(st.lists(st.sampled_from([*KEYS]) | st.text("abc 日", max_size=4).map(lambda text: f"+{text}"), max_size=30))
def test_the_line_is_never_above_its_limit_and_the_cursor_within_it(strokes: list[str]) -> None:
    editor = Editor(7, ["a long line of history", "b"])
    for stroke in strokes:
        editor.insert(stroke[1:]) if stroke.startswith("+") else editor.press(stroke)
        assert 0 <= editor.cursor <= len(editor.text) <= 7


def test_history_holds_what_was_said_once() -> None:
    history: list[str] = []
    for line in ("a", "a", " ", "", "b", "a"):
        remember(line, history)
    assert history == ["a", "b", "a"]


def test_history_forgets_what_is_old() -> None:
    history: list[str] = []
    for number in range(HISTORY + 5):
        remember(str(number), history)
    assert (len(history), history[0]) == (HISTORY, "5")
