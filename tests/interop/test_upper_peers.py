"""``portside serve upper``, spoken to by programs that others wrote: socat, ncat and openssl."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import certificates
from tests.support.peers import need
from tests.support.ports import free_tcp_port, free_udp_port
from tests.support.processes import Running
from tests.support.served import Served

pytestmark = pytest.mark.peer

Serve = Callable[..., Served]
Start = Callable[..., Running]

TEXT = "straße\nπρος τα πάνω\nno utf-8: ".encode() + b"\xff\xfe\nhalf a character: \xe2\x82"
RAISED = "STRASSE\nΠΡΟΣ ΤΑ ΠΆΝΩ\nNO UTF-8: ".encode() + b"\xff\xfe\nHALF A CHARACTER: \xe2\x82"
WAIT = 60.0  # seconds for one program to end


def say(*command: str | Path, data: bytes = TEXT) -> bytes:
    """What a program prints that is given ``data`` and then the end."""
    ended = subprocess.run(command, input=data, capture_output=True, check=False, timeout=WAIT)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.fixture
def secured(served: Serve, tmp_path: Path) -> tuple[Served, Path]:
    """A server with TLS, and the file of the authority that vouches for it."""
    authority = certificates.make_ca(tmp_path)
    pair = certificates.good(tmp_path, authority)
    return served("upper", "--tls", "--cert", pair.cert, "--key", pair.key), authority.cert


# ----------------------------------------------------------------------------------------------------- TCP


def test_socat_gets_back_all_it_said(served: Serve) -> None:
    server = served("upper")
    assert say(need("socat"), "-t60", "-", f"TCP:127.0.0.1:{server.port}") == RAISED


def test_ncat_gets_back_all_it_said(served: Serve) -> None:
    server = served("upper")
    assert say(need("ncat"), "127.0.0.1", str(server.port)) == RAISED


@pytest.mark.parametrize("command", [("ncat",), ("socat", "-")])
def test_a_word_without_a_newline_is_answered_while_the_line_is_open(
    command: tuple[str, ...], served: Serve, process: Start
) -> None:
    server = served("upper")
    name, *arguments = command
    where = [f"TCP:127.0.0.1:{server.port}"] if name == "socat" else ["127.0.0.1", str(server.port)]
    peer = process(need(name), *arguments, *where, input=True)
    for word, answer in [(b"hello", "HELLO"), (b" you", "HELLO YOU"), (b" there\n", "HELLO YOU THERE\n")]:
        peer.tell(word)
        peer.wait_for_line(answer)
    peer.hang_up()
    assert peer.wait() == 0


def test_a_large_file_comes_back_whole(served: Serve, tmp_path: Path) -> None:
    server = served("upper")
    line = "Ein größeres Stück Text, das oft genug wiederholt wird.\n".encode()
    path = tmp_path / "text"
    path.write_bytes(line * 300_000)
    with path.open("rb") as file:
        ended = subprocess.run(
            [need("socat"), "-t60", "-", f"TCP:127.0.0.1:{server.port}"],
            stdin=file, capture_output=True, check=True, timeout=WAIT,
        )  # fmt: skip
    expected = line.decode().upper().encode() * 300_000
    assert hashlib.sha256(ended.stdout).digest() == hashlib.sha256(expected).digest()


def test_over_ipv6(served: Serve) -> None:
    six = served("upper", "--host", "::1")
    assert say(need("socat"), "-t60", "-", f"TCP6:[::1]:{six.port}") == RAISED


# ----------------------------------------------------------------------------------------------------- UDP


@pytest.mark.parametrize("size", [1, 1000, 60_000])
def test_socat_sends_a_datagram_and_gets_one(size: int, served: Serve, process: Start) -> None:
    server = served("upper", "--udp")
    peer = process(need("socat"), "-b65536", "-", f"UDP:127.0.0.1:{server.port}", input=True)
    peer.tell(b"x" * size)
    peer.wait_for_line(f"^X{{{size}}}$")
    assert peer.stdout == "X" * size


def test_ncat_sends_datagrams_and_gets_as_many(served: Serve, process: Start) -> None:
    server = served("upper", "--udp")
    peer = process(need("ncat"), "--udp", "127.0.0.1", str(server.port), input=True)
    for number in range(5):
        peer.tell(b"datagram %d\n" % number)
        peer.wait_for_line(f"^DATAGRAM {number}$")


# ----------------------------------------------------------------------------------------------------- TLS


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_openssl_verifies_and_is_answered(version: str, secured: tuple[Served, Path], process: Start) -> None:
    server, authority = secured
    peer = process(
        need("openssl"), "s_client", "-quiet", version, "-verify_return_error", "-verify_hostname", "localhost",
        "-CAfile", authority, "-connect", f"127.0.0.1:{server.port}", input=True,
    )  # fmt: skip
    for word in (b"hello\n", "straße\n".encode()):
        peer.tell(word)
        peer.wait_for_line(f"^{word.decode().strip().upper()}$")
    peer.stop()


def test_openssl_finds_no_older_version(secured: tuple[Served, Path]) -> None:
    server, _ = secured
    command = [need("openssl"), "s_client", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]
    ended = subprocess.run(
        [*command, "-connect", f"127.0.0.1:{server.port}"], input=b"", capture_output=True, check=False, timeout=WAIT
    )
    assert ended.returncode != 0


def test_socat_verifies_and_gets_back_all_it_said(secured: tuple[Served, Path]) -> None:
    server, authority = secured
    where = f"OPENSSL:127.0.0.1:{server.port},cafile={authority},verify=1,commonname=localhost"
    assert say(need("socat"), "-t60", "-", where) == RAISED


def test_ncat_verifies_and_gets_back_all_it_said(secured: tuple[Served, Path], process: Start) -> None:
    server, authority = secured
    peer = process(
        need("ncat"), "--ssl-verify", "--ssl-trustfile", authority, "--ssl-servername", "localhost",
        "127.0.0.1", str(server.port), input=True,
    )  # fmt: skip
    peer.tell(b"hello\n")
    peer.wait_for_line("^HELLO$")
    peer.tell(b"and bye")
    peer.wait_for_line("AND BYE")
    peer.hang_up()
    peer.stop()


def test_who_speaks_no_tls_gets_no_answer_and_the_server_lives_on(secured: tuple[Served, Path]) -> None:
    server, authority = secured
    ended = subprocess.run(
        [need("ncat"), "127.0.0.1", str(server.port)], input=b"hello\n", capture_output=True, check=False, timeout=WAIT
    )
    assert b"HELLO" not in ended.stdout
    where = f"OPENSSL:127.0.0.1:{server.port},cafile={authority},verify=1,commonname=localhost"
    assert say(need("socat"), "-t60", "-", where) == RAISED


# ---------------------------------------------------------------------------------- our client, their server


@pytest.mark.parametrize(
    ("listen", "options"),
    [
        ("TCP-LISTEN:{port},bind=127.0.0.1,fork,reuseaddr", []),
        ("UDP-RECVFROM:{port},bind=127.0.0.1,fork", ["--udp"]),
        (
            "OPENSSL-LISTEN:{port},bind=127.0.0.1,fork,reuseaddr,cert={cert},key={key},verify=0",
            ["--tls", "--cacert", "{ca}"],
        ),
    ],
    ids=["tcp", "udp", "tls"],
)
def test_portside_upper_is_answered_by_socat(
    listen: str, options: list[str], tmp_path: Path, portside: Path, process: Start
) -> None:
    authority = certificates.make_ca(tmp_path)
    pair = certificates.good(tmp_path, authority)
    port = free_udp_port() if "--udp" in options else free_tcp_port()
    values = {"port": port, "cert": pair.cert, "key": pair.key, "ca": authority.cert}
    answer = f"EXEC:{need('stdbuf')} -o0 {need('tr')} a-z A-Z"
    program = process(need("socat"), "-d", "-d", "-d", "-t10", listen.format(**values), answer)
    program.wait_for_line("listening on|starting recvfrom loop", output="stderr")
    command = [portside, "upper", *(option.format(**values) for option in options), f"localhost:{port}"]
    assert say(*command, data=b"hello\nhow are you\n") == b"HELLO\nHOW ARE YOU\n"
