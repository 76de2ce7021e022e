from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.errors import LocalError
from portside.protocols.telnet.messages import Data, LineMode, Message, Option, Party, Want
from portside.protocols.telnet.server import reading as room
from portside.protocols.telnet.server.keyboard import Key
from portside.protocols.telnet.server.reading import ENDLESS, TYPE_AHEAD, Interrupted, VisitorLeft
from portside.protocols.telnet.server.wire import Wire
from tests.support.visitors import PATIENCE, Desk

LINEMODE = ((Option.LINEMODE, Party.THEM),)


def _run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, PATIENCE))


async def _line(desk: Desk, *typed: bytes, prompt: str = "> ", secret: bool = False, limit: int = 100) -> str:
    """Ask, then type."""
    asking = asyncio.ensure_future(desk.reading.line(prompt, secret=secret, limit=limit))
    await asyncio.sleep(0)
    for piece in typed:
        desk.reading.heard(piece)
    return await asking


# --------------------------------------------------------------------------------------------------- lines


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ([b"hello\r\n"], "hello"),
        ([b"hel", b"lo\r", b"\0"], "hello"),
        ([b"hello\n"], "hello"),
        ([b"gr\xc3", b"\xbcn\r\n"], "grün"),
        ([b"a\xffb\r\n"], "a\ufffdb"),
        ([b"a\x07\x1b[2Jb\x00\r\n"], "ab"),
        ([b"helo\x7flo\r\n"], "hello"),
        ([b"\r\n"], ""),
    ],
)
@pytest.mark.parametrize("draws", [False, True])
def test_a_line_is_what_was_typed_without_control_characters(typed: list[bytes], expected: str, draws: bool) -> None:
    async def work() -> None:
        assert await _line(Desk(draws=draws), *typed) == expected

    _run(work())


def test_what_was_typed_ahead_is_given_when_it_is_asked_for() -> None:
    async def work() -> None:
        desk = Desk()
        desk.reading.heard(b"one\r\ntwo\r\nthr")
        assert [await desk.reading.line("", secret=False, limit=9) for _ in range(2)] == ["one", "two"]
        assert await _line(desk, b"ee\r\n") == "three"

    _run(work())


@pytest.mark.parametrize("secret", [False, True])
def test_a_line_typed_ahead_is_kept_for_the_arrow_keys_unless_it_is_secret(secret: bool) -> None:
    async def work() -> None:
        desk = Desk()
        desk.reading.heard(b"words\r\n")
        assert await desk.reading.line("", secret=secret, limit=9) == "words"
        desk.reading.draw()
        assert await _line(desk, b"\x1b[A\r\0") == ("" if secret else "words")

    _run(work())


def test_a_line_typed_ahead_is_no_longer_than_asked_for() -> None:
    async def work() -> None:
        desk = Desk()
        desk.reading.heard(b"too long\r\n")
        assert await desk.reading.line("", secret=False, limit=3) == "too"

    _run(work())


def test_we_show_what_they_type_where_each_key_comes_at_once() -> None:
    async def work() -> None:
        desk = Desk(draws=True)
        assert await _line(desk, b"helo", b"\x1b[D", b"l", b"\r\0") == "hello"
        assert desk.window() == ["> hello"]

    _run(work())


def test_we_show_nothing_to_whoever_edits_at_home() -> None:
    async def work() -> None:
        desk = Desk()
        await _line(desk, b"hello\r\n")
        assert desk.text == "> "

    _run(work())


def test_arrows_mean_nothing_from_those_who_edit_at_home() -> None:
    async def work() -> None:
        assert await _line(Desk(), b"ab\x1b[D\x1b[Ac\r\n") == "abc"

    _run(work())


@pytest.mark.parametrize("draws", [False, True])
def test_a_secret_is_neither_shown_nor_remembered(draws: bool) -> None:
    async def work() -> None:
        desk = Desk(draws=draws)
        assert await _line(desk, b"first\r\n") == "first"
        assert await _line(desk, b"sesame\x7fe\r\n", prompt="Password: ", secret=True) == "sesame"
        assert "s" not in desk.text.replace("first", "").replace("Password", "")
        if draws:
            assert await _line(desk, b"\x1b[A\r") == "first"

    _run(work())


