from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.protocols.telnet.server.keyboard import LONGEST_SEQUENCE, Key, Keyboard, harmless


def _names(*pieces: str) -> list[str]:
    """Keys in <>, text as it is."""
    keyboard = Keyboard()
    strokes = [stroke for piece in pieces for stroke in keyboard.feed(piece)]
    strokes += keyboard.settle()
    return [f"<{stroke.name}>" if isinstance(stroke, Key) else stroke for stroke in strokes]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("abc", ["abc"]),
        ("\r", ["<enter>"]),
        ("\r\n", ["<enter>"]),
        ("\r\0", ["<enter>"]),
        ("\n", ["<enter>"]),
        ("\n\n", ["<enter>", "<enter>"]),
        ("a\rb", ["a", "<enter>", "b"]),
        ("\x7f\x08", ["<backspace>", "<backspace>"]),
        ("\x03", ["<ctrl-c>"]),
        ("\t", ["<tab>"]),
        ("\x1b[A", ["<up>"]),
        ("\x1bOB", ["<down>"]),
        ("\x1b[1;5C", ["<right>"]),
        ("\x1b[3~", ["<delete>"]),
        ("\x1b[5~\x1b[6~", ["<page-up>", "<page-down>"]),
        ("\x1bOP\x1b[24~", ["<f1>", "<f12>"]),
        ("\x1b[1~\x1b[H\x1b[4~\x1bOF", ["<home>", "<home>", "<end>", "<end>"]),
        ("\x1b", ["<escape>"]),
        ("\x1b[", ["<escape>"]),
        ("\x1bx", ["<escape>", "x"]),
        ("\x1b[?1;2c", []),
        ("\x1b[99~", []),
        ("\0\x1c\x9b\x80", []),
        ("日本", ["日本"]),
    ],
)
def test_characters_become_keys(typed: str, expected: list[str]) -> None:
    assert _names(typed) == expected


_TYPED = st.lists(
    st.sampled_from(
        ["a", "日", "\r\n", "\r\0", "\r", "\n", "\x1b[A", "\x1b[15~", "\x1bOP", "\x03", "\x7f", "\x1b[1;2B"]
    )
).map("".join)


@given(_TYPED, st.data())
def test_any_split_gives_the_same(typed: str, data: st.DataObject) -> None:
    places = sorted(data.draw(st.sets(st.integers(0, len(typed)), max_size=6)))
    pieces = [typed[start:stop] for start, stop in zip([0, *places], [*places, len(typed)], strict=True)]
    assert "".join(_names(*pieces)) == "".join(_names(typed))


def test_a_line_end_whose_second_half_comes_later_is_one() -> None:
    assert _names("a\r", "\nb\r", "\0c\r", "d") == ["a", "<enter>", "b", "<enter>", "c", "<enter>", "d"]


def test_a_sequence_that_never_ends_is_not_kept() -> None:
    keyboard = Keyboard()
    assert list(keyboard.feed("\x1b[" + "1" * LONGEST_SEQUENCE)) == []
    assert not keyboard.undecided
    assert list(keyboard.feed("abc")) == ["abc"]


def test_a_sequence_that_has_begun_waits_for_its_rest() -> None:
    keyboard = Keyboard()
    assert list(keyboard.feed("\x1b[1")) == []
    assert keyboard.undecided
    assert [stroke.name for stroke in keyboard.feed("5~") if isinstance(stroke, Key)] == ["f5"]
    assert not keyboard.undecided


@given(st.text())
def test_text_holds_no_control_characters(typed: str) -> None:
    keyboard = Keyboard()
    for stroke in [*keyboard.feed(typed), *keyboard.settle()]:
        if isinstance(stroke, str):
            assert stroke
            assert not any(character < " " or "\x7f" <= character <= "\x9f" for character in stroke)


@given(st.text())
def test_a_key_remembers_the_characters_it_came_by(typed: str) -> None:
    keyboard = Keyboard()
    for stroke in keyboard.feed(typed):
        if isinstance(stroke, Key) and stroke.name != "enter":
            assert stroke.source in typed


@pytest.mark.parametrize("unseen", ["\u202e", "\u2066", "\u200b", "\ufeff", "\u2028", "\U000e0041"])
def test_what_turns_text_around_is_taken_out(unseen: str) -> None:
    assert harmless(f"gr{unseen}ün") == "grün"
