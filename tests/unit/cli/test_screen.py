from __future__ import annotations

import io
import os
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.cli.screen import is_watched, show, tell, tell_freely, visible, warn


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("Grüße, 世界", "Grüße, 世界"),
        ("a\x1b[2Jb", r"a\x1b[2Jb"),
        ("two\nlines\r", r"two\nlines\r"),
        ("\x00\x07\x7f\x9b", r"\x00\x07\x7f\x9b"),
        ("a\u202eb\u2066c\u2028d", r"a\u202eb\u2066c\u2028d"),
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


def test_data_goes_to_stdout_and_words_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    show("data\x1b")
    tell("words\n")
    warn("care")
    tell_freely("one\ntwo\x07")
    said = capsys.readouterr()
    assert said.out == "data\\x1b\n"
    assert said.err == "portside: words\\n\nportside: warning: care\none\ntwo\\x07\n"


class Gone(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


def test_words_that_nobody_reads_do_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Gone())
    tell("to a pipe without a reader")
    assert sys.stderr is None
    tell("to nobody at all")


def test_only_an_open_terminal_is_watched() -> None:
    closed = io.StringIO()
    closed.close()
    assert not is_watched(None)
    assert not is_watched(closed)
    assert not is_watched(io.StringIO())
    leader, follower = os.openpty()
    with os.fdopen(leader), os.fdopen(follower) as terminal:
        assert is_watched(terminal)
