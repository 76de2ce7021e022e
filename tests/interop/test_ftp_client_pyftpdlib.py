"""Our FTP client with pyftpdlib: trees with odd names both ways, in the clear and over TLS, over IPv4 and IPv6."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from portside import FtpClient, FtpSettings
from portside.errors import CertificateError
from portside.protocols.ftp.rules.orders import TlsUse
from portside.transport.dial import ClientTls
from tests.support import ftp_trees, pyftpdlib_peer
from tests.support.commands import run
from tests.support.ftp_peers import FtpPeer
from tests.support.served import PORTSIDE

pytestmark = pytest.mark.peer

Start = Callable[..., FtpPeer]
BYTES = bytes(range(256)) * 20_000


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    return folder


def settings(peer: FtpPeer, *, active: bool = False) -> FtpSettings:
    if peer.ca is None:
        return FtpSettings(tls=TlsUse.OFF, active=active)
    return FtpSettings(tls=TlsUse.REQUIRED, trust=ClientTls(cafile=peer.ca), active=active)


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_tree_goes_up_and_comes_down_as_it_was(
    ftp: Start, root: Path, tree: Path, tmp_path: Path, host: str, tls: bool
) -> None:
    peer = ftp(root, host=host, tls=tls, kind=pyftpdlib_peer)
    back = tmp_path / "back"

    async def story() -> None:
        async with FtpClient(peer.url(), settings(peer)) as client:
            up = await client.mirror("there", tree, up=True)
            assert (up.moved, up.failures) == (len(ftp_trees.digests(tree)), [])
            assert (await client.mirror("there", tree, up=True)).moved == 0
            down = await client.mirror("there", back)
            assert (down.moved, down.failures) == (up.moved, [])
            assert (await client.mirror("there", back)).moved == 0

    asyncio.run(story())
    assert ftp_trees.digests(back) == ftp_trees.digests(root / "there") == ftp_trees.digests(tree)
    assert ftp_trees.times(back) == ftp_trees.times(tree)


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("active", [False, True], ids=["passive", "active"])
def test_files_go_both_ways_in_one_piece_and_in_segments(
    ftp: Start, root: Path, tmp_path: Path, active: bool, tls: bool
) -> None:
    peer = ftp(root, tls=tls, kind=pyftpdlib_peer)
    (tmp_path / "source").write_bytes(BYTES)

    async def story() -> None:
        async with FtpClient(peer.url(), settings(peer, active=active)) as client:
            await client.upload(tmp_path / "source", "a")
            await client.download("a", tmp_path / "one")
            await client.download("a", tmp_path / "several", segments=3)

    asyncio.run(story())
    assert (root / "a").read_bytes() == (tmp_path / "one").read_bytes() == (tmp_path / "several").read_bytes() == BYTES


def test_what_was_cut_goes_on_in_both_directions(ftp: Start, root: Path, tmp_path: Path) -> None:
    peer = ftp(root, kind=pyftpdlib_peer)
    (tmp_path / "source").write_bytes(BYTES)
    (root / "a").write_bytes(BYTES[:1000])

    async def story() -> None:
        async with FtpClient(peer.url(), settings(peer)) as client:
            await client.upload(tmp_path / "source", "a", resume=True)

    asyncio.run(story())
    assert (root / "a").read_bytes() == BYTES


def test_a_certificate_of_nobody_we_know_is_refused(ftp: Start, root: Path) -> None:
    peer = ftp(root, tls=True, kind=pyftpdlib_peer)

    async def story() -> None:
        async with FtpClient(peer.url(), FtpSettings(tls=TlsUse.REQUIRED)) as client:
            with pytest.raises(CertificateError):
                await client.list()

    asyncio.run(story())


def test_the_command_mirrors_and_tells_what_it_did(ftp: Start, root: Path, tree: Path, tmp_path: Path) -> None:
    peer = ftp(root, kind=pyftpdlib_peer)
    up = run(PORTSIDE, "put", "--recursive", "--json", tree, peer.url("there/"))
    assert up.returncode == 0, up.stderr
    assert json.loads(up.stdout)["stored"] == len(ftp_trees.digests(tree))
    down = run(PORTSIDE, "get", "-r", "-q", "-o", "back", peer.url("there/"), folder=tmp_path)
    assert down.returncode == 0, down.stderr
    assert ftp_trees.digests(tmp_path / "back") == ftp_trees.digests(tree)
