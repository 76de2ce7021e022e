"""Sitting at a terminal: what a person's words come to (under a pseudo terminal it is tried with real peers)."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from portside.cli.terminal import interactive
from portside.cli.terminal.interactive import Sitting
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
    OptionRefused,
    Party,
    Sayable,
    Signal,
    Variable,
)


class Link:
    """A connection that writes down what is said."""

    def __init__(self) -> None:
        self.said: list[Sayable] = []
        self.options: set[tuple[Option, Party]] = set()
        self.closed = 0
        self.held = False
        self.slow = False
        self.door: Door | None = Door(Address("::1", 1), Address("::1", 23), Tls("TLSv1.3", "x"))

    def say(self, message: Sayable) -> None:
        self.said.append(message)

    def on(self, option: Option, party: Party) -> bool:
        return (option, party) in self.options

    def close(self) -> None:
        self.closed += 1

    def abort(self) -> None:
        self.closed += 1

    def hold(self) -> None:
        self.held = True

    def release(self) -> None:
        self.held = False


def sit(story: Callable[[Sitting, Link], Any], **more: Any) -> None:
    async def main() -> None:
        sitting = Sitting(escape=b"\x1d", charset="utf-8", environment={"A": "1"}, **more)
        link = Link()
        sitting._connection = sitting._agreement.connection = link  # type: ignore[assignment]
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


def test_the_end_of_typing_means_what_the_mode_makes_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def story(sitting: Sitting, link: Link) -> None:
        monkeypatch.setattr(interactive.os, "isatty", lambda _: True)
        sitting._ended()
        link.options.add((Option.LINEMODE, Party.US))
        sitting.heard(LineMode(edit=True, trapsig=True))
        sitting._ended()
        assert link.said == [Data(b"\x04"), Signal(Control.EOF)]
        monkeypatch.setattr(interactive.os, "isatty", lambda _: False)
        sitting._ended()
        assert (link.closed, sitting.left) == (1, True)

    sit(story)


def test_an_interrupt_hurries_and_a_stop_is_theirs_where_they_trap_signals() -> None:
    def story(sitting: Sitting, link: Link) -> None:
        sitting._interrupted()
        link.options.add((Option.LINEMODE, Party.US))
        sitting.heard(LineMode(edit=True, trapsig=True))
        sitting._stopped()
        sitting._aborted()
        assert link.said == [Signal(kind) for kind in (Control.IP, Control.SYNCH, Control.SUSP, Control.ABORT)]

    sit(story)


def test_the_server_waits_while_somebody_is_at_the_prompt() -> None:
    def story(sitting: Sitting, link: Link) -> None:
        sitting._typed(b"before\x1d")
        assert link.held
        sitting._commanded(b"send ")
        assert link.held
        sitting._commanded(b"ayt\rafter\n")
        assert not link.held
        assert link.said == [Data(b"before"), Signal(Control.AYT), Data(b"after\r\n")]

    sit(story)


def test_an_interrupt_at_the_prompt_only_leaves_it_and_its_end_leaves_the_server() -> None:
    def story(sitting: Sitting, link: Link) -> None:
        sitting._typed(b"\x1dclose")
        sitting._interrupted()
        assert (link.held, link.closed, link.said) == (False, 0, [])
        sitting._typed(b"\x1d")
        sitting._commanded(b"")
        assert (link.closed, sitting.left) == (1, True)

    sit(story)


def test_a_paste_that_the_server_does_not_take_has_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    def story(sitting: Sitting, link: Link) -> None:
        reading, writing = os.pipe()
        monkeypatch.setattr(interactive, "IN", reading)
        loop = asyncio.get_running_loop()
        sitting._read_keys()
        sitting._typed(b"some")
        assert loop.remove_reader(reading)
        sitting._read_keys()
        link.slow = True
        sitting._typed(b"more")
        assert not loop.remove_reader(reading)
        os.close(reading)
        os.close(writing)

    sit(story)


def test_a_screen_that_is_gone_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def story(sitting: Sitting, link: Link) -> None:
        reading, writing = os.pipe()
        os.close(reading)
        monkeypatch.setattr(interactive, "OUT", writing)
        sitting.heard(Data(b"hello"))
        sitting.heard(Data(b"again"))
        with pytest.raises(BrokenPipeError):
            sitting._over.result()
        os.close(writing)

    sit(story)


def test_our_own_words_move_no_cursor_and_begin_at_the_left(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    def story(sitting: Sitting, link: Link) -> None:
        sitting.tell("one\x1b[2J\ntwo")
        sitting.heard(Data(b"name: "))
        sitting.tell("three")
        sitting.heard(Data(b"hello\r\n"))
        sitting.tell("four")

    sit(story)
    assert capfdbinary.readouterr().err == b"\rone\\x1b[2J\r\n\rtwo\r\n\r\n\rthree\r\n\rfour\r\n"


def test_an_escape_character_can_be_exchanged() -> None:
    def story(sitting: Sitting, link: Link) -> None:
        assert sitting.set("escape", "^a") == "escape character: ^A"
        assert sitting.set("crlf", "on") == "Enter sends CR LF"
        for what, value in (("crlf", "perhaps"), ("nonsense", "on"), ("escape", "abc")):
            with pytest.raises(UsageError):
                sitting.set(what, value)
        sitting._typed(b"\x1d\x01")
        assert link.said == [Data(b"\x1d")]
        assert link.held

    sit(story)


def test_a_server_in_another_character_set_is_understood_from_the_beginning(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    sit(lambda sitting, _: sitting.heard(Data(b"\xe4\n")), theirs="iso8859-1")
    assert capfdbinary.readouterr().out == "ä\n".encode()


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
    messages: list[Message] = [Signal(Control.NOP), OptionRefused(Option.ECHO, Party.US)]
    sit(lambda sitting, _: [sitting.heard(message) for message in messages])
