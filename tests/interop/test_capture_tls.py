"""Captures of TLS between curl and nginx: every record has tshark's name, and keys open what they open for tshark."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import PROVE
from tests.support import certificates, tcpdump, tshark, web_folder
from tests.support import nginx as nginx_peer
from tests.support.captures import told
from tests.support.commands import curl, run
from tests.support.peers import need
from tests.support.served import PORTSIDE
from tests.support.stories import http_messages, tls_records
from tests.support.tshark import by_direction

pytestmark = pytest.mark.peer

CERTIFICATE = 11
"""The handshake message that a resumed session does not need (RFC 8446 §4)."""


@dataclass(frozen=True)
class Secured:
    """A capture of TLS: the port of its server, and the keys that open it."""

    file: Path
    port: int
    keys: Path

    @property
    def opened(self) -> tuple[str, str]:
        """For tshark."""
        return "-o", f"tls.keylog_file:{self.keys}"


@pytest.fixture(scope="module", params=["TLSv1.2", "TLSv1.3"])
def secured(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Secured:
    """What curl and nginx said to each other over TLS: three new sessions, and one of them resumed."""
    tcpdump.may_capture()
    home = tmp_path_factory.mktemp("secured")
    authority = certificates.make_ca(home)
    pair = certificates.good(home, authority)
    web = web_folder.make(home / "web")
    keys, file = home / "keys.txt", home / "t.pcap"
    (home / "nginx").mkdir()
    lines = f"ssl_protocols {request.param}; ssl_session_cache shared:harbour:1m; gzip on; gzip_types text/plain;"
    with (
        pytest.MonkeyPatch.context() as patch,
        nginx_peer.serving(home / "nginx", web.path, cert=pair.cert, key=pair.key, server=lines) as server,
        tcpdump.capturing(file, f"tcp port {server.port}"),
    ):
        patch.setenv("SSLKEYLOGFILE", str(keys))
        trust, out = ("--cacert", authority.cert), ("-o", home / "out")
        curl(*trust, "--compressed", *out, f"{server.url}long.txt", *out, f"{server.url}small.txt")
        curl(*trust, "-I", f"https://localhost:{server.port}/index.html")
        fresh = ("-H", "Connection: close", *out, f"{server.url}one.bin", *out, f"{server.url}large.bin")
        curl(*trust, *fresh)  # its second connection resumes the session of the first
    return Secured(file, server.port, keys)


def test_every_record_is_named_as_tshark_names_it(secured: Secured) -> None:
    story = told(secured.file)
    found = by_direction(tls_records(story))
    assert found == by_direction(tshark.tls_records(secured.file, secured.port))
    assert len({record.stream for record in found}) == 4
    assert {name for one in story.conversations for name in one.protocols} == {"TLS"}


def test_keys_open_what_they_open_for_tshark(secured: Secured) -> None:
    story = told(secured.file, keys=secured.keys.read_bytes())
    theirs = tshark.http_messages(secured.file, spoken="tls", options=secured.opened)
    assert by_direction(http_messages(story)) == by_direction(theirs)
    assert len(theirs) == 10
    shown = [record for record in tls_records(story) if record.handshakes]
    named = [one for one in tshark.tls_records(secured.file, secured.port, options=secured.opened) if one.handshakes]
    assert by_direction(shown) == by_direction(named)
    certified = {record.stream for record in shown if CERTIFICATE in record.handshakes}
    assert certified == {0, 1, 2}, "no session was resumed"


def test_the_command_opens_tls_by_a_file_of_keys(secured: Secured) -> None:
    command = (PORTSIDE, "watch", "--text", "--protocol", "http", secured.file)
    assert run(*command).stdout == b""
    ended = run(*command, "--keys", secured.keys)
    assert ended.returncode == 0, ended.stderr
    text = ended.stdout.decode()
    assert [line for line in ("GET /long.txt", "HEAD /index.html", "GET /large.bin") if line not in text] == []


def test_keys_that_wireshark_put_into_the_file_open_it(secured: Secured, tmp_path: Path) -> None:
    file = tmp_path / "t.pcapng"
    inject = ("--inject-secrets", f"tls,{secured.keys}")
    assert run(need("editcap"), *inject, "-F", "pcapng", secured.file, file).returncode == 0
    assert http_messages(told(file)) == http_messages(told(secured.file, keys=secured.keys.read_bytes())) != []


@pytest.mark.parametrize("seed", range(50 if PROVE else 2))
def test_records_whose_packets_changed_places_are_opened_all_the_same(
    seed: int, secured: Secured, tmp_path: Path
) -> None:
    capture = tcpdump.read(secured.file)
    tcpdump.swap(capture.packets, random.Random(seed))
    keys = secured.keys.read_bytes()
    other = told(tcpdump.write(tmp_path / "t.pcap", capture), keys=keys)
    assert by_direction(http_messages(other)) == by_direction(http_messages(told(secured.file, keys=keys)))
