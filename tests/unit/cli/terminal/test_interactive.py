"""Sitting at a terminal: what a person's words come to (under a pseudo terminal it is tried with real peers)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from portside.cli.terminal.interactive import Sitting, parse_key, shown_key
from portside.errors import ConnectionLost, UsageError
from portside.interfaces import Address, Door, Tls
from portside.protocols.telnet.messages import (
    CharsetChosen,
    Control,
    Data,
    Environment,
    LineMode,
    Message,
    Option,
    OptionChanged,
    Party,
    Sayable,
    Signal,
    Variable,
    Want,
)

KEYS = [("^]", b"\x1d"), ("^[", b"\x1b"), ("^a", b"\x01"), ("^?", b"\x7f"), ("~", b"~"), ("none", b""), ("", b"")]


@pytest.mark.parametrize(("text", "key"), KEYS)
def test_a_key_is_read_as_people_write_it(text: str, key: bytes) -> None:
    assert parse_key(text) == key
    if key:
        assert parse_key(shown_key(key)) == key
    else:
        assert shown_key(key) == "none"


@pytest.mark.parametrize("text", ["^^^", "ab", "ä", "^ä"])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_key(text)


class Link:
    """A connection that writes down what is said."""

    def __init__(self) -> None:
        self.said: list[Sayable] = []
        self.options: set[tuple[Option, Party]] = set()
        self.closed = 0
        self.door: Door | None = Door(Address("::1", 1), Address("::1", 23), Tls("TLSv1.3", "x"))

    def say(self, message: Sayable) -> None:
        self.said.append(message)

    def on(self, option: Option, party: Party) -> bool:
        return (option, party) in self.options

    def close(self) -> None:
        self.closed += 1


def sit(story: Callable[[Sitting, Link], Any], **more: Any) -> None:
    async def main() -> None:
        sitting = Sitting(escape=b"\x1d", charset="utf-8", environment={"A": "1"}, **more)
        link = Link()
        sitting._connection = link  # type: ignore[assignment]
        story(sitting, link)

    asyncio.run(main())


def test_lines_end_with_cr_lf_and_keys_go_as_they_are() -> None:
    def story(sitting: Sitting, link: Link) -> None:
        sitting._typed(b"a line\n")
        link.options.add((Option.SGA, Party.THEM))
        sitting._typed(b"\r")
        sitting.toggle("crlf")
        sitting._typed(b"\r")
        assert link.said == [Data(b"a line\r\n"), Data(b"\r"), Data(b"\r\n")]

    sit(story)


def test_a_character_set_that_is_not_ours_is_translated_both_ways(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    def story(sitting: Sitting, link: Link) -> None:
        sitting.heard(CharsetChosen("ISO-8859-1", Party.THEM))
        sitting.heard(Data(b"\xe4\r\n"))
        sitting._typed("ö".encode())
        sitting.heard(CharsetChosen("UTF-8", Party.THEM))
        sitting.heard(Data("ä".encode()))
        assert link.said == [Data(b"\xf6")]

    sit(story)
    assert capfdbinary.readouterr().out == "ä\r\nä".encode()


def test_what_the_server_says_is_logged_and_what_is_typed_is_not(tmp_path: Path) -> None:
    def story(sitting: Sitting, link: Link) -> None:
        assert "is kept in" in sitting.log(str(tmp_path / "a.log"))
        sitting.heard(Data(b"password: "))
        sitting._typed(b"canary\n")
        assert sitting.log("off") == "nothing is kept any more"
        sitting.heard(Data(b"later"))

    sit(story)
    assert (tmp_path / "a.log").read_bytes() == b"password: "


def test_the_end_of_typing_means_what_the_mode_makes_of_it() -> None:
    def story(sitting: Sitting, link: Link) -> None:
        link.options.add((Option.LINEMODE, Party.US))
        sitting._ended()
        assert link.said == [Signal(Control.EOF)]
        link.options = {(Option.SGA, Party.THEM)}
        sitting._ended()
        assert link.closed == 1

    sit(story)


def test_an_interrupt_hurries_and_a_stop_is_theirs_where_they_trap_signals() -> None:
    def story(sitting: Sitting, link: Link) -> None:
        sitting._interrupted()
        sitting.heard(LineMode(edit=True, trapsig=True))
        sitting._stopped()
        assert link.said == [Signal(Control.IP), Signal(Control.SYNCH), Signal(Control.SUSP)]

    sit(story)


def test_modes_are_asked_for_as_both_sides_know_them() -> None:
    def story(sitting: Sitting, link: Link) -> None:
        assert sitting._edits
        sitting.mode(edit=False)
        assert link.said == [Want(Option.SGA, Party.THEM, True), Want(Option.ECHO, Party.THEM, True)]
        link.said.clear()
        sitting.heard(LineMode(edit=False, trapsig=True))
        assert not sitting._edits
        sitting.mode(edit=True)
        assert link.said == [LineMode(edit=True, trapsig=True)]

    sit(story)


def test_the_prompts_answers() -> None:
    def story(sitting: Sitting, link: Link) -> None:
        link.options.add((Option.ECHO, Party.THEM))
        assert sitting.status() == [
            "connected to [::1]:23, TLSv1.3",
            "lines are edited here",
            "we: no options",
            "the server: ECHO",
            "escape character: ^]",
        ]
        assert sitting.toggle("echo") == "what is typed is shown here"
        assert sitting.toggle("binary") == "binary is asked for"
        assert link.said == [Want(Option.BINARY, party, True) for party in Party]
        with pytest.raises(UsageError):
            sitting.toggle("nonsense")
        link.said.clear()
        assert sitting.environment(["B=2", "A="]) == ["B=2"]
        assert link.said == [Environment((Variable("B", "2", user=True),))]
        assert sitting.environment(["B="]) == ["the server may know nothing"]
        sitting.send_escape()
        assert link.said[-1] == Data(b"\x1d")

    sit(story)


def test_the_end_is_told_once_with_what_went_wrong() -> None:
    def story(sitting: Sitting, link: Link) -> None:
        sitting.heard(OptionChanged(Option.ECHO, Party.THEM, True))
        sitting.lost(ConnectionLost("gone"))
        sitting.lost(None)
        with pytest.raises(ConnectionLost):
            sitting._over.result()

    sit(story)


def test_messages_of_no_interest_are_passed_over() -> None:
    messages: list[Message] = [Signal(Control.NOP), Want(Option.ECHO, Party.US)]
    sit(lambda sitting, _: [sitting.heard(message) for message in messages])
