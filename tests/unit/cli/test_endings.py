from __future__ import annotations

import sys

import click
import pytest

from portside import errors
from portside.cli.endings import BROKEN_PIPE, BUG, DEBUG, debugging, end


@pytest.fixture(autouse=True)
def no_debugging(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(DEBUG, raising=False)


def _raised(error: BaseException) -> BaseException:
    try:
        raise error
    except BaseException as caught:
        return caught


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (errors.UsageError("no"), 2, "no"),
        (errors.RemoteError("404 Not Found", 404), 1, "404 Not Found"),
        (errors.BrokenPromise("cut short"), 6, "cut short"),
        (errors.LoginFailed("who?"), 4, "who?"),
        (errors.ConnectError("nobody"), 3, "nobody"),
        (errors.CertificateError("expired", "expired"), 4, "expired"),
        (errors.TimedOut("slow"), 5, "slow"),
        (errors.RemoteError("evil\x1b[2J\nsecond line"), 1, r"evil\x1b[2J\nsecond line"),
        (click.UsageError("Missing argument 'URL'."), 2, "missing argument 'URL'"),
        (click.UsageError("Several\n  lines."), 2, "several lines"),
        (click.ClickException("Other."), 1, "Other."),
        (FileNotFoundError(2, "No such file or directory", "/a\nb"), 1, r"/a\nb: no such file or directory"),
        (OSError(28, "No space left on device"), 1, "no space left on device"),
        (OSError("odd"), 1, "odd"),
        (KeyError("x"), BUG, f"this is a bug of portside, please report it: KeyError: 'x'; {DEBUG}=1 shows where"),
        (AssertionError(), BUG, f"this is a bug of portside, please report it: AssertionError; {DEBUG}=1 shows where"),
    ],
)
def test_every_error_is_one_line_and_a_code(
    error: Exception, code: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert end(_raised(error)) == code
    assert capsys.readouterr() == ("", f"portside: {line}\n")


@pytest.mark.parametrize(
    ("error", "code"), [(KeyboardInterrupt(), 130), (click.Abort(), 130), (click.exceptions.Exit(7), 7)]
)
def test_some_ends_need_no_words(error: BaseException, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert end(error) == code
    assert capsys.readouterr() == ("", "")


def test_a_reader_who_left_is_no_news(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdout", sys.stdout)
    assert end(BrokenPipeError(32, "Broken pipe")) == BROKEN_PIPE
    assert capsys.readouterr().err == ""
    assert sys.stdout is None, "what is still in its buffer must not fail again at the end"


def test_what_is_no_ending_of_a_command_is_raised_again() -> None:
    with pytest.raises(SystemExit):
        end(SystemExit(3))


def test_a_traceback_is_for_those_who_ask(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv(DEBUG, "1")
    assert debugging()
    assert end(_raised(KeyError("x"))) == BUG
    said = capsys.readouterr().err
    assert "Traceback (most recent call last)" in said
    assert said.endswith("portside: this is a bug of portside, please report it: KeyError: 'x'\n")


@pytest.mark.parametrize("value", ["", "0"])
def test_debugging_is_off_by_these_values(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DEBUG, value)
    assert not debugging()
