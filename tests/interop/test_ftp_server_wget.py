"""wget against our FTP server: trees by its own reading of listings, and files that go on."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import ftp_trees
from tests.support.ftp_clients import encoded, wget
from tests.support.ftp_peers import FtpPeer

pytestmark = pytest.mark.peer

Ftp = Callable[..., FtpPeer]

WAYS = [("127.0.0.1", False), ("::1", False), ("127.0.0.1", True), ("::1", True)]
"""Hosts, and whether TLS is demanded."""
BIG = random.Random(8).randbytes(2_000_000)


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """Where the client stands."""
    here = tmp_path / "here"
    here.mkdir()
    return here


def url(server: FtpPeer, path: str = "") -> str:
    """``ftps`` is what wget calls AUTH TLS where it is not told that TLS is implicit."""
    return f"{'ftps' if server.ca else 'ftp'}://{server.authority}/{encoded(path)}"


@pytest.mark.parametrize("host, tls", WAYS)
def test_a_tree_is_fetched(ftp: Ftp, tree: Path, here: Path, host: str, tls: bool) -> None:
    server = ftp(tree, host=host, tls=tls)
    wget(server, "-r", "-nH", "--restrict-file-names=nocontrol", "--no-remove-listing", url(server), folder=here)
    for listing in here.rglob(".listing"):
        listing.unlink()
    assert readable(ftp_trees.digests(here)) == readable(ftp_trees.digests(tree))


def readable(digests: dict[str, str]) -> dict[str, str]:
    """Those whose names wget leaves as they are: it drops a space before them, and takes them for percent-encoded."""
    odd = re.compile(r"^ |%[0-9A-Fa-f]{2}|^per cent")
    return {name: digest for name, digest in digests.items() if not odd.search(Path(name).name)}


@pytest.mark.parametrize("host, tls", WAYS)
@pytest.mark.parametrize("mode", [(), ("--no-passive-ftp",)])
def test_a_file_is_fetched_and_keeps_its_time(
    ftp: Ftp, tree: Path, here: Path, host: str, tls: bool, mode: tuple[str, ...]
) -> None:
    server = ftp(tree, host=host, tls=tls)
    wget(server, *mode, url(server, "plain.txt"), folder=here)
    assert (here / "plain.txt").read_bytes() == (tree / "plain.txt").read_bytes()
    wget(server, "-N", "-r", "-l1", "-nd", url(server, "日本語.txt"), folder=here)
    assert (here / "日本語.txt").read_bytes() == (tree / "日本語.txt").read_bytes()


def test_a_download_goes_on(ftp: Ftp, tmp_path: Path, here: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "big.bin").write_bytes(BIG)
    (here / "big.bin").write_bytes(BIG[:654_321])
    server = ftp(root)
    wget(server, "-c", url(server, "big.bin"), folder=here)
    assert (here / "big.bin").read_bytes() == BIG


def test_a_glob_in_a_url(ftp: Ftp, tree: Path, here: Path) -> None:
    server = ftp(tree)
    wget(server, f"ftp://{server.authority}/*.bin", folder=here)
    assert {path.name for path in here.iterdir()} == {path.name for path in tree.glob("*.bin")}


def test_a_file_that_is_missing_is_an_error(ftp: Ftp, tree: Path, here: Path) -> None:
    server = ftp(tree)
    wget(server, url(server, "missing.txt"), folder=here, code=8)
    assert list(here.iterdir()) == []
