"""``portside upper`` as a process: what it reads, what it writes, and with which code it ends."""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.ports import free_udp_port
from tests.support.processes import Running
from tests.support.served import Served

Serve = Callable[..., Served]
Start = Callable[..., Running]


def _ask(portside: Path, *arguments: str, data: bytes = b"") -> tuple[int, bytes, bytes]:
    ended = subprocess.run([portside, "upper", *arguments], input=data, capture_output=True, check=False, timeout=60)
    return ended.returncode, ended.stdout, ended.stderr


@pytest.mark.parametrize("data", [b"", b"a\n", b"a\nb", b"\n\n", "straße\n".encode(), b"\xff\xfe raw\n"])
def test_what_comes_through_a_pipe_comes_back_byte_for_byte(data: bytes, portside: Path, served: Serve) -> None:
    server = served("upper")
    expected = data.decode("utf-8", "surrogateescape").upper().encode("utf-8", "surrogateescape")
    assert _ask(portside, f"127.0.0.1:{server.port}", data=data) == (0, expected, b"")


def test_a_file_of_many_lines_comes_back_whole(portside: Path, served: Serve, tmp_path: Path) -> None:
    server = served("upper")
    path = tmp_path / "lines"
    path.write_bytes(b"".join(b"line %d of many\n" % number for number in range(2000)))
    with path.open("rb") as file:
        ended = subprocess.run(
            [portside, "upper", f"127.0.0.1:{server.port}"], stdin=file, capture_output=True, check=True, timeout=60
        )
    assert hashlib.sha256(ended.stdout).digest() == hashlib.sha256(path.read_bytes().upper()).digest()


def test_tls_of_the_local_authority_is_trusted_here(portside: Path, served: Serve) -> None:
    server = served("upper", "--tls")
    for arguments in ((), ("-k",), ("--ca", "local")):
        said = _ask(portside, "--tls", *arguments, f"localhost:{server.port}", "a")
        assert said == (0, b"A\n", b"")


def test_an_unknown_authority_is_exit_4(portside: Path, served: Serve, tmp_path: Path) -> None:
    server = served("upper", "--tls", env={"PORTSIDE_HOME": str(tmp_path / "another")})
    code, out, err = _ask(portside, "--tls", f"localhost:{server.port}", "a")
    assert (code, out, err.count(b"\n")) == (4, b"", 1)
    assert err.startswith(b"portside: certificate of ")


def test_a_refusal_is_exit_3_and_silence_is_exit_5(portside: Path) -> None:
    refused = _ask(portside, "--udp", f"127.0.0.1:{free_udp_port()}", "a")
    assert (refused[0], refused[1], refused[2].count(b"\n")) == (3, b"", 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        silent = _ask(portside, "--udp", "--timeout", "0.05", f"127.0.0.1:{deaf.getsockname()[1]}", "a")
    assert (silent[0], silent[1], silent[2].count(b"\n")) == (5, b"", 1)


def test_pings_that_nobody_answers_are_all_lost(portside: Path, process: Start) -> None:
    port = free_udp_port()
    code, out, err = _ask(portside, "--pings", "2", "--interval", "0", "--timeout", "0.05", f"127.0.0.1:{port}")
    assert code == 3
    assert out.splitlines()[-1] == b"2 sent, 0 received, 100% lost"
    assert err.count(b"\n") == 1


def test_an_interrupt_while_it_waits_for_a_line_is_exit_130(portside: Path, served: Serve, process: Start) -> None:
    server = served("upper")
    running = process(portside, "upper", f"127.0.0.1:{server.port}", input=True)
    running.tell(b"first\n")
    running.wait_for_line("^FIRST$")
    running.signal(signal.SIGINT)
    assert running.wait() == 130
    assert running.stderr == ""


def test_on_a_terminal_no_answer_moves_the_cursor(portside: Path, served: Serve) -> None:
    server = served("upper")
    leader, follower = os.openpty()
    command = [portside, "upper", f"127.0.0.1:{server.port}", "a\x1b[2jb"]
    subprocess.run(command, stdout=follower, check=True, timeout=60)
    os.close(follower)
    with os.fdopen(leader, "rb") as terminal:
        assert terminal.readline() == b"A\\x1b[2JB\r\n"
