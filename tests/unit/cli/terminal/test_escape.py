"""The words of the escape prompt."""

from __future__ import annotations

import pytest

from portside.cli.terminal.escape import SIGNALS, WORDS, carry_out
from portside.errors import UsageError
from portside.protocols.telnet.messages import Control


class Told:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.done: list[object] = []

    def quit(self) -> None:
        self.done.append("quit")

    def suspend(self) -> None:
        self.done.append("suspend")

    def signal(self, kind: Control) -> None:
        self.done.append(kind)

    def send_escape(self) -> None:
        self.done.append("escape")

    def status(self) -> list[str]:
        return ["fine"]

    def toggle(self, what: str) -> str:
        return f"toggled {what}"

    def set(self, what: str, value: str) -> str:
        return f"{what} is {value}"

    def mode(self, edit: bool) -> None:
        self.done.append(("edit", edit))

    def log(self, path: str) -> str:
        return f"to {path}"

    def environment(self, words: list[str]) -> list[str]:
        return words or ["nothing"]


@pytest.mark.parametrize(
    ("line", "done"),
    [
        ("", []),
        ("close", ["quit"]),
        ("quit", ["quit"]),
        ("q", ["quit"]),
        ("c", ["quit"]),
        ("z", ["suspend"]),
        ("!", ["suspend"]),
        ("send ip", [Control.IP]),
        ("send SYNCH", [Control.SYNCH]),
        ("sen ayt", [Control.AYT]),
        ("send escape", ["escape"]),
        ("mode line", [("edit", True)]),
        ("mode character", [("edit", False)]),
    ],
)
def test_a_word_is_carried_out(line: str, done: list[object]) -> None:
    told = Told()
    assert carry_out(line, told) == []
    assert told.done == done


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("status", ["fine"]),
        ("toggle binary", ["toggled binary"]),
        ("set escape ^A", ["escape is ^A"]),
        ("log 'a file'", ["to a file"]),
        ("environ", ["nothing"]),
        ("environ A=1 B", ["A=1", "B"]),
    ],
)
def test_a_word_has_an_answer(line: str, shown: list[str]) -> None:
    assert carry_out(line, Told()) == shown


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("nonsense", "no word"),
        ("s", "several words"),
        ("send", "write: send NAME"),
        ("set echo", "write: set NAME VALUE"),
        ("send nonsense", "can't be sent"),
        ("mode", "write: mode character"),
        ("mode sideways", "write: mode character"),
        ("log", r"write: log FILE\|off"),
        ("log 'open", "not to be understood"),
    ],
)
def test_what_makes_no_sense_says_what_would(line: str, words: str) -> None:
    told = Told()
    with pytest.raises(UsageError, match=words):
        carry_out(line, told)
    assert told.done == []


def test_help_tells_of_every_word() -> None:
    for line in ("help", "?"):
        text = "\n".join(carry_out(line, Told()))
        assert all(word.name in text and word.help in text for word in WORDS)
    assert set(SIGNALS.values()) == set(Control)
