from __future__ import annotations

import io
import os
import sys

import pytest

from portside.cli.screen import is_watched, show, tell, tell_freely, warn


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
