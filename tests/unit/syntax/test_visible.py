"""Text made fit to be shown."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.syntax.visible import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("Grüße, 世界", "Grüße, 世界"),
        ("a\x1b[2Jb", r"a\x1b[2Jb"),
        ("two\nlines\r", r"two\nlines\r"),
        ("\x00\x07\x7f\x9b", r"\x00\x07\x7f\x9b"),
        ("a\u202eb\u2066c\u2028d", r"a\u202eb\u2066c\u2028d"),
        ("a\u061cb", r"a\u061cb"),
        (os.fsdecode(b"\xff"), r"\udcff"),
    ],
)
def test_control_characters_become_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(st.characters(codec=None)))
def test_no_text_moves_the_cursor_or_breaks_a_stream(text: str) -> None:
    shown = visible(text)
    assert not any(ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 for char in shown)
    assert len(shown.splitlines()) <= 1
    shown.encode("utf-8")
