"""``portside upper`` against servers that need nothing but the socket module, as a first course has one write them."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.processes import Running

Start = Callable[..., Running]

CLASSIC = """
from socket import *
serverSocket = socket(AF_INET, SOCK_STREAM)
serverSocket.bind(("127.0.0.1", 0))
serverSocket.listen(1)
print("port", serverSocket.getsockname()[1], flush=True)
while True:
    connectionSocket, addr = serverSocket.accept()
    sentence = connectionSocket.recv(1024).decode()
    connectionSocket.send(sentence.upper().encode())
    connectionSocket.close()
"""

LOOPING = """
import socket
server = socket.create_server(("127.0.0.1", 0))
print("port", server.getsockname()[1], flush=True)
while True:
    connection, _ = server.accept()
    while data := connection.recv(1024):
        connection.sendall(data.upper())
    connection.close()
"""

DATAGRAMS = """
from socket import *
import sys
serverSocket = socket(AF_INET, SOCK_DGRAM)
serverSocket.bind(("127.0.0.1", 0))
print("port", serverSocket.getsockname()[1], flush=True)
count = 0
while True:
    message, clientAddress = serverSocket.recvfrom(2048)
    count += 1
    {fate}
    serverSocket.sendto(message.decode().upper().encode(), clientAddress)
"""

FATES = {
    "faithful": "pass",
    "every other one is lost": "\n    if count % 2: continue",
    "every answer comes twice": "serverSocket.sendto(message.upper(), clientAddress)",
    "the first one is answered when it was asked again": (
        "\n    if count == 1: first = message, clientAddress; continue"
        "\n    if count == 2: serverSocket.sendto(first[0].upper(), first[1])"
    ),
}

LINES = b"hello\nhow are you\nbye\n"


def begin(source: str, process: Start) -> str:
    """A server in a process of its own; its port."""
    return process(sys.executable, "-c", source).wait_for_line(r"^port (\d+)$").group(1)


def ask(portside: Path, *arguments: str, data: bytes = b"") -> tuple[int, bytes, bytes]:
    ended = subprocess.run([portside, "upper", *arguments], input=data, capture_output=True, check=False, timeout=60)
    return ended.returncode, ended.stdout, ended.stderr


@pytest.mark.parametrize("source", [CLASSIC, LOOPING], ids=["one reply a connection", "a loop"])
def test_a_server_of_streams_answers_every_line(source: str, portside: Path, process: Start) -> None:
    port = begin(source, process)
    assert ask(portside, f"127.0.0.1:{port}", "hello") == (0, b"HELLO\n", b"")
    assert ask(portside, f"127.0.0.1:{port}", data=LINES) == (0, LINES.upper(), b"")
    assert ask(portside, f"localhost:{port}", data=b"without an end") == (0, b"WITHOUT AN END", b"")


@pytest.mark.parametrize("fate", FATES)
def test_a_server_of_datagrams_answers_every_line(fate: str, portside: Path, process: Start) -> None:
    port = begin(DATAGRAMS.format(fate=FATES[fate]), process)
    asked = ask(portside, "--udp", "--timeout", "0.2", f"127.0.0.1:{port}", data=LINES)
    assert asked == (0, LINES.upper(), b"")


def test_pings_count_what_came_back_and_what_did_not(portside: Path, process: Start) -> None:
    port = begin(DATAGRAMS.format(fate=FATES["every other one is lost"]), process)
    code, out, err = ask(portside, "--udp", "--pings", "4", "--interval", "0", "--timeout", "1", f"127.0.0.1:{port}")
    assert (code, err) == (0, b"")
    assert re.search(rb"^4 sent, 2 received, 50% lost", out, re.MULTILINE)
    assert re.search(rb"min.*mean.*max", out)


def test_a_server_that_closes_without_a_word_is_an_error(portside: Path, process: Start) -> None:
    port = begin(CLASSIC.replace("    connectionSocket.send(sentence.upper().encode())\n", ""), process)
    code, out, err = ask(portside, f"127.0.0.1:{port}", "hello")
    assert (code, out, err.count(b"\n")) == (3, b"", 1)
    assert b"without a reply" in err