def test_for_a_secret_their_side_stops_echoing_and_begins_again() -> None:
    async def work() -> None:
        desk = Desk()
        await _line(desk, b"sesame\r\n", secret=True)
        echo = Option.ECHO, Party.US
        assert desk.paper.others == [Want(*echo, True), Want(*echo, False)]
        assert desk.text.endswith("\r\n")

    _run(work())


def test_a_line_is_not_above_its_limit_and_they_are_told_once() -> None:
    async def work() -> None:
        desk = Desk(draws=True)
        assert await _line(desk, b"abcdef", b"ghi", b"\r", limit=4) == "abcd"
        assert desk.text.count("\a") == 1

    _run(work())


def test_a_line_without_end_sends_them_away() -> None:
    async def work() -> None:
        desk = Desk()
        with pytest.raises(VisitorLeft, match="no end"):
            await _line(desk, b"x" * ENDLESS, b"x" * 200)
        assert desk.paper.finished

    _run(work())


def test_the_end_of_what_they_say_ends_the_last_line_too() -> None:
    async def work() -> None:
        desk = Desk()
        desk.reading.heard(b"one\r\ntwo")
        desk.reading.end()
        assert [await desk.reading.line("", secret=False, limit=9) for _ in range(2)] == ["one", "two"]
        with pytest.raises(VisitorLeft):
            await desk.reading.line("", secret=False, limit=9)

    _run(work())


def test_the_end_key_in_an_empty_line_is_a_goodbye() -> None:
    async def work() -> None:
        with pytest.raises(VisitorLeft, match="goodbye"):
            await _line(Desk(draws=True), b"\x04")

    _run(work())


def test_keys_by_commands_of_telnet_edit_as_well() -> None:
    async def work() -> None:
        desk = Desk()
        asking = asyncio.ensure_future(desk.reading.line("", secret=False, limit=9))
        await asyncio.sleep(0)
        desk.reading.heard(b"abc")
        desk.reading.press(Key("backspace", "\x7f"))
        desk.reading.heard(b"d\r\n")
        assert await asking == "abd"

    _run(work())


def test_whoever_gives_up_asking_leaves_no_prompt() -> None:
    async def work() -> None:
        desk = Desk(draws=True)
        asking = asyncio.ensure_future(desk.reading.line("> ", secret=False, limit=9))
        await asyncio.sleep(0)
        asking.cancel()
        await asyncio.wait({asking})
        assert desk.text == "> \r\n"
        desk.screen.write("the door closes\n")
        assert desk.window()[-1] == "the door closes"
        assert await _line(desk, b"x\r") == "x"

    _run(work())


def test_two_questions_at_once_are_a_mistake_of_the_application() -> None:
    async def work() -> None:
        desk = Desk()
        asking = asyncio.ensure_future(desk.reading.line("", secret=False, limit=9))
        await asyncio.sleep(0)
        with pytest.raises(LocalError, match="one thing at a time"):
            await desk.reading.key()
        asking.cancel()

    _run(work())


@given(
    st.lists(st.binary(max_size=40) | st.sampled_from([b"\r\n", b"\x1b[", b"\x1b[A", b"\x7f", b"\x15"])), st.booleans()
)
def test_whatever_is_typed_a_line_is_short_and_harmless(typed: list[bytes], draws: bool) -> None:
    async def work() -> None:
        desk = Desk(draws=draws, columns=10)
        for piece in typed:
            desk.reading.heard(piece)
        desk.reading.end()
        try:
            while True:
                line = await desk.reading.line("> ", secret=False, limit=7)
                assert len(line) <= 7
                assert not any(category(character) in ("Cc", "Cs") for character in line)
        except (VisitorLeft, Interrupted):
            pass

    _run(work())


# ---------------------------------------------------------------------------------------------------- keys


def test_keys_come_one_by_one() -> None:
    async def work() -> None:
        desk = Desk(draws=True)
        desk.reading.heard(b"ab\x1b[A\r")
        assert [await desk.reading.key() for _ in range(4)] == ["a", "b", "up", "enter"]

    _run(work())


def test_the_escape_key_is_one_when_nothing_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        desk = Desk(draws=True)
        desk.reading.heard(b"\x1b")
        assert await desk.reading.key() == "escape"

    monkeypatch.setattr(room, "ESCAPE_WAIT", 0.0)
    _run(work())


