"""Our FTP client with the servers that others wrote, and with ours: over both families, with and without TLS.

vsftpd knows no MLSD, so there the client reads LIST; and over TLS it refuses each data connection that does not resume
the session of the control connection.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from tests.support import ftp_served, ftp_trees, proftpd, pyftpdlib_peer, vsftpd
from tests.support.commands import run
from tests.support.ftp_peers import FtpPeer
from tests.support.our_ftp_client import command, get, put

pytestmark = pytest.mark.peer

Ftp = Callable[..., FtpPeer]

KINDS = [
    pytest.param(vsftpd, id="vsftpd"),
    pytest.param(proftpd, id="proftpd"),
    pytest.param(pyftpdlib_peer, id="pyftpdlib"),
    pytest.param(ftp_served, id="ours"),
]
WAYS = [
    pytest.param("127.0.0.1", False, id="IPv4"),
    pytest.param("::1", False, id="IPv6"),
    pytest.param("127.0.0.1", True, id="IPv4-TLS"),
    pytest.param("::1", True, id="IPv6-TLS"),
]
MANY = 5000 if os.environ.get("PORTSIDE_PROVE") == "1" else 300
BIG = random.Random(9).randbytes(4_000_000)

each_kind = pytest.mark.parametrize("kind", KINDS)
each_way = pytest.mark.parametrize("host, tls", WAYS)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """What an empty server serves."""
    root = tmp_path / "root"
    root.mkdir()
    return root


@each_kind
@each_way
def test_a_tree_is_mirrored_here(ftp: Ftp, tree: Path, tmp_path: Path, kind: ModuleType, host: str, tls: bool) -> None:
    server = ftp(tree, kind=kind, host=host, tls=tls)
    get(server, "", "--recursive", "-o", "copy", folder=tmp_path)
    assert ftp_trees.digests(tmp_path / "copy") == ftp_trees.digests(tree)
    assert ftp_trees.times(tmp_path / "copy") == ftp_trees.times(tree)


@each_kind
@each_way
def test_a_tree_is_mirrored_there(
    ftp: Ftp, tree: Path, root: Path, tmp_path: Path, kind: ModuleType, host: str, tls: bool
) -> None:
    put(ftp(root, kind=kind, host=host, tls=tls), "tree", "new", "--recursive", folder=tmp_path)
    assert ftp_trees.digests(root / "new") == ftp_trees.digests(tree)
    if kind is not vsftpd:  # which knows no MFMT
        assert ftp_trees.times(root / "new") == ftp_trees.times(tree)


@each_kind
def test_only_what_has_changed_moves_again(ftp: Ftp, tree: Path, root: Path, tmp_path: Path, kind: ModuleType) -> None:
    server = ftp(root, kind=kind)
    put(server, "tree", "new", "--recursive", folder=tmp_path)
    before = written(root)
    (tree / "plain.txt").write_bytes(b"changed")
    (tree / "a").unlink()
    put(server, "tree", "new", "--recursive", "--delete", folder=tmp_path)
    assert ftp_trees.digests(root / "new") == ftp_trees.digests(tree)
    later = written(root)
    assert {Path(name).name for name in before if later.get(name) != before[name]} == {"plain.txt", "a"}


def written(root: Path) -> dict[str, tuple[int, int]]:
    """When each file was last written to, whatever its time says."""
    files = (path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): (path.stat().st_ino, path.stat().st_ctime_ns) for path in files}


@each_kind
@each_way
def test_one_file_in_segments(ftp: Ftp, root: Path, tmp_path: Path, kind: ModuleType, host: str, tls: bool) -> None:
    (root / "big.bin").write_bytes(BIG)
    get(ftp(root, kind=kind, host=host, tls=tls), "big.bin", "--segments", "4", "-O", folder=tmp_path)
    assert (tmp_path / "big.bin").read_bytes() == BIG


@each_kind
@each_way
def test_active_data_connections(ftp: Ftp, root: Path, tmp_path: Path, kind: ModuleType, host: str, tls: bool) -> None:
    (root / "big.bin").write_bytes(BIG)
    server = ftp(root, kind=kind, host=host, tls=tls)
    assert get(server, "big.bin", "--active", folder=tmp_path).stdout == BIG
    put(server, "-", "sent.bin", "--active", folder=tmp_path, data=BIG)
    assert (root / "sent.bin").read_bytes() == BIG


@each_kind
@pytest.mark.parametrize("tls", [False, True])
def test_transfers_go_on_where_they_were_cut(ftp: Ftp, root: Path, tmp_path: Path, kind: ModuleType, tls: bool) -> None:
    (root / "big.bin").write_bytes(BIG[:1_500_000])
    (tmp_path / "big.bin").write_bytes(BIG)
    server = ftp(root, kind=kind, tls=tls)
    put(server, "big.bin", "big.bin", "--resume", folder=tmp_path)
    assert (root / "big.bin").read_bytes() == BIG


@each_kind
def test_every_odd_name_one_by_one(ftp: Ftp, tree: Path, tmp_path: Path, kind: ModuleType) -> None:
    server = ftp(tree, kind=kind)
    (tmp_path / "new.bin").write_bytes(b"new content")
    for name in (*ftp_trees.FILE_NAMES[::7], f"{ftp_trees.FOLDER_NAMES[2]}/new name"):
        if (tree / name).exists():
            assert get(server, name, folder=tmp_path).stdout == (tree / name).read_bytes()
        put(server, "new.bin", name, folder=tmp_path)
        assert (tree / name).read_bytes() == b"new content"


@each_kind
def test_wildcards_and_listings(ftp: Ftp, tree: Path, tmp_path: Path, kind: ModuleType) -> None:
    server = ftp(tree, kind=kind)
    copy = tmp_path / "copy"
    copy.mkdir()
    ended = run(*command(server, "get", "-O", server.url("*.bin")), folder=copy)
    assert ended.returncode == 0, ended.stderr
    assert {path.name for path in copy.iterdir()} == {path.name for path in tree.glob("*.bin")}
    listed = get(server, "plain/", folder=tmp_path).stdout.decode()
    assert all(path.name in listed for path in (tree / "plain").iterdir())


@each_kind
def test_refusals_have_their_exit_codes(ftp: Ftp, tree: Path, tmp_path: Path, kind: ModuleType) -> None:
    server = ftp(tree, kind=kind)
    get(server, "missing.txt", folder=tmp_path, code=1)
    get(server, "missing/file.txt", "-O", folder=tmp_path, code=1)
    put(server, "-", "missing/there.txt", folder=tmp_path, data=b"x", code=1)
    assert not (tmp_path / "file.txt").exists()
    told = get(server, "plain.txt", "--json", "-o", "x", folder=tmp_path)
    assert json.loads(told.stdout)["bytes"] == (tree / "plain.txt").stat().st_size


@pytest.mark.prove
@pytest.mark.timeout(900)
def test_five_thousand_files_there_and_back(ftp: Ftp, root: Path, tmp_path: Path) -> None:
    tree = ftp_trees.make(tmp_path / "tree", MANY)
    server = ftp(root)
    put(server, "tree", "new", "--recursive", folder=tmp_path)
    get(server, "new", "--recursive", "-o", "copy", folder=tmp_path)
    assert ftp_trees.digests(root / "new") == ftp_trees.digests(tmp_path / "copy") == ftp_trees.digests(tree)
