"""Programs that others wrote accept our certificates, and refuse what our authority may not vouch for."""

from __future__ import annotations

import contextlib
import os
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from portside.transport.authority import local, stores
from portside.transport.authority.local import Leaf
from portside.transport.trust import server_context
from tests.support.certificates import Pair, issued_by
from tests.support.peers import need

pytestmark = pytest.mark.peer

PAGE = "<!doctype html><title>trusted</title><h1>trusted</h1>"
WAIT = 60.0  # seconds for one program to end


@pytest.fixture
def leaf(tmp_path: Path) -> Leaf:
    return local.leaf(["shop.test"], ca_folder=tmp_path / "ca")


class Page(BaseHTTPRequestHandler):
    """Gives everybody the same page."""

    timeout = 30.0  # seconds; a browser opens connections that it never uses

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE.encode())

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing: the tests look at the other side."""


class Server(ThreadingHTTPServer):
    daemon_threads = False  # every connection has ended when the server is closed

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever refuses our certificate ends the handshake; anything else is a failure of the test."""
        assert isinstance(sys.exception(), OSError)


@contextlib.contextmanager
def answering(context: ssl.SSLContext) -> Iterator[int]:
    """A server on loopback; its port."""
    with Server(("127.0.0.1", 0), Page) as server:
        # The handshake waits for the first read, which is in the connection's own thread.
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=WAIT,
        check=False,
        env={**os.environ, **environment},
    )


# ------------------------------------------------------------------------------------------------ OpenSSL


def test_openssl_verifies_our_leaf_strictly_and_for_its_names(leaf: Leaf) -> None:
    strict = (need("openssl"), "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", leaf.authority.path)
    for name in (("-verify_hostname", "localhost"), ("-verify_hostname", "shop.test"), ("-verify_ip", "::1")):
        ended = run(*strict, *name, leaf.path)
        assert ended.returncode == 0, ended.stderr


def test_openssl_verifies_our_authority_itself_strictly(leaf: Leaf) -> None:
    path = leaf.authority.path
    assert run(need("openssl"), "verify", "-x509_strict", "-CAfile", path, path).returncode == 0


def test_openssl_refuses_our_leaf_for_a_client_or_for_mail(leaf: Leaf) -> None:
    for purpose in ("sslclient", "smimesign"):
        ended = run(need("openssl"), "verify", "-purpose", purpose, "-CAfile", leaf.authority.path, leaf.path)
        assert ended.returncode != 0


@pytest.mark.parametrize("name", ["example.com", "10.1.2.3"])
def test_openssl_refuses_what_our_authority_may_not_vouch_for(leaf: Leaf, name: str, tmp_path: Path) -> None:
    authority = leaf.authority
    forged = issued_by(tmp_path, Pair(authority.path, authority.key_path), [name])
    ended = run(need("openssl"), "verify", "-CAfile", authority.path, forged.cert)
    assert ended.returncode != 0
    assert "permitted subtree violation" in ended.stderr


# --------------------------------------------------------------------------------- curl (OpenSSL), wget (GnuTLS)


def fetch(program: str, ca: Path, url: str, *more: str) -> subprocess.CompletedProcess[str]:
    trust = {"curl": ("--cacert", ca), "wget": (f"--ca-certificate={ca}",)}[program]
    quiet = {"curl": ("-q", "-sS", "--noproxy", "*"), "wget": ("--no-config", "-nv", "-O-", "--no-proxy", "-t1")}
    return run(need(program), *quiet[program], *trust, *more, url)


@pytest.mark.parametrize("program", ["curl", "wget"])
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_fetcher_accepts_our_leaf_from_our_authority(program: str, host: str, leaf: Leaf) -> None:
    with answering(server_context(leaf.path)) as port:
        ended = fetch(program, leaf.authority.path, f"https://{host}:{port}/")
    assert (ended.returncode, ended.stdout) == (0, PAGE), ended.stderr


