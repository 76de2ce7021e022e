"""Connections on which nothing happens, by the thousand; and clients that are slow on purpose."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.commands import curl
from tests.support.crowd import SPARE, most_open_files, resident
from tests.support.processes import Running
from tests.support.served import Served
from tests.support.web_folder import FILES, WebFolder, digest

pytestmark = pytest.mark.peer

Serve = Callable[..., Served]
Process = Callable[..., Running]

TOP = Path(__file__).resolve().parents[2]
CROWD = 10_000 if os.environ.get("PORTSIDE_PROVE") == "1" else 1_000
MOST_MEMORY = 8 * 1024
"""Bytes for one idle connection; it was about 2,300 for one that never spoke and 3,200 for one that was served."""
WAIT = 30.0


# ------------------------------------------------------------------------------------------------- crowds


@pytest.mark.prove
def test_a_crowd_of_idle_connections_is_held_while_others_are_served(
    served: Serve, process: Process, web: WebFolder, record_property: Callable[[str, object], None]
) -> None:
    if most_open_files() < CROWD + SPARE:
        pytest.skip(f"the hard limit of open files is {most_open_files()}: too few for {CROWD} connections")
    server = served(web.path, "--first-byte-time", "0", "--idle-time", "0", "--no-access-log")
    curl("-o", os.devnull, server.url)
    before, files_before = resident(server.process.pid), open_files(server)
    arguments = (server.host, str(server.port), str(CROWD // 2), str(CROWD // 2))
    crowd = process(sys.executable, "-m", "tests.support.crowd", *arguments, cwd=TOP, input=True)
    crowd.wait_for_line(rf"^holding {CROWD}$", timeout=100)
    assert digest(curl(server.url + "large.bin").stdout) == digest(FILES["large.bin"])
    crowd.tell(b"how many?\n")
    assert crowd.wait_for_line(r"^open (\d+)$")[1] == str(CROWD)
    assert open_files(server) >= CROWD
    each = (resident(server.process.pid) - before) / CROWD
    record_property("bytes of memory per idle connection", round(each))
    print(f"{CROWD} idle connections, {each:.0f} bytes of memory each")
    assert each < MOST_MEMORY
    crowd.hang_up()
    assert crowd.wait() == 0
    wait_until_let_go(server, files_before)


def open_files(server: Served) -> int:
    return sum(1 for _ in Path(f"/proc/{server.process.pid}/fd").iterdir())


def wait_until_let_go(server: Served, expected: int) -> None:
    """Return when the server has no more files open than ``expected``; it is asked for something meanwhile."""
    deadline = time.monotonic() + WAIT
    while open_files(server) > expected:
        assert time.monotonic() < deadline, f"{open_files(server)} files are open, and {expected} were before"
        curl("-o", os.devnull, server.url)


def test_those_who_ask_for_much_and_read_nothing_take_little_memory(served: Serve, web: WebFolder) -> None:
    server = served(web.path, "--no-access-log")
    curl("-o", os.devnull, server.url)
    before = resident(server.process.pid)
    whole, parts = b"GET /large.bin HTTP/1.1\r\nHost: localhost\r\n", b"Range: bytes=0-1499999,1500001-\r\n"
    connections = []
    try:
        for number in range(40):
            connection = socket.create_connection(server.address, WAIT)
            connections.append(connection)
            connection.sendall((whole + (parts if number % 2 else b"") + b"\r\n") * 500)
        assert digest(curl(server.url + "large.bin").stdout) == digest(FILES["large.bin"])
        assert resident(server.process.pid) - before < 40 * 1024 * 1024  # of 60 GB that were asked for
    finally:
        for connection in connections:
            connection.close()


# ------------------------------------------------------------------------------------------- slow clients


def drip(sock: socket.socket, data: bytes, every: float) -> tuple[bytes, int]:
    """Send ``data`` a byte ``every`` so many seconds until an answer comes; it, and how many were sent."""
    sock.settimeout(every)
    for sent, byte in enumerate(data):
        try:
            return sock.recv(65536), sent
        except TimeoutError:
            sock.send(bytes([byte]))
    raise AssertionError("all was sent, and the server has borne it")


def read_to_end(sock: socket.socket) -> bytes:
    sock.settimeout(WAIT)
    got = b""
    while data := sock.recv(65536):
        got += data
    return got


def test_a_head_that_comes_a_byte_a_second_is_cut_off(served: Serve, web: WebFolder) -> None:
    server = served(web.path, "--head-time", "3", "--first-byte-time", "0")
    start = time.monotonic()
    with socket.create_connection(server.address) as sock:
        answer, sent = drip(sock, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", every=1.0)
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b"connection: close\r\n" in answer.lower()
        read_to_end(sock)
    assert time.monotonic() - start >= 3
    assert sent > 0


def test_a_body_that_comes_a_byte_at_a_time_is_cut_off_and_leaves_nothing(served: Serve, web: WebFolder) -> None:
    server = served(web.path, "--upload", "--body-time", "2")
    with socket.create_connection(server.address) as sock:
        sock.sendall(b"PUT /slow.bin HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n")
        answer, _ = drip(sock, b"x" * 1000, every=0.25)
        assert answer.startswith(b"HTTP/1.1 408 ")
        read_to_end(sock)
    assert server.process.stop() == 0
    assert web.names() == set(FILES)


@pytest.mark.parametrize(
    ("limit", "said"),
    [("--first-byte-time", b""), ("--idle-time", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")],
    ids=["at first", "later"],
)
def test_who_is_silent_for_too_long_is_let_go_without_a_word(
    served: Serve, web: WebFolder, limit: str, said: bytes
) -> None:
    server = served(web.path, limit, "1")
    with socket.create_connection(server.address) as sock:
        sock.sendall(said)
        got = read_to_end(sock)
    assert got.count(b"HTTP/1.1 ") == (1 if said else 0)
    assert b" 408 " not in got


def test_who_takes_his_time_within_the_limits_is_served(served: Serve, web: WebFolder) -> None:
    server = served(web.path, "--upload", "--body-time", "60", "--head-time", "60")
    with socket.create_connection(server.address) as sock:
        for (
            byte
        ) in b"PUT /slow.bin HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\nConnection: close\r\n\r\nin pieces":
            sock.send(bytes([byte]))
        assert read_to_end(sock).startswith(b"HTTP/1.1 201 ")
    assert web.read("slow.bin") == b"in pieces"
