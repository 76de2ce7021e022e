"""A terminal, set and put right again; with a pseudo terminal in its place."""

from __future__ import annotations

import os
import pty
import signal
import termios
from collections.abc import Iterator

import pytest

from portside.cli.terminal.tty import FATAL, Manner, Tty, window
from portside.protocols.telnet.messages import WindowSize

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
    assert tty.character(termios.VINTR) == 3
    tty.close()


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
