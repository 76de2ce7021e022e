"""Our client at servers that mean no good: they are cut off, or given nothing, and the terminal is put right."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import subprocess
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.support.served import PORTSIDE
from tests.support.telnet import wire
from tests.support.terminals import sitting_at

PATIENCE = 20.0
Attack = Callable[[socket.socket], None]


@contextmanager
def attacking(attack: Attack) -> Iterator[list[str]]:
    """The command that goes to a server which does ``attack`` with whoever comes first."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError), listener.accept()[0] as connection:  # they have had enough of it
                connection.settimeout(PATIENCE)
                attack(connection)

        serving = threading.Thread(target=serve, daemon=True)
        serving.start()
        yield [str(PORTSIDE), "telnet", "127.0.0.1", str(listener.getsockname()[1])]
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        serving.join(PATIENCE)
        assert not serving.is_alive()


def script(attack: Attack, *options: str) -> subprocess.CompletedProcess[bytes]:
    with attacking(attack) as command:
        return subprocess.run([*command, *options], input=b"", capture_output=True, timeout=60, check=False)


def endless(data: bytes) -> Attack:
    """Says it again and again until the other side goes."""

    def attack(connection: socket.socket) -> None:
        while True:
            connection.sendall(data)

    return attack


def echoing(first: bytes) -> Attack:
    """Asks, and asks for the opposite of each answer."""
    opposite = bytes.maketrans(wire("WILL WONT DO DONT"), wire("DONT DO WONT WILL"))

    def attack(connection: socket.socket) -> None:
        connection.sendall(first)
        while data := connection.recv(4096):
            connection.sendall(data.translate(opposite))

    return attack


@pytest.mark.parametrize(
    ("attack", "words"),
    [
        (endless(wire("IAC WILL ECHO IAC WONT ECHO")), b"negotiat"),
        (endless(wire("IAC DO 99 IAC DO TTYPE IAC DONT TTYPE")), b"negotiat"),
        (endless(wire("IAC DO TIMING-MARK")), b"negotiat"),
        (endless(wire("IAC DO TTYPE IAC SB TTYPE SEND IAC SE")), b"negotiat"),
        (
            lambda connection: endless(b"x")(connection) if connection.send(wire("IAC SB GMCP")) else None,
            b"subnegotiat",
        ),
    ],
)
def test_negotiation_without_an_end_is_cut_off(attack: Attack, words: bytes) -> None:
    done = script(attack, "--wait", "60")
    assert done.returncode == 1
    assert done.stderr.count(b"\n") == 1
    assert words in done.stderr


def test_whoever_contradicts_every_answer_only_ends_the_conversation() -> None:
    first = wire("IAC DO TTYPE IAC WILL ECHO IAC WILL SGA IAC DO NAWS IAC DO BINARY")
    assert script(echoing(first), "--wait", "0.5").returncode in (0, 1)


@pytest.mark.parametrize("compressed", [False, True])
def test_a_line_without_an_end_is_not_kept_without_one(compressed: bool) -> None:
    def attack(connection: socket.socket) -> None:
        if not compressed:
            endless(b"x" * 65536)(connection)
        connection.sendall(wire("IAC WILL MCCP2"))
        while connection.recv(1) != wire("MCCP2"):
            pass
        connection.sendall(wire("IAC SB MCCP2 IAC SE"))
        bomb = zlib.compressobj(9)
        while True:
            connection.sendall(bomb.compress(b"x" * 1_000_000))

    done = script(attack, "--expect", "never", "--expect-time", "60")
    assert done.returncode == 1
    assert done.stderr.count(b"\n") == 1
    assert b"characters came without what was expected" in done.stderr
    assert len(done.stdout) < 5_000_000


def test_what_is_asked_of_the_environment_is_not_told() -> None:
    heard = bytearray()

    def attack(connection: socket.socket) -> None:
        connection.sendall(wire("IAC DO NEW-ENVIRON IAC SB NEW-ENVIRON SEND VAR 'USER' USERVAR 'CANARY' IAC SE"))
        connection.sendall(wire("IAC SB NEW-ENVIRON SEND IAC SE IAC SB NEW-ENVIRON SEND VAR USERVAR IAC SE"))
        while heard.count(wire("IAC SE")) < 3 and (data := connection.recv(4096)):
            heard.extend(data)

    with attacking(attack) as command:
        environment = {**os.environ, "CANARY": "sesame", "USER": "nobody"}
        subprocess.run([*command, "--wait", "60"], input=b"", env=environment, timeout=60, check=True)
    assert wire("IAC SB NEW-ENVIRON IS VAR 'USER' USERVAR 'CANARY' IAC SE") in heard
    assert heard.count(wire("SB NEW-ENVIRON IS")) == 3
    assert b"sesame" not in heard
    assert b"nobody" not in heard


def test_no_word_of_ours_carries_what_moves_the_cursor() -> None:
    escapes = b"\x1b[2J\x1b]0;owned\x07\x9b31m"

    def attack(connection: socket.socket) -> None:
        connection.sendall(wire("IAC DO CHARSET IAC SB CHARSET REQUEST ';'") + escapes + wire("IAC SE"))
        connection.sendall(wire("IAC WILL GMCP IAC SB GMCP") + escapes + b" " + escapes + wire("IAC SE"))
        connection.sendall(escapes)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass

    done = script(attack, "-v", "--expect", "never")
    assert done.returncode == 3
    assert b"it said" in done.stderr
    assert b"\x1b" not in done.stderr
    assert b"\x07" not in done.stderr
    assert b"\x9b" not in done.stderr
    assert escapes in done.stdout


def greet(connection: socket.socket) -> None:
    """Be a server like others until the first key."""
    connection.sendall(wire("IAC WILL ECHO IAC WILL SGA") + b"here> ")
    while b"x" not in connection.recv(65536):
        pass


def reset(connection: socket.socket) -> None:
    greet(connection)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def loop(connection: socket.socket) -> None:
    greet(connection)
    endless(wire("IAC WILL BINARY IAC WONT BINARY"))(connection)


@pytest.mark.parametrize(("attack", "code"), [(reset, 3), (loop, 1)])
def test_the_terminal_is_put_right_after_an_error(attack: Attack, code: int) -> None:
    with attacking(attack) as command, sitting_at(command) as terminal:
        terminal.wait_for("^here>$")
        terminal.type("x")
        assert terminal.wait() == code
        assert terminal.settings() == terminal.before
        assert "portside: " in terminal.text
        assert "Traceback" not in terminal.text


def test_a_server_that_never_says_goodbye_is_left_all_the_same() -> None:
    left = threading.Event()

    def attack(connection: socket.socket) -> None:
        connection.sendall(wire("IAC WILL ECHO IAC WILL SGA") + b"here> ")
        left.wait(PATIENCE)

    with attacking(attack) as command, sitting_at(command) as terminal:
        terminal.wait_for("^here>$")
        terminal.type("\x1dclose\r")
        assert terminal.wait() == 0
        left.set()