@pytest.mark.parametrize("program", ["curl", "wget"])
def test_a_fetcher_refuses_our_leaf_without_our_authority(program: str, leaf: Leaf, tmp_path: Path) -> None:
    other = local.open_authority(ca_folder=tmp_path / "other")
    with answering(server_context(leaf.path)) as port:
        ended = fetch(program, other.path, f"https://localhost:{port}/")
    assert ended.returncode != 0
    assert ended.stdout == ""


@pytest.mark.parametrize("name", ["example.com", "shop.test"])
def test_curl_holds_our_authority_to_its_constraints(name: str, leaf: Leaf, tmp_path: Path) -> None:
    authority = leaf.authority
    issued = issued_by(tmp_path, Pair(authority.path, authority.key_path), [name])
    with answering(server_context(issued.cert, issued.key)) as port:
        ended = fetch("curl", authority.path, f"https://{name}:{port}/", "--resolve", f"{name}:{port}:127.0.0.1")
    assert (ended.returncode == 0) is (name == "shop.test")


def test_curl_accepts_a_name_asked_for_from_its_own_authority(tmp_path: Path) -> None:
    leaf = local.leaf(["box.example"], ca_folder=tmp_path / "ca")
    with answering(server_context(leaf.path)) as port:
        url, resolve = f"https://box.example:{port}/", f"box.example:{port}:127.0.0.1"
        ended = fetch("curl", leaf.authority.path, url, "--resolve", resolve)
    assert (ended.returncode, ended.stdout) == (0, PAGE), ended.stderr


# --------------------------------------------------------------------------------------------- a browser


def browse(home: Path, url: str) -> str:
    """The page as Chromium has it, read with ``home`` as the user's home."""
    quiet = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-proxy-server", "--no-first-run")
    rules = "--host-resolver-rules=MAP * 127.0.0.1"
    profile = f"--user-data-dir={home / 'profile'}"
    return run(need("chromium"), *quiet, rules, profile, "--dump-dom", url, HOME=str(home)).stdout


@pytest.mark.page
def test_chromium_trusts_our_authority_once_installed_and_only_for_its_names(leaf: Leaf, tmp_path: Path) -> None:
    need("certutil")
    need("chromium")
    home, authority = tmp_path / "home", leaf.authority
    home.mkdir()
    machine = stores.Machine(home=home, system_stores=())
    forged = issued_by(tmp_path, Pair(authority.path, authority.key_path), ["example.com"])
    with answering(server_context(leaf.path)) as ours, answering(server_context(forged.cert, forged.key)) as theirs:
        assert "<h1>trusted</h1>" not in browse(home, f"https://localhost:{ours}/")
        assert [outcome.done for outcome in stores.install([authority], machine)] == [False, True]
        for host in ("localhost", "shop.test", "127.0.0.1"):
            assert "<h1>trusted</h1>" in browse(home, f"https://{host}:{ours}/")
        assert "<h1>trusted</h1>" not in browse(home, f"https://example.com:{theirs}/")
        assert [outcome.done for outcome in stores.uninstall([authority], machine)] == [True, True]
        assert "<h1>trusted</h1>" not in browse(home, f"https://localhost:{ours}/")


def test_a_browsers_database_takes_our_authority_and_gives_it_back(leaf: Leaf, tmp_path: Path) -> None:
    certutil = need("certutil")
    profile = tmp_path / ".mozilla/firefox/abc.default"
    profile.mkdir(parents=True)
    assert run(certutil, "-N", "-d", f"sql:{profile}", "--empty-password").returncode == 0
    machine = stores.Machine(
        home=tmp_path, system_stores=(), find=lambda name: certutil if name == "certutil" else None
    )
    listing = (certutil, "-L", "-d", f"sql:{profile}")
    for _ in range(2):  # doing it twice changes nothing
        assert stores.install([leaf.authority], machine)[1].done
    assert run(*listing).stdout.count(stores.nickname(leaf.authority)) == 1
    assert stores.uninstall([leaf.authority], machine)[1].done
    assert stores.nickname(leaf.authority) not in run(*listing).stdout
