"""lftp against our FTP server: mirrors in both directions, files in segments, and what else it is used for."""

from __future__ import annotations

import contextlib
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import ftp_trees
from tests.support.ftp_clients import lftp
from tests.support.ftp_peers import FtpPeer

pytestmark = pytest.mark.peer

Ftp = Callable[..., FtpPeer]

WAYS = [("127.0.0.1", False), ("::1", False), ("127.0.0.1", True), ("::1", True)]
"""Hosts, and whether TLS is demanded."""
MANY = 5000 if os.environ.get("PORTSIDE_PROVE") == "1" else 300
BIG = random.Random(6).randbytes(5_000_000)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    root.mkdir()
    return root


@pytest.mark.parametrize("host, tls", WAYS)
def test_a_tree_is_mirrored_here(ftp: Ftp, tree: Path, tmp_path: Path, host: str, tls: bool) -> None:
    lftp(ftp(tree, host=host, tls=tls), "mirror --parallel=4 . copy", folder=tmp_path)
    assert ftp_trees.digests(tmp_path / "copy") == ftp_trees.digests(tree)
    assert ftp_trees.folders(tmp_path / "copy") == ftp_trees.folders(tree)
    assert ftp_trees.times(tmp_path / "copy") == ftp_trees.times(tree)


@pytest.mark.parametrize("host, tls", WAYS)
def test_a_tree_is_mirrored_there(ftp: Ftp, tree: Path, root: Path, tmp_path: Path, host: str, tls: bool) -> None:
    lftp(ftp(root, host=host, tls=tls), "mirror -R --parallel=4 tree .", folder=tmp_path)
    assert ftp_trees.digests(root) == ftp_trees.digests(tree)
    assert ftp_trees.folders(root) == ftp_trees.folders(tree)
    assert ftp_trees.times(root) == ftp_trees.times(tree)


@pytest.mark.prove
@pytest.mark.timeout(900)
def test_many_files_there_and_back(ftp: Ftp, root: Path, tmp_path: Path) -> None:
    tree = ftp_trees.make(tmp_path / "tree", MANY)
    server = ftp(root)
    lftp(server, "mirror -R --parallel=4 tree .", "mirror --parallel=4 . copy", folder=tmp_path)
    assert ftp_trees.digests(root) == ftp_trees.digests(tmp_path / "copy") == ftp_trees.digests(tree)


def test_only_what_has_changed_is_sent_again(ftp: Ftp, tree: Path, root: Path, tmp_path: Path) -> None:
    server = ftp(root)
    lftp(server, "mirror -R tree .", folder=tmp_path)
    with contextlib.ExitStack() as stack:  # as long as a file is open, no other one gets its inode
        files = {path: stack.enter_context(path.open("rb")) for path in root.rglob("*") if path.is_file()}
        assert lftp(server, "mirror -R -v tree .", folder=tmp_path).count("Transferring") == 0
        (tree / "plain.txt").write_bytes(b"changed")
        (tree / "100%").unlink()
        lftp(server, "mirror -R --delete tree .", folder=tmp_path)
        assert ftp_trees.digests(root) == ftp_trees.digests(tree)
        stayed = {
            path
            for path, file in files.items()
            if path.exists() and os.path.samestat(path.stat(), os.fstat(file.fileno()))
        }
    assert {path.name for path in files.keys() - stayed} == {"plain.txt", "100%"}


@pytest.mark.parametrize("host, tls", WAYS)
def test_one_file_comes_in_segments(ftp: Ftp, root: Path, tmp_path: Path, host: str, tls: bool) -> None:
    (root / "big.bin").write_bytes(BIG)
    lftp(ftp(root, host=host, tls=tls), "pget -n 5 big.bin -o copy.bin", folder=tmp_path)
    assert (tmp_path / "copy.bin").read_bytes() == BIG


def test_transfers_go_on_where_they_were_cut(ftp: Ftp, root: Path, tmp_path: Path) -> None:
    (root / "big.bin").write_bytes(BIG)
    (tmp_path / "copy.bin").write_bytes(BIG[:1_234_567])
    server = ftp(root)
    lftp(server, "get -c big.bin -o copy.bin", "rm big.bin", folder=tmp_path)
    assert (tmp_path / "copy.bin").read_bytes() == BIG
    (root / "big.bin").write_bytes(BIG[:2_345_678])
    lftp(server, "put -c copy.bin -o big.bin", folder=tmp_path)
    assert (root / "big.bin").read_bytes() == BIG


@pytest.mark.parametrize("tls", [False, True])
def test_active_data_connections(ftp: Ftp, tree: Path, tmp_path: Path, tls: bool) -> None:
    lftp(ftp(tree, tls=tls), "set ftp:passive-mode no", "mirror . copy", folder=tmp_path)
    assert ftp_trees.digests(tmp_path / "copy") == ftp_trees.digests(tree)


def test_compressed_on_the_way(ftp: Ftp, tree: Path, root: Path, tmp_path: Path) -> None:
    for path in tree.rglob("*"):
        if path.is_file() and not path.stat().st_size:
            path.unlink()  # lftp stands still for seconds at each empty file that it sends in MODE Z
    server = ftp(root, "--mode-z")
    lftp(server, "set ftp:use-mode-z yes", "mirror -R tree .", "mirror . copy", folder=tmp_path)
    assert ftp_trees.digests(root) == ftp_trees.digests(tmp_path / "copy") == ftp_trees.digests(tree)


def test_without_mlsd_listings_are_understood(ftp: Ftp, tree: Path, tmp_path: Path) -> None:
    lftp(ftp(tree), "set ftp:use-feat no", "set ftp:use-mlsd no", "mirror --parallel=4 . copy", folder=tmp_path)
    copy = ftp_trees.digests(tmp_path / "copy")
    assert copy == {name: digest for name, digest in ftp_trees.digests(tree).items() if name in copy}
    missing = set(ftp_trees.digests(tree)) - set(copy)
    assert all(Path(name).name.startswith(" ") for name in missing)  # lftp takes a first space for a column's end


def test_names_are_changed_made_and_removed(ftp: Ftp, tree: Path, tmp_path: Path) -> None:
    lftp(
        ftp(tree),
        "mkdir -p new/deeper",
        "mv plain.txt new/deeper/moved.txt",
        "rm -r plain",
        "rm 'star*.txt'",
        folder=tmp_path,
    )
    assert (tree / "new/deeper/moved.txt").is_file()
    assert not (tree / "plain").exists() and not (tree / "star*.txt").exists()


def test_everything_is_found(ftp: Ftp, tree: Path, tmp_path: Path) -> None:
    found = lftp(ftp(tree), "find .", folder=tmp_path).splitlines()
    everything = {str(path.relative_to(tree)) for path in tree.rglob("*")}
    assert {line.removeprefix("./").removesuffix("/") for line in found} - {".", ""} == everything
    told = lftp(ftp(tree), "cls -1 --size --block-size=1 plain.txt", folder=tmp_path)
    assert str((tree / "plain.txt").stat().st_size) in told.split()


def test_a_glob_is_expanded(ftp: Ftp, tree: Path, tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    lftp(ftp(tree), "mget -O copy *.bin", folder=tmp_path)
    assert {path.name for path in (tmp_path / "copy").iterdir()} == {path.name for path in tree.glob("*.bin")}
