"""The demonstration world as it is served: visitors on plain sockets, a window's size, and ``kill -9``."""

from __future__ import annotations

import contextlib
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portside.protocols.telnet.messages import Option
from tests.support.processes import Running
from tests.support.served import Served

IAC, SB, SE, WILL, DO = 255, 250, 240, 251, 253
SECRET = "secret horse"
NEGOTIATION = re.compile(rb"\xff[\xfb-\xfe].|\xff\xfa.*?\xff\xf0|\xff[\xf0-\xf9]", re.DOTALL)
"""What a plain reader has to leave out."""


class Plain:
    """A visitor without a Telnet client: sends lines and reads what comes back."""

    def __init__(self, served: Served) -> None:
        self.socket = socket.create_connection(served.address, timeout=30)
        self._bytes = b""
        self.raw = b""

    def says(self, *lines: str) -> None:
        self.socket.sendall("".join(line + "\r\n" for line in lines).encode())

    def until(self, text: str) -> str:
        """What came up to ``text``, with it."""
        wanted = text.encode()
        while wanted not in self._bytes:
            data = self.socket.recv(65536)
            assert data, self._bytes[-300:]
            self.raw += data
            self._bytes = NEGOTIATION.sub(b"", self._bytes + data)
        before, _, self._bytes = self._bytes.partition(wanted)
        return before.decode() + text

    def comes_in(self, name: str, *, new: bool = True) -> None:
        self.until("look round): ")
        self.says(name, *(("y", SECRET, SECRET) if new else (SECRET,)))
        self.until(f"You are {name.capitalize()}")
        self.until("> ")

    def does(self, line: str, until: str) -> str:
        self.says(line)
        return self.until(until)


Visit = Callable[[Served], Plain]


@pytest.fixture
def visit() -> Iterator[Visit]:
    """Connects a visitor, who hangs up after the test."""
    with contextlib.ExitStack() as stack:

        def connect(served: Served) -> Plain:
            visitor = Plain(served)
            stack.enter_context(visitor.socket)
            return visitor

        yield connect


@pytest.fixture
def world(served: Callable[..., Served], tmp_path: Path) -> Callable[[], Served]:
    """Serves the world, out of the same file each time."""
    return lambda: served("telnet", "--save", tmp_path / "w.sqlite")


def test_two_visitors_meet_and_nothing_hostile_reaches_the_other(world: Callable[[], Served], visit: Visit) -> None:
    served = world()
    anna, ben = visit(served), visit(served)
    anna.comes_in("anna")
    ben.comes_in("ben")
    anna.until("Ben comes into view.")
    anna.socket.sendall(b"say \x1b[2J\x9b1m\x07 hello \xff\xff\xff\xf6 there\r\n")
    ben.until("Anna says")
    ben.until("there")
    ben.says("quit")
    ben.until("Fair winds, Ben.")
    anna.until("Ben fades from view.")
    assert b"\x1b[2J" not in ben.raw and b"\x07" not in ben.raw
    assert SECRET.encode() not in anna.raw + ben.raw


def test_lines_follow_the_window(world: Callable[[], Served], visit: Visit) -> None:
    served = world()
    visitor = visit(served)
    visitor.socket.sendall(bytes([IAC, WILL, Option.NAWS, IAC, SB, Option.NAWS, 0, 40, 0, 20, IAC, SE]))
    visitor.comes_in("anna")
    text = visitor.does("look", "Exits: east.").replace("\r", "")
    assert max(map(len, text.split("\n"))) < 40


def test_what_was_told_as_done_outlives_a_kill(world: Callable[[], Served], visit: Visit) -> None:
    served = world()
    visitor = visit(served)
    visitor.comes_in("anna")
    visitor.says("e", "s", "e", "take letter", "w", "n", "n", "w", "give letter to keeper")
    visitor.until("5 points.]")
    served.process.popen.kill()
    served.process.wait()
    served = world()
    visitor = visit(served)
    visitor.comes_in("anna", new=False)
    assert "House of Names" in visitor.does("look", "Exits:")
    assert "You carry a coin." in visitor.does("i", "coin.")
    assert "5 of 100 points" in visitor.does("score", "places.")


def test_a_client_that_asks_is_told_about_the_world(world: Callable[[], Served], visit: Visit) -> None:
    served = world()
    visitor = visit(served)
    visitor.socket.sendall(bytes([IAC, DO, Option.MSSP, IAC, DO, Option.GMCP]))
    visitor.comes_in("anna")
    visitor.does("look", "> ")
    assert b"NAME\x02Larboard" in visitor.raw
    assert b'Room.Info {"id": "wire-room"' in visitor.raw


def test_a_world_of_ones_own_is_served(served: Callable[..., Served], visit: Visit, tmp_path: Path) -> None:
    file = tmp_path / "tiny.toml"
    file.write_text('[world]\nname = "Tiny"\nstart = "a"\n[rooms.a]\nname = "A"\ntext = "Small."\n')
    visitor = visit(served("telnet", "--world", file, "--save", ":memory:"))
    visitor.until("Tiny")
    visitor.comes_in("anna")


def test_a_world_that_is_wrong_ends_the_command_with_one_line(
    process: Callable[..., Running], portside: Path, tmp_path: Path
) -> None:
    file = tmp_path / "tiny.toml"
    file.write_text('[world]\nname = "Tiny"\nstart = "b"\n')
    ended = process(portside, "serve", "telnet", "--world", file)
    assert ended.wait() == 2
    assert ended.stderr == f"portside: {file}: [world] 'start': there is no room 'b'\n"
