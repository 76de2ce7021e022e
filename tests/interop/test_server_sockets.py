"""Our server and a bare socket: what no well-behaved client does, or does in one go."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from collections.abc import Callable

import pytest

from tests.support.served import Served
from tests.support.web_folder import FILES, WebFolder, digest

Serve = Callable[..., Served]
WAIT = 20.0


def read_to_end(sock: socket.socket) -> bytes:
    got = bytearray()
    while data := sock.recv(1 << 20):
        got += data
    return bytes(got)


def exchange(server: Served, data: bytes) -> bytes:
    """All that comes until the server closes, after ``data`` was sent by a thread of its own."""
    with socket.create_connection(server.address, WAIT) as sock:
        sender = threading.Thread(target=sock.sendall, args=[data])
        sender.start()
        got = read_to_end(sock)
        sender.join()
    return got


def answers(data: bytes) -> list[tuple[int, bytes]]:
    """Status and body of the answers to GETs and PUTs that stand one after the other, each with its length."""
    found = []
    place = 0
    while place < len(data):
        end = data.index(b"\r\n\r\n", place) + 4
        head = data[place:end]
        status = re.match(rb"HTTP/1\.1 (\d{3}) ", head)
        assert status is not None
        length = re.search(rb"(?im)^content-length: (\d+)\r?$", head)
        place = end + (0 if length is None else int(length[1]))
        found.append((int(status[1]), data[end:place]))
    return found


def wait_until_nobody_listens(server: Served) -> None:
    """Return once the server accepts no more: it has heard of its stop."""
    deadline = time.monotonic() + WAIT
    with contextlib.suppress(ConnectionError):
        while time.monotonic() < deadline:
            with socket.create_connection(server.address, WAIT) as sock:
                sock.recv(1)  # it was accepted in the last moment, and is closed by the stop
        raise AssertionError(f"it still listens: {server.process}")


def get(path: str, *lines: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: localhost", *lines, "", ""]).encode()


def test_requests_sent_ahead_are_answered_in_their_order(served: Serve, web: WebFolder) -> None:
    names = ["small.txt", "large.bin", "folder/a.txt", "missing", "one.bin", "folder/", "long.txt"] * 10
    last = get("/empty.txt", "Connection: close")
    found = answers(exchange(served(web.path), b"".join(get(f"/{name}") for name in names) + last))
    assert len(found) == len(names) + 1
    for name, (status, body) in zip(names, found, strict=False):
        if name in FILES:
            assert (name, status, digest(body)) == (name, 200, digest(FILES[name]))
        else:
            assert (name, status) == (name, 404 if name == "missing" else 200)


def test_uploads_and_downloads_sent_ahead_keep_their_order(served: Serve, web: WebFolder) -> None:
    server = served(web.path, "--upload")
    rounds = 30
    data = b""
    for number in range(rounds):
        body = b"%d" % number * 5000
        head = f"PUT /note.txt HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        data += head + body + get("/note.txt?" + str(number))
    found = answers(exchange(server, data + get("/empty.txt", "Connection: close")))
    assert [status for status, _ in found[:-1:2]] == [201, *[204] * (rounds - 1)]
    assert [body for _, body in found[1:-1:2]] == [b"%d" % number * 5000 for number in range(rounds)]


def test_a_client_that_ends_its_side_still_gets_its_answer(served: Serve, web: WebFolder) -> None:
    with socket.create_connection(served(web.path).address, WAIT) as sock:
        sock.sendall(get("/large.bin"))
        sock.shutdown(socket.SHUT_WR)
        assert [digest(body) for _, body in answers(read_to_end(sock))] == [digest(FILES["large.bin"])]


def test_every_byte_may_come_alone(served: Serve, web: WebFolder) -> None:
    with socket.create_connection(served(web.path).address, WAIT) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in get("/small.txt", "Connection: close"):
            sock.send(bytes([byte]))
        assert answers(read_to_end(sock)) == [(200, FILES["small.txt"])]


@pytest.mark.parametrize(
    "request_line",
    [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", b"GET / HTTP/3.0\r\n\r\n", b"SSH-2.0-OpenSSH_9.2\r\n\r\n"],
    ids=["no host", "TLS", "HTTP/3.0", "SSH"],
)
def test_who_speaks_something_else_is_told_so_and_let_go(served: Serve, web: WebFolder, request_line: bytes) -> None:
    with socket.create_connection(served(web.path).address, WAIT) as sock:
        sock.sendall(request_line)
        sock.shutdown(socket.SHUT_WR)
        got = read_to_end(sock)
    assert re.match(rb"HTTP/1\.1 (400|505) ", got)


def test_it_stops_gracefully_in_the_middle_of_an_answer(served: Serve, web: WebFolder) -> None:
    content = web.put("huge.bin", FILES["large.bin"] * 10).read_bytes()
    server = served(web.path)
    with socket.create_connection(server.address, WAIT) as sock:
        sock.sendall(get("/huge.bin"))
        got = bytearray(sock.recv(1000))
        server.process.popen.terminate()
        wait_until_nobody_listens(server)
        got += read_to_end(sock)
    assert [digest(body) for _, body in answers(bytes(got))] == [digest(content)]
    assert server.process.wait() == 0
