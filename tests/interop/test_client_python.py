"""``portside get`` with what Python's own library serves, over every kind of door."""

from __future__ import annotations

import hashlib
import http.server
import os
import random
import select
import socket
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import portside as package
from tests.support import certificates

DATA = random.Random(6).randbytes(3_000_000)


class Folder(http.server.SimpleHTTPRequestHandler):
    """Serves a folder in HTTP/1.0 without logging."""

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing: the tests look at the other side."""


class Modern(Folder):
    protocol_version = "HTTP/1.1"


@contextmanager
def serving(
    root: Path,
    handler: type[Folder] = Folder,
    family: int = socket.AF_INET,
    host: str = "127.0.0.1",
    context: ssl.SSLContext | None = None,
) -> Iterator[http.server.ThreadingHTTPServer]:
    """A server of ``root`` while the block runs, with TLS where there is a ``context``."""

    class Server(http.server.ThreadingHTTPServer):
        address_family = family

        def finish_request(self, request: Any, client_address: Any) -> None:
            handler(request, client_address, self, directory=str(root))  # type: ignore[arg-type]

    with Server((host, 0), handler) as server:
        if context is not None:  # before the thread looks at the socket, which is another one then
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def get(portside: Path, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [portside, "get", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=60,
        env={**os.environ, **environment},
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    (folder / "data").write_bytes(DATA)
    return folder


@pytest.mark.parametrize("handler", [Folder, Modern], ids=["HTTP/1.0", "HTTP/1.1"])
def test_a_file_comes_as_it_is(handler: type[Folder], root: Path, portside: Path) -> None:
    with serving(root, handler) as server:
        ended = get(portside, f"http://127.0.0.1:{server.server_port}/data")
    assert ended.returncode == 0, ended.stderr
    assert hashlib.sha256(ended.stdout).digest() == hashlib.sha256(DATA).digest()


def test_a_listing_and_a_missing_file(root: Path, portside: Path) -> None:
    with serving(root) as server:
        url = f"http://127.0.0.1:{server.server_port}/"
        assert b'href="data"' in get(portside, url).stdout
        missing = get(portside, url + "no")
    assert missing.returncode == 1 and b"answered 404 File not found" in missing.stderr


def test_a_server_without_ranges_starts_anew(root: Path, portside: Path, tmp_path: Path) -> None:
    target = tmp_path / "data"
    (tmp_path / "data.part").write_bytes(b"half")
    with serving(root) as server:
        url = f"http://127.0.0.1:{server.server_port}/data"
        (tmp_path / "data.part.json").write_text(f'{{"url": "{url}", "validator": "\\"x\\"", "size": null}}')
        assert get(portside, "--resume", "-o", target, url).returncode == 0
    assert target.read_bytes() == DATA


def test_an_ipv6_address(root: Path, portside: Path) -> None:
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    with serving(root, family=socket.AF_INET6, host="::1") as server:
        assert get(portside, f"http://[::1]:{server.server_port}/data").stdout == DATA


def test_a_unix_socket(root: Path, portside: Path, tmp_path: Path) -> None:
    class Server(socketserver.ThreadingUnixStreamServer):
        def get_request(self) -> tuple[Any, Any]:
            connection, _ = super().get_request()
            return connection, ("local", 0)

        def finish_request(self, request: Any, client_address: Any) -> None:
            Folder(request, client_address, self, directory=str(root))  # type: ignore[arg-type]

    path = tmp_path / "s"
    with Server(str(path), Folder) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            ended = get(portside, "--unix-socket", path, "http://localhost/data")
        finally:
            server.shutdown()
            thread.join()
    assert ended.stdout == DATA
    gone = get(portside, "--unix-socket", tmp_path / "no", "http://localhost/")
    assert gone.returncode == 3 and b"no such socket" in gone.stderr


def test_the_library_is_one_call(root: Path) -> None:
    with serving(root) as server:
        answer = package.get(f"http://127.0.0.1:{server.server_port}/data")
    assert (answer.status, answer.content) == (200, DATA)


# ------------------------------------------------------------------------------------------------- proxies


class Tunnels(http.server.BaseHTTPRequestHandler):
    """A proxy that opens tunnels to localhost, for those who log in where ``login`` is set."""

    login: str | None = None
    asked: list[str] = []  # noqa: RUF012 - one list for all connections, made anew by each test

    def do_CONNECT(self) -> None:
        self.asked.append(self.requestline)
        if self.login is not None and self.headers["proxy-authorization"] != self.login:
            self.send_error(407)
            return
        port = int(self.path.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as far:
            self.send_response(200)
            self.end_headers()
            _pass_on(self.connection, far)

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing."""


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    ends = {one: other, other: one}
    while True:
        for ready in select.select(list(ends), [], [])[0]:
            data = ready.recv(65536)
            if not data:
                return
            ends[ready].sendall(data)


@contextmanager
def tunnelling(login: str | None = None) -> Iterator[tuple[str, list[str]]]:
    class Proxy(Tunnels):
        asked: list[str] = []  # noqa: RUF012

    Proxy.login = login
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}", Proxy.asked
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def secured(root: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    """An https server for localhost; its URL, and whom to trust."""
    ca = certificates.make_ca(folder)
    pair = certificates.good(folder, ca)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.cert, pair.key)
    with serving(root, Modern, context=context) as server:
        yield f"https://localhost:{server.server_port}/", ca.cert


def test_https_goes_through_a_tunnel(root: Path, portside: Path, tmp_path: Path) -> None:
    with secured(root, tmp_path) as (url, ca), tunnelling("Basic bWU6cHc=") as (proxy, asked):
        ended = get(portside, "--cacert", ca, url + "data", https_proxy=f"http://me:pw@{proxy}")
        assert ended.returncode == 0, ended.stderr
        assert ended.stdout == DATA
        assert asked == [f"CONNECT {url.split('/')[2]} HTTP/1.1"]
        refused = get(portside, "--cacert", ca, url, https_proxy=f"http://{proxy}")
        assert refused.returncode == 4 and b"asks for a login" in refused.stderr
        direct = get(portside, "--cacert", ca, url + "data", https_proxy=f"http://{proxy}", no_proxy="localhost")
        assert direct.stdout == DATA


def test_a_tunnel_does_not_weaken_who_is_believed(root: Path, portside: Path, tmp_path: Path) -> None:
    with secured(root, tmp_path) as (url, _), tunnelling() as (proxy, _):
        ended = get(portside, url, https_proxy=f"http://{proxy}")
    assert ended.returncode == 4 and b"CA unknown" in ended.stderr


def test_a_proxy_that_opens_no_tunnel_is_told(root: Path, portside: Path) -> None:
    with serving(root) as server:
        ended = get(portside, "https://far.test/", https_proxy=f"http://127.0.0.1:{server.server_port}")
    assert ended.returncode == 1 and b"opens no tunnel: 501" in ended.stderr