def test_for_a_key_their_side_is_asked_to_send_each_at_once() -> None:
    async def work() -> None:
        desk = Desk()
        desk.reading.heard(b"x")
        await desk.reading.key()
        assert desk.paper.others == [Want(Option.ECHO, Party.US), Want(Option.SGA, Party.US)]
        await _line(desk, b"\r\n")
        assert desk.paper.others[2:] == [Want(Option.ECHO, Party.US, False), Want(Option.SGA, Party.US, False)]

    _run(work())


@pytest.mark.parametrize(("draws", "edit"), [(False, True), (True, False)])
def test_linemode_is_told_who_edits(draws: bool, edit: bool) -> None:
    async def work() -> None:
        desk = Desk(draws=draws, on=LINEMODE)
        await _line(desk, b"x\r\n")
        modes: list[Message] = [message for message in desk.paper.said if isinstance(message, LineMode)]
        assert modes[-1] == LineMode(edit=edit, trapsig=True)

    _run(work())


def test_whoever_refuses_our_echo_edits_at_home() -> None:
    async def work() -> None:
        desk = Desk(draws=True)
        desk.paper.options.discard((Option.ECHO, Party.US))
        desk.reading.refused(Option.ECHO)
        assert not desk.reading.draws
        await _line(desk, b"x\r\n")
        assert desk.text == "> "

    _run(work())


# ----------------------------------------------------------------------------------------- interrupts, end


@pytest.mark.parametrize("draws", [False, True])
def test_an_interrupt_ends_the_question(draws: bool) -> None:
    async def work() -> None:
        desk = Desk(draws=draws)
        with pytest.raises(Interrupted):
            await _line(desk, b"half\x03")
        assert desk.text.endswith("^C\r\n")
        assert await _line(desk, b"x\r\n") == "x"

    _run(work())


def test_an_interrupt_while_nothing_is_asked_meets_the_next_question_and_voids_what_was_typed() -> None:
    async def work() -> None:
        desk = Desk()
        desk.reading.heard(b"rm everything\r\n\x03")
        with pytest.raises(Interrupted):
            await desk.reading.line("", secret=False, limit=9)
        assert await _line(desk, b"x\r\n") == "x"

    _run(work())


def test_an_application_may_take_interrupts_itself() -> None:
    async def work() -> None:
        desk = Desk(draws=True)
        calls: list[str] = []
        desk.reading.on_interrupt = lambda: calls.append("called")
        assert await _line(desk, b"half\x03x\r") == "x"
        assert calls == ["called"]

    _run(work())


def test_whoever_has_left_answers_nothing() -> None:
    async def work() -> None:
        desk = Desk()
        asking = asyncio.ensure_future(desk.reading.line("", secret=False, limit=9))
        await asyncio.sleep(0)
        desk.reading.leave(VisitorLeft("the line was cut"))
        with pytest.raises(VisitorLeft, match="cut"):
            await asking
        with pytest.raises(VisitorLeft, match="cut"):
            await desk.reading.key()
        with pytest.raises(VisitorLeft, match="cut"):
            desk.reading.hand_over(_Ears())

    _run(work())


# ------------------------------------------------------------------------------------------------- limits


def test_too_much_that_nobody_asks_for_is_not_heard_any_more() -> None:
    async def work() -> None:
        desk = Desk()
        desk.reading.heard(b"x\r\n" * TYPE_AHEAD)
        assert desk.paper.held
        for _ in range(TYPE_AHEAD):
            assert await desk.reading.line("", secret=False, limit=9) == "x"
        assert not desk.paper.held

    _run(work())


class _Ears:
    def __init__(self) -> None:
        self.messages: list[Message] = []

    def begin(self, wire: Wire) -> None:
        self.wire = wire

    def heard(self, message: Message) -> None:
        self.messages.append(message)

    def drained(self) -> None: ...

    def lost(self, error: Exception | None) -> None: ...


def test_what_was_typed_ahead_goes_to_whoever_takes_over() -> None:
    async def work() -> None:
        desk = Desk()
        ears = _Ears()
        desk.reading.heard(b"ls\r\n\x1b[A\x04")
        desk.reading.hand_over(ears)
        assert ears.wire is desk.wire
        assert ears.messages == [Data(b"ls\r\x1b[A\x04")]

    _run(work())
