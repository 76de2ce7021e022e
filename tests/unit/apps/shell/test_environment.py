from __future__ import annotations

import os
from pathlib import Path

import pytest

from portside.apps.shell.environment import DUMB, VARIABLES, Owner, environment, owner

ANN = Owner("ann", "/home/ann", "/bin/bash")


def test_it_is_made_from_scratch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_THE_SERVER", "x")
    monkeypatch.setenv("LANG", "C.UTF-8")
    made = environment(ANN, "xterm", {})
    assert set(made) == {"HOME", "LANG", "LOGNAME", "PATH", "SHELL", "TERM", "USER"}
    assert (made["HOME"], made["LOGNAME"], made["USER"], made["SHELL"]) == ("/home/ann", "ann", "ann", "/bin/bash")
    assert made["LANG"] == "C.UTF-8"


@pytest.mark.parametrize("name", ["USER", "LOGNAME", "HOME", "SHELL", "PATH", "TERM", "LD_PRELOAD", "IFS", "BASH_ENV"])
@pytest.mark.parametrize("value", ["-f root", "root", "/tmp/evil"])
def test_nothing_that_steers_a_program_comes_from_the_visitor(name: str, value: str) -> None:
    assert environment(ANN, "xterm", {name: value}) == environment(ANN, "xterm", {})


@pytest.mark.parametrize(
    "value", ["", "-f root", "../../evil", "/tmp/locale", "a b", "a\nb", "%n%n", "x" * 41, "$(id)"]
)
def test_a_value_that_is_none_of_a_language_does_not_pass(value: str) -> None:
    assert "LC_TIME" not in environment(ANN, "xterm", {"LC_TIME": value})


def test_language_and_colours_pass() -> None:
    made = environment(ANN, "xterm", {"LANG": "de_DE.UTF-8", "LC_TIME": "en_GB@euro", "COLORTERM": "truecolor"})
    assert (made["LANG"], made["LC_TIME"], made["COLORTERM"]) == ("de_DE.UTF-8", "en_GB@euro", "truecolor")
    assert set(VARIABLES) >= {"LANG", "LC_TIME", "COLORTERM"}


@pytest.mark.parametrize(
    ("terminal", "expected"),
    [
        ("xterm-256color", "xterm-256color"),
        ("vt100+x.y", "vt100+x.y"),
        ("", DUMB),
        ("-f", DUMB),
        ("../x", DUMB),
        ("a b", DUMB),
    ],
)
def test_a_terminal_has_a_name_or_is_dumb(terminal: str, expected: str) -> None:
    assert environment(ANN, terminal, {})["TERM"] == expected


def test_the_owner_is_who_serves_at_the_home_of_the_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert owner().home == str(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "missing"))
    assert owner().home != str(tmp_path / "missing")
    assert Path(owner().shell).is_absolute()


def test_an_owner_whom_the_system_does_not_know_has_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 987654)
    assert owner().name == "987654"
