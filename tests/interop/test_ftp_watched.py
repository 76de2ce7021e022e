"""Two programs of others transfer files, captured on loopback: both connections are told as one conversation."""

from __future__ import annotations

from pathlib import Path

import pytest

from portside.inspector.conversations import Message
from portside.inspector.story import Story
from portside.interfaces import Role
from tests.support import certificates, ftp_served, pyftpdlib_peer, tcpdump
from tests.support.captures import told
from tests.support.commands import curl
from tests.support.ftp_peers import PASSWORD, FtpPeer, Identity

pytestmark = pytest.mark.peer

SIZE = 300_000
HOST = "127.0.0.77"
"""An address of loopback for us alone: whatever else passes there is not captured."""


def fetch(peer: FtpPeer, path: str, *options: str) -> bytes:
    """What curl gets."""
    tls = ("--ssl-reqd", "--insecure") if peer.ca else ()
    return curl("--interface", HOST, *tls, *options, peer.url(path)).stdout


def watched(home: Path, *, options: tuple[str, ...] = (), identity: Identity | None = None) -> Story:
    """curl gets a file and a listing, and what passed is told, with the keys that curl may have left in ``keys``."""
    root, file, keys = home / "root", home / "a.pcap", home / "keys"
    root.mkdir()
    (root / "a.txt").write_bytes(b"x" * SIZE)
    serving = pyftpdlib_peer.serving(home, root, host=HOST, identity=identity)
    with serving as peer, tcpdump.capturing(file, f"tcp and host {HOST}"):
        assert len(fetch(peer, "a.txt", *options)) == SIZE
        fetch(peer, "", *options)
    return told(file, keys=keys.read_bytes() if keys.exists() else b"")


def recorded(home: Path, *options: str, identity: Identity | None = None) -> Story:
    """The same from our own server, which records it itself."""
    root, record = home / "root", home / "r.pcapng"
    root.mkdir()
    (root / "a.txt").write_bytes(b"x" * SIZE)
    with ftp_served.serving(home, root, "--record", record, *options, host=HOST, identity=identity) as peer:
        assert len(fetch(peer, "a.txt")) == SIZE
        fetch(peer, "")
        assert peer.process.stop() == 0
    return told(record)


def carried(story: Story) -> tuple[Message, Message]:
    """The file and the listing."""
    rows = [row for row in story.messages if row.protocol == "FTP"]
    (file,) = [row for row in rows if row.kind == "data"]
    (listing,) = [row for row in rows if row.kind == "listing"]
    return file, listing


def check(story: Story) -> None:
    assert [one.protocols[0] for one in story.conversations if one.messages] == ["FTP", "FTP"]
    assert PASSWORD not in " ".join(row.title for row in story.messages)
    file, listing = carried(story)
    assert (file.role, file.title, file.complete) == (Role.SERVER, f"data of RETR a.txt: {SIZE:,} bytes", True)
    assert file.conversation is not listing.conversation
    content = story.content(listing.number)
    assert content is not None
    assert b"a.txt" in content.data
    whole = story.content(file.number)
    assert whole is not None
    assert whole.data == b"x" * len(whole.data)
    assert len(whole.data) > 0


@pytest.mark.parametrize(
    "options", [(), ("--disable-epsv",), ("--ftp-port", "-"), ("--ftp-port", "-", "--disable-eprt")]
)
def test_curl_and_pyftpdlib_in_every_manner_of_meeting(tmp_path: Path, options: tuple[str, ...]) -> None:
    check(watched(tmp_path, options=options))


def test_curl_and_pyftpdlib_over_tls_with_the_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    authority = certificates.make_ca(tmp_path)
    identity = Identity(certificates.good(tmp_path, authority), authority.cert)
    story = watched(tmp_path, identity=identity)
    check(story)
    assert carried(story)[0].inside == ("TCP", "TLS")


@pytest.mark.parametrize("options", [(), ("--record-secrets",)])
def test_a_record_of_our_own_server_over_tls_tells_what_its_keys_open(tmp_path: Path, options: tuple[str, ...]) -> None:
    authority = certificates.make_ca(tmp_path)
    identity = Identity(certificates.good(tmp_path, authority), authority.cert)
    story = recorded(tmp_path, *options, identity=identity)
    if options:
        check(story)
    else:
        assert {row.title for row in story.messages if row.protocol == "FTP"} >= {"AUTH SSL", "234 Begin TLS."}


def test_a_record_of_our_own_server_tells_the_same_and_holds_no_password(tmp_path: Path) -> None:
    check(recorded(tmp_path))
    assert PASSWORD.encode() not in (tmp_path / "r.pcapng").read_bytes()
