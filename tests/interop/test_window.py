"""``--window``: what runs is shown on a page, secrets neither there nor in any file, and nothing stays behind."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import stat
import time
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.commands import curl
from tests.support.ports import free_tcp_port
from tests.support.processes import Running
from tests.support.served import Served

pytestmark = pytest.mark.peer

Serve = Callable[..., Served]
Start = Callable[..., Running]
AT = r"^portside: the window is at (http://127\.0\.0\.1:\d+/\S+/)$"
CANARY = "c4n4ry"
WAIT = 30.0


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    """Where the process under test has its temporary files."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    return folder


def ask(url: str, path: str) -> Any:
    """What the page's server answers."""
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.netloc, timeout=WAIT)
    connection.request("GET", f"{where.path}{path}", headers={"Connection": "close"})
    response = connection.getresponse()
    assert response.status == 200
    found = json.loads(response.read())
    connection.close()
    return found


def exchange(url: str) -> list[dict[str, Any]]:
    """The messages of HTTP, once a request and its answer are whole, each with all bytes and values of its layers."""
    where = urlsplit(url)
    events = http.client.HTTPConnection(where.netloc, timeout=WAIT)
    events.request("GET", f"{where.path}api/events")
    response = events.getresponse()
    rows: list[dict[str, Any]] = []
    until = time.monotonic() + WAIT
    while sum(row["complete"] for row in rows) < 2:
        line = response.readline()
        assert line and time.monotonic() < until, f"nothing more has come: {ask(url, 'api/messages')}"
        if line.startswith(b"data: "):
            rows = ask(url, "api/messages?protocol=http")["rows"]
    response.close()
    events.close()
    return [ask(url, f"api/messages/{row['number']}") for row in rows]


def said(message: dict[str, Any]) -> bytes:
    """The bytes of the message itself, and whatever else is told of it."""
    layer = next(layer for layer in message["layers"] if layer["protocol"] == "HTTP")
    return b64decode(layer["bytes"]) + json.dumps(message).encode()


def private_files(temporary: Path) -> list[bytes]:
    """What is in the private files, which are their owner's alone."""
    (folder,) = temporary.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = list(folder.iterdir())
    assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600] * len(files)
    return [file.read_bytes() for file in files]


@pytest.mark.parametrize("secrets", [False, True], ids=["hidden", "secrets"])
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_a_servers_window_shows_what_curl_fetched(
    tls: bool, secrets: bool, served: Serve, temporary: Path, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "a.txt").write_text("hello")
    options = [*(["--tls"] if tls else []), *(["--record-secrets"] if secrets else [])]
    server = served("--window", "0", site, *options, env={"TMPDIR": str(temporary)})
    url = server.process.wait_for_line(AT, output="stderr")[1]
    answer = curl("-k", "-H", f"Cookie: {CANARY}=1", "-u", f"someone:{CANARY}", f"{server.url}a.txt")
    assert answer.stdout == b"hello"

    request, response = exchange(url)
    assert request["message"]["title"] == "GET /a.txt" and response["message"]["title"] == "200 OK"
    assert b"hello" in said(response)
    assert any(layer["name"] == "TLS record" for layer in request["layers"]) is tls
    assert (CANARY.encode() in said(request)) is secrets
    assert (b"Cookie: ********" in said(request)) is not secrets
    assert ask(url, "api/state")["secrets"] is secrets

    for data in private_files(temporary):
        assert b"_TRAFFIC_SECRET" not in data and b"CLIENT_RANDOM" not in data, "keys are in no file"
        assert (CANARY.encode() in data) is (secrets and not tls)
    assert server.process.stop() == 0
    assert server.process.stdout == f"ready {server.url}\n", "everything else goes to stderr"
    assert list(temporary.iterdir()) == []


def test_the_server_serves_on_without_its_window(served: Serve, temporary: Path) -> None:
    server = served("upper", "--window", "0", env={"TMPDIR": str(temporary)})
    server.process.wait_for_line(AT, output="stderr")
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    (page,) = [int(child) for child in children]
    os.kill(page, signal.SIGKILL)
    server.process.wait_for_line("^portside: warning: the window is gone; what it showed goes on$", output="stderr")
    with socket.create_connection(server.address, WAIT) as client:
        client.sendall(b"hello\n")
        assert client.recv(100) == b"HELLO\n"
    assert server.process.stop() == 0
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(("path", "code"), [("a.txt", 0), ("none", 1)])
def test_a_clients_window_stays_and_its_exit_code_is_the_transfers(
    path: str, code: int, served: Serve, process: Start, portside: Path, temporary: Path, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "a.txt").write_text("hello")
    server = served(site)
    client = process(portside, "get", f"{server.url}{path}", "--window", "0", env={"TMPDIR": str(temporary)})
    url = client.wait_for_line(AT, output="stderr")[1]
    request = exchange(url)[0]
    assert request["message"]["title"] == f"GET /{path}"
    if code:
        client.wait_for_line("answered 404 Not Found$", output="stderr")
    else:
        client.wait_for_line("^hello")
    assert client.popen.poll() is None
    client.signal(signal.SIGINT)
    assert client.wait() == code, client
    assert client.stderr.count(" 404 ") == (1 if code else 0), "what went wrong is told once"
    assert list(temporary.iterdir()) == []


def test_nobody_there_is_told_at_once(process: Start, portside: Path, temporary: Path) -> None:
    nowhere = f"http://127.0.0.1:{free_tcp_port()}/"
    client = process(portside, "get", "--window", "0", nowhere, env={"TMPDIR": str(temporary)})
    client.wait_for_line("connection refused", output="stderr")
    assert client.popen.poll() is None
    client.signal(signal.SIGINT)
    assert client.wait() == 3
    assert client.stderr.count("\n") == 2
    assert list(temporary.iterdir()) == []
