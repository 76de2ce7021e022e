"""What ``--record`` writes, judged by tshark: every message is there, and nothing is wrong with any packet."""

from __future__ import annotations

import base64
import random
import shutil
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import PROVE
from tests.support import tshark
from tests.support.commands import Ended, curl, run
from tests.support.nginx import Nginx
from tests.support.served import PORTSIDE, Served
from tests.support.tshark import HttpMessage, by_direction
from tests.support.web_folder import digest

pytestmark = pytest.mark.peer

Serve = Callable[..., Served]
Peer = Callable[..., Nginx]

SITE = Path(__file__).resolve().parents[2] / "examples" / "site"
HELLO = (SITE / "hello.txt").read_bytes()
PAGE = (SITE / "index.html").read_bytes()
SENT = random.Random(4).randbytes(200_000)
LARGE = random.Random(5).randbytes(100_000_000 if PROVE else 36_000_000)
"""More than one side may send without an acknowledgement (``portside.capture.flows.MOST_IN_FLIGHT``)."""
PASSWORD, COOKIE = "canary-of-passwords-7f3a", "canary-of-cookies-91bd"
LOGIN = base64.b64encode(f"user:{PASSWORD}".encode()).decode()
CREDENTIALS = (PASSWORD.encode(), COOKIE.encode(), LOGIN.encode())
PIPELINED = b"".join(b"GET /hello.txt HTTP/1.1\r\nHost: localhost\r\n\r\n" for _ in range(3))


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """Where a record is written."""
    return tmp_path / "t.pcapng"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The example site, in a folder that may be written to."""
    return Path(shutil.copytree(SITE, tmp_path / "site"))


def portside(*arguments: str | Path, data: bytes = b"") -> Ended:
    """A client of ours, which has to succeed."""
    ended = run(PORTSIDE, *arguments, data=data)
    assert ended.returncode == 0, ended.stderr.decode("utf-8", "replace")
    return ended


def told(messages: list[HttpMessage]) -> list[str]:
    """Each message in a word or two, with the number of its connection."""
    return [f"{message.stream} {message.what}" for message in messages]


def stopped(server: Served) -> None:
    """Stop it, so that its record is complete."""
    assert server.process.stop() == 0
    assert "record" not in server.process.stderr


def assert_well_formed(file: Path, spoken: str = "http") -> None:
    """tshark has read every packet, found every checksum right, and has nothing to remark."""
    assert tshark.complaints(file, spoken=spoken) == []


# --------------------------------------------------------------------------------- ten requests, dissected


def ten_requests(server: Served, *trust: str | Path) -> list[HttpMessage]:
    """What people do with a site, by curl; returns what a watcher has to see."""
    url = server.url
    tagged = curl("-I", *trust, f"{url}hello.txt").stdout.decode()
    tag = next(line.partition(": ")[2] for line in tagged.splitlines() if line.lower().startswith("etag"))
    curl("-r", "10-19", *trust, f"{url}hello.txt")
    curl("-H", f"If-None-Match: {tag}", *trust, f"{url}hello.txt")
    page = curl("-H", "Accept-Encoding: gzip", *trust, url).stdout
    curl("-T", "-", *trust, f"{url}sent.bin", data=SENT)
    refused = curl("--data-binary", "@-", *trust, url, data=b"a=1").stdout
    curl(*trust, f"{url}nothing-is-here")
    curl("-Z", "--parallel-max", "1", *trust, url, f"{url}hello.txt", url)
    missing = (SITE / "404.html").read_bytes()
    return [
        *_exchange(0, "HEAD /hello.txt", "200", b""),
        *_exchange(1, "GET /hello.txt", "206", HELLO[10:20]),
        *_exchange(2, "GET /hello.txt", "304", b""),
        *_exchange(3, "GET /", "200", PAGE, len(page)),
        HttpMessage(4, True, "100", 0, digest(b"")),
        HttpMessage(4, False, "PUT /sent.bin", len(SENT), digest(SENT)),
        HttpMessage(4, True, "201", 0, digest(b"")),
        HttpMessage(5, False, "POST /", 3, digest(b"a=1")),
        HttpMessage(5, True, "415", len(refused), digest(refused)),
        *_exchange(6, "GET /nothing-is-here", "404", missing),
        *_exchange(7, "GET /", "200", PAGE),
        *_exchange(7, "GET /hello.txt", "200", HELLO),
        *_exchange(7, "GET /", "200", PAGE),
    ]


def _exchange(stream: int, asked: str, status: str, body: bytes, size: int | None = None) -> list[HttpMessage]:
    answer = HttpMessage(stream, True, status, len(body) if size is None else size, digest(body))
    return [HttpMessage(stream, False, asked, 0, digest(b"")), answer]


@pytest.mark.parametrize(("host", "tls"), [("127.0.0.1", ""), ("::1", ""), ("127.0.0.1", "1.2"), ("::1", "1.3")])
def test_every_request_and_response_is_dissected(host: str, tls: str, served: Serve, site: Path, record: Path) -> None:
    secured = ("--tls", "--record-secrets") if tls else ()
    server = served(site, "--host", host, "--upload", *secured, "--record", record)
    expected = ten_requests(server, *(["-k", "--tls-max", tls] if tls else []))
    stopped(server)
    spoken = "tls" if tls else "http"
    assert_well_formed(record, spoken)
    assert by_direction(tshark.http_messages(record, spoken=spoken)) == by_direction(expected)


def test_requests_sent_in_one_go_are_told_apart(served: Serve, record: Path) -> None:
    server = served(SITE, "--record", record)
    with socket.create_connection(server.address, 30) as sock:
        sock.sendall(PIPELINED)
        sock.shutdown(socket.SHUT_WR)
        with sock.makefile("rb") as file:
            assert file.read().count(HELLO) == 3
    stopped(server)
    assert_well_formed(record)
    expected = _exchange(0, "GET /hello.txt", "200", HELLO) * 3
    assert by_direction(tshark.http_messages(record)) == by_direction(expected)


def test_a_connection_that_is_cut_off_is_a_reset(served: Serve, record: Path) -> None:
    server = served(SITE, "--record", record)
    with socket.create_connection(server.address, 30) as sock:
        sock.sendall(b"GET /hello.txt HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert sock.recv(1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    curl(f"{server.url}hello.txt")  # what comes later is seen later: the reset has arrived
    stopped(server)
    assert ["(RST)" in row[3] for row in tshark.complaints(record)] == [True]
    assert [row[0] for row in tshark.rows(record, "tcp.stream", where="tcp.flags.reset == 1")] == ["0"]


@pytest.mark.parametrize(("spoken", "size"), [("http", len(LARGE)), ("tls", len(LARGE) if PROVE else len(LARGE) // 8)])
def test_large_bodies_pass_in_both_directions(spoken: str, size: int, served: Serve, site: Path, record: Path) -> None:
    content = LARGE[:size]
    (site / "large.bin").write_bytes(content)
    tls = ("--tls", "--record-secrets") if spoken == "tls" else ()
    server = served(site, "--upload", *tls, "--record", record)
    assert digest(curl("-k", f"{server.url}large.bin").stdout) == digest(content)
    curl("-k", "-T", site / "large.bin", f"{server.url}sent.bin")
    stopped(server)
    assert_well_formed(record, spoken)
    folder = record.with_name("bodies")
    assert tshark.bodies(record, folder, spoken=spoken)["large.bin"] == digest(content)
    sizes = tshark.rows(record, "http.content_length_header", where="http.content_length_header", spoken=spoken)
    assert [row[0] for row in sizes].count(str(size)) == 2


# ------------------------------------------------------------------------------------ clients and datagrams


@pytest.mark.parametrize("spoken", ["http", "tls"])
def test_a_client_records_what_it_says_and_hears(spoken: str, served: Serve, site: Path, record: Path) -> None:
    tls = ("--tls",) if spoken == "tls" else ()
    server = served(site, "--upload", *tls)
    secrets = ("--record-secrets",) if tls else ()
    assert portside("get", "--record", record, *secrets, f"{server.url}hello.txt").stdout == HELLO
    assert_well_formed(record, spoken)
    assert told(tshark.http_messages(record, spoken=spoken)) == ["0 GET /hello.txt", "0 200"]
    portside("put", "--record", record, *secrets, site / "index.html", f"{server.url}new.html")
    assert_well_formed(record, spoken)
    found = {message.what: message.digest for message in tshark.http_messages(record, spoken=spoken)}
    assert found["PUT /new.html"] == digest(PAGE)
    assert "201" in found


def test_both_sides_of_a_port_record_the_same_conversation(served: Serve, record: Path) -> None:
    heard = record.with_name("server.pcapng")
    server = served(SITE, "--record", heard)
    portside("get", "--record", record, f"{server.url}hello.txt", server.url)
    stopped(server)
    assert_well_formed(record)
    assert_well_formed(heard)
    assert tshark.http_messages(record) == tshark.http_messages(heard) != []


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_lines_are_segments_and_datagrams_are_datagrams(host: str, served: Serve, record: Path) -> None:
    at = f"[{host}]" if ":" in host else host
    heard = record.with_name("server.pcapng")
    stream = served("upper", "--host", host, "--record", heard)
    assert portside("upper", "--record", record, f"{at}:{stream.port}", "a ship").stdout == b"A SHIP\n"
    stopped(stream)
    for file in (record, heard):
        assert_well_formed(file, "data")
        lines = tshark.rows(file, "tcp.payload", where="tcp.len > 0", spoken="data")
        assert [bytes.fromhex(row[0]) for row in lines] == [b"a ship\n", b"A SHIP\n"]
    datagrams = served("upper", "--udp", "--host", host, "--record", heard)
    asked = ("--record", record, f"{at}:{datagrams.port}", "a ship")
    assert portside("upper", "--udp", *asked).stdout == b"A SHIP\n"
    stopped(datagrams)
    for file in (record, heard):
        assert_well_formed(file, "data")
        found = tshark.rows(file, "udp.dstport", "data.data")
        assert found[0] == (str(datagrams.port), b"a ship".hex())
        assert [row[1] for row in found] == [b"a ship".hex(), b"A SHIP".hex()]


# ------------------------------------------------------------------------------------------------- secrets


def ask_with_credentials(url: str) -> None:
    """Everything that may hold a credential, by curl and in pieces of one byte."""
    curl("-k", "-u", f"user:{PASSWORD}", "-b", f"session={COOKIE}", f"{url}hello.txt")
    curl("-k", "-H", f"Authorization: Bearer {PASSWORD}", "-H", f"Proxy-Authorization: Basic {LOGIN}", url)


def drip(server: Served) -> None:
    head = f"GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic {LOGIN}\r\nCookie: a={COOKIE}\r\n\r\n"
    with socket.create_connection(server.address, 30) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        for byte in head.encode():
            sock.sendall(bytes([byte]))
        sock.shutdown(socket.SHUT_WR)
        while sock.recv(65536):
            pass


@pytest.mark.parametrize("secrets", [False, True])
def test_credentials_stand_in_a_record_only_when_asked_for(
    secrets: bool, served: Serve, nginx: Peer, record: Path
) -> None:
    options = ("--record", record, *(["--record-secrets"] if secrets else []))
    server = served(SITE, *options, "--auth", f"user:{PASSWORD}")
    ask_with_credentials(server.url)
    drip(server)
    stopped(server)
    data = record.read_bytes()
    assert [secret in data for secret in CREDENTIALS] == [secrets] * 3
    assert_well_formed(record)
    assert stat.S_IMODE(record.stat().st_mode) == 0o600
    users = record.with_name("users")
    users.write_text(f"user:{{PLAIN}}{PASSWORD}\n")
    users.chmod(0o644)  # nginx reads it as somebody else
    secured = f"auth_basic harbour; auth_basic_user_file {users};"
    peer = nginx(SITE, server=f"add_header Set-Cookie 'session={COOKIE}; Path=/'; {secured}")
    portside("get", *options, "-u", f"user:{PASSWORD}", "-H", f"Cookie: a={COOKIE}", f"{peer.url}hello.txt")
    data = record.read_bytes()
    assert [secret in data for secret in CREDENTIALS[1:]] == [secrets] * 2
    assert_well_formed(record)


def test_tls_is_opened_by_the_record_alone_or_not_at_all(served: Serve, record: Path) -> None:
    server = served(SITE, "--tls", "--record", record)
    curl("-k", f"{server.url}hello.txt")
    stopped(server)
    assert_well_formed(record, "tls")
    assert tshark.http_messages(record, spoken="tls") == []
    data = record.read_bytes()
    assert b"TRAFFIC_SECRET" not in data
    assert b"CLIENT_RANDOM" not in data
    assert HELLO[:40] not in data


# ------------------------------------------------------------------------------------------ several files


@pytest.mark.parametrize("spoken", ["http", "tls"])
def test_each_file_of_a_divided_record_is_read_by_itself(spoken: str, served: Serve, record: Path) -> None:
    tls = ("--tls", "--record-secrets") if spoken == "tls" else ()
    server = served(SITE, *tls, "--record", record, "--record-size", "40K", "--record-files", "4")
    for _ in range(12):
        curl("-k", "-o", record.with_name("page"), "-o", record.with_name("page"), server.url, server.url)
    stopped(server)
    files = sorted(record.parent.glob("t*.pcapng"), key=lambda file: (len(file.name), file.name))
    assert len(files) == 4 and all(file.stat().st_size <= 40 * 1024 for file in files)
    shown: set[str] = set()
    for file in files[:-1]:  # the last one may hold the count of packets alone
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert tshark.rows(file, "frame.number", where="_ws.malformed", spoken=spoken) == []
        shown |= {message.what for message in tshark.http_messages(file, spoken=spoken)}
    assert {"GET /", "200"} <= shown
