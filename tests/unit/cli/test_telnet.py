"""The verb: its steps keep their order, and what makes no sense is refused in one line."""

from __future__ import annotations

from typing import Any

import click
import pytest

from portside.cli import telnet
from portside.cli.telnet import command, in_order, settings, terminals_charset
from portside.cli.terminal.scripted import Do, Step


@pytest.mark.parametrize(
    ("said", "ordered"),
    [
        (["h", "--send", "a", "--expect", "b", "--send=c"], ["h", "--step=send:a", "--step=expect:b", "--step=send:c"]),
        (["--send-secret", "A", "h"], ["--step=secret:A", "h"]),
        (["h", "--", "--send", "a"], ["h", "--", "--send", "a"]),
        (["h", "--send"], ["h", "--send"]),
        (["--expect=", "h"], ["--step=expect:", "h"]),
    ],
)
def test_steps_keep_their_order(said: list[str], ordered: list[str]) -> None:
    assert in_order(said) == ordered


def values(*arguments: str) -> dict[str, Any]:
    with command.make_context("telnet", ["localhost", *arguments]) as ctx:
        return ctx.params


def test_steps_come_as_they_were_said() -> None:
    assert values("--expect", "a:b", "--send", "", "--send-secret", "P")["steps"] == (
        Step(Do.EXPECT, "a:b"),
        Step(Do.SEND, ""),
        Step(Do.SECRET, "P"),
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["--expect", "("],
        ["--env", "1A=b"],
        ["--env", "=b"],
        ["--send"],
        ["70000"],
        ["--charset", "klingon"],
        ["--charset", "hex"],
    ],
)
def test_what_makes_no_sense_is_refused(arguments: list[str]) -> None:
    with pytest.raises(click.UsageError):
        values(*arguments)


def test_a_broken_pattern_is_told_by_the_name_of_the_option_that_was_typed() -> None:
    with pytest.raises(click.BadParameter) as refused:
        values("--expect", "(")
    assert "'--expect'" in refused.value.format_message()


def test_only_named_variables_are_told_and_a_script_has_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("EDITOR", "vi")
    monkeypatch.setenv("SECRET", "canary")
    said = values("--env", "EDITOR", "--env", "A=b=c", "--env", "UNSET_HERE")
    script, person = settings(said, sitting=False), settings(said, sitting=True)
    assert script.environment == {"EDITOR": "vi", "A": "b=c", "UNSET_HERE": ""}
    assert (script.terminal, person.terminal) == ("unknown", "xterm")
    assert script.window is None
    assert script.tls is None
    assert settings(values("-k", "--terminal", "vt100"), sitting=False).terminal == "vt100"
    assert settings(values("--tls"), sitting=False).tls is not None
    assert settings(values("-v"), sitting=False).observer is not None
    assert settings(values("--charset", "cp437"), sitting=True).charset == "cp437"


@pytest.mark.parametrize(
    ("said", "believed"),
    [("UTF-8", "utf-8"), ("ANSI_X3.4-1968", "utf-8"), ("ISO-8859-15", "ISO-8859-15"), ("klingon", "utf-8")],
)
def test_the_terminals_character_set_is_the_locales_unless_nobody_has_set_one(
    said: str, believed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telnet.locale, "getencoding", lambda: said)
    assert terminals_charset() == believed
