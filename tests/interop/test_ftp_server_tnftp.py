"""tnftp, the BSDs' client, against our FTP server: what people type at its prompt."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import ftp_trees
from tests.support.ftp_clients import tnftp
from tests.support.ftp_peers import FtpPeer

pytestmark = pytest.mark.peer

Ftp = Callable[..., FtpPeer]

HOSTS = ["127.0.0.1", "::1"]
BIG = random.Random(7).randbytes(2_000_000)


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """Where the client stands."""
    here = tmp_path / "here"
    here.mkdir()
    return here


def typed(name: str) -> str:
    """A name as one types it at the prompt, where a backslash takes the next character as it is."""
    return "./" + re.sub(r"([ \"\\])", r"\\\1", name)


def told(said: str) -> str:
    """What was refused."""
    return "\n".join(line for line in said.splitlines() if line[:1] in "45")[:1000]


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("mode", ["passive on", "passive off"])
def test_a_tree_is_fetched_name_by_name(ftp: Ftp, tree: Path, here: Path, host: str, mode: str) -> None:
    for folder in ftp_trees.folders(tree):
        (here / folder).mkdir(parents=True, exist_ok=True)
    names = ftp_trees.digests(tree)
    gets = [f"get {typed(name)} {typed(name)}" for name in names]
    said = tnftp(ftp(tree, host=host), mode, "binary", *gets, folder=here)
    assert ftp_trees.digests(here) == names, told(said)


@pytest.mark.parametrize("host", HOSTS)
def test_a_tree_is_stored_name_by_name(ftp: Ftp, tree: Path, tmp_path: Path, host: str) -> None:
    root = tmp_path / "root"
    root.mkdir()
    names = ftp_trees.digests(tree)
    folders = [f"mkdir {typed(folder)}" for folder in sorted(ftp_trees.folders(tree))]
    puts = [f"put {typed(name)} {typed(name)}" for name in names]
    said = tnftp(ftp(root, host=host), "binary", *folders, *puts, folder=tree)
    assert ftp_trees.digests(root) == names, told(said)


def test_many_at_once_by_a_glob(ftp: Ftp, tree: Path, here: Path) -> None:
    tnftp(ftp(tree), "binary", "mget *.bin", folder=here)
    assert {path.name for path in here.iterdir()} == {path.name for path in tree.glob("*.bin")}
    (here / "one.new").write_bytes(b"1")
    (here / "two.new").write_bytes(b"2")
    tnftp(ftp(tree), "binary", "mput *.new", "mdelete *.bin", folder=here)
    assert (tree / "one.new").read_bytes() == b"1" and (tree / "two.new").read_bytes() == b"2"
    assert list(tree.glob("*.bin")) == []


def test_a_download_goes_on(ftp: Ftp, tmp_path: Path, here: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "big.bin").write_bytes(BIG)
    (here / "big.bin").write_bytes(BIG[:700_000])
    tnftp(ftp(root), "binary", "reget big.bin", folder=here)
    assert (here / "big.bin").read_bytes() == BIG


def test_what_is_asked_at_the_prompt(ftp: Ftp, tree: Path, here: Path) -> None:
    size = (tree / "plain.txt").stat().st_size
    said = tnftp(
        ftp(tree), "binary", "pwd", "cd plain", "pwd", "cdup", "size plain.txt", "modtime plain.txt", "system",
        "status", "rstatus", "features", "rhelp", "rename plain.txt moved.txt", "mkdir made", "rmdir made", "ls",
        "mlsd", "quote NOOP", "site HELP", "delete moved.txt", folder=here,
    )  # fmt: skip
    assert "Remote directory: /" in said and "/plain" in said
    assert f"plain.txt\t{size}" in said or f" {size}" in said
    assert "MLST" in said and "STOR" in said and "Not connected" not in said
    assert re.search("^50[02] ", said, re.MULTILINE) is None
    assert not (tree / "moved.txt").exists() and not (tree / "made").exists()


def test_lines_are_translated_in_ascii(ftp: Ftp, tmp_path: Path, here: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (here / "lines.txt").write_bytes(b"one\ntwo\n\nfour")
    tnftp(ftp(root), "ascii", "put lines.txt", "get lines.txt copy.txt", folder=here)
    assert (root / "lines.txt").read_bytes() == (here / "copy.txt").read_bytes() == b"one\ntwo\n\nfour"
