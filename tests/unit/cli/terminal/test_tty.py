"""A terminal, set and put right again; with a pseudo terminal in its place."""

from __future__ import annotations

import os
import pty
import signal
import termios
from collections.abc import Iterator

import pytest

from portside.cli.terminal.tty import FATAL, Manner, Tty, characters, window
from portside.protocols.telnet.messages import Flow, Function, WindowSize

RAW, LINES = Manner(edit=False, trap=False, echo=False), Manner(edit=True, trap=True, echo=True)


@pytest.fixture
def terminal() -> Iterator[int]:
    master, slave = pty.openpty()
    yield slave
    os.close(master)
    os.close(slave)


def flags(terminal: int) -> tuple[bool, bool, bool]:
    local = termios.tcgetattr(terminal)[3]
    return bool(local & termios.ICANON), bool(local & termios.ISIG), bool(local & termios.ECHO)


@pytest.mark.parametrize(
    "manner", [RAW, LINES, Manner(edit=True, trap=True, echo=False), Manner(edit=False, trap=True, echo=True)]
)
def test_keys_are_taken_in_the_manner_that_was_asked_for_and_then_as_before(manner: Manner, terminal: int) -> None:
    before = termios.tcgetattr(terminal)
    tty = Tty(terminal)
    tty.set(manner, b"\x1d")
    assert flags(terminal) == (manner.edit, manner.trap, manner.echo)
    tty.restore()
    assert termios.tcgetattr(terminal) == before
    tty.set(RAW)
    tty.close()
    assert termios.tcgetattr(terminal) == before


def test_each_key_comes_as_it_is_where_none_is_edited(terminal: int) -> None:
    tty = Tty(terminal)
    tty.set(Manner(edit=False, trap=False, echo=False, binary=True))
    iflag, oflag, cflag, lflag, _, _, characters = termios.tcgetattr(terminal)
    assert not iflag & (termios.ICRNL | termios.IXON | termios.ISTRIP)
    assert not oflag & termios.OPOST
    assert not lflag & termios.IEXTEN
    assert cflag & termios.CSIZE == termios.CS8
    assert characters[termios.VMIN] in (1, b"\x01")
    tty.close()


def test_the_escape_character_ends_a_line_that_is_edited(terminal: int) -> None:
    tty = Tty(terminal)
    tty.set(LINES, b"\x1d")
    assert termios.tcgetattr(terminal)[6][termios.VEOL] == b"\x1d"
    tty.close()


def test_the_servers_keys_are_set_but_for_the_one_that_leads_out(terminal: int) -> None:
    before = termios.tcgetattr(terminal)
    keys = ((Function.EC, 8), (Function.SUSP, 0x1D), (Function.EOF, 0), (Function.AYT, 20))
    tty = Tty(terminal)
    tty.set(Manner(edit=True, trap=True, echo=True, keys=keys), b"\x1d")
    now = termios.tcgetattr(terminal)[6]
    assert (now[termios.VERASE], now[termios.VEOF]) == (b"\x08", b"\0")
    assert now[termios.VSUSP] == before[6][termios.VSUSP]
    tty.close()
    assert termios.tcgetattr(terminal) == before


@pytest.mark.parametrize(
    ("flow", "edit", "stops", "any_restarts"),
    [
        (None, True, True, False),  # as the terminal was
        (None, False, False, False),
        (Flow.OFF, True, False, False),
        (Flow.ON, False, True, False),
        (Flow.RESTART_ANY, False, True, True),
    ],
)
def test_flow_control_is_the_servers_to_turn_on(
    flow: Flow | None, edit: bool, stops: bool, any_restarts: bool, terminal: int
) -> None:
    tty = Tty(terminal)
    tty.set(Manner(edit=edit, trap=False, echo=False, flow=flow))
    iflag = termios.tcgetattr(terminal)[0]
    assert (bool(iflag & termios.IXON), bool(iflag & termios.IXANY)) == (stops, any_restarts)
    tty.close()


def test_the_keys_of_a_terminal_are_told_and_a_pipe_has_none(terminal: int) -> None:
    told = {each.function: each.value for each in characters(terminal)}
    assert (told[Function.IP], told[Function.EOF], told[Function.SUSP]) == (3, 4, 26)
    reading, writing = os.pipe()
    assert characters(reading) == ()
    os.close(reading)
    os.close(writing)


def test_a_terminal_that_is_gone_is_left_in_peace() -> None:
    master, slave = pty.openpty()
    tty = Tty(slave)
    tty.set(RAW)
    os.close(master)
    tty.close()
    os.close(slave)


def test_signals_that_end_us_are_put_back_in_the_end(terminal: int) -> None:
    before = [signal.getsignal(number) for number in FATAL]
    tty = Tty(terminal)
    assert [signal.getsignal(number) for number in FATAL] != before
    tty.close()
    assert [signal.getsignal(number) for number in FATAL] == before


def test_a_window_has_its_size_and_a_pipe_has_none(terminal: int) -> None:
    termios.tcsetwinsize(terminal, (41, 133))
    assert window(terminal) == WindowSize(133, 41)
    reading, writing = os.pipe()
    assert window(reading) is None
    os.close(reading)
    os.close(writing)
