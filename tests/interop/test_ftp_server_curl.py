"""curl against our FTP server: every file there and back by digest, and what each of its options is promised."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import commands, ftp_trees
from tests.support.commands import Ended
from tests.support.ftp_clients import curl_many, curl_tls, encoded
from tests.support.ftp_peers import FtpPeer
from tests.support.peers import need

pytestmark = pytest.mark.peer

Ftp = Callable[..., FtpPeer]

WAYS = [("127.0.0.1", False), ("::1", False), ("127.0.0.1", True), ("::1", True)]
"""Hosts, and whether TLS is demanded."""

PARALLEL = ("-Z", "--parallel-max", "30")
"""Alone, a transfer of curl 7.88 sleeps for a second now and then, when the answer to EPSV came at once."""
BIG = random.Random(5).randbytes(3_000_000)
OK, DENIED_FOLDER, NO_RETR, QUOTE, REFUSED_UPLOAD, NO_LOGIN, NO_FILE = 0, 9, 19, 21, 25, 67, 78
"""Exit codes of curl."""


def curl(server: FtpPeer, path: str, *options: str | Path, data: bytes = b"", code: int = OK) -> Ended:
    """curl on one URL, whose ``path`` is percent-encoded."""
    return commands.curl(*curl_tls(server), *options, server.url(path), data=data, code=code)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with a few files."""
    root = tmp_path / "root"
    (root / "folder").mkdir(parents=True)
    (root / "big.bin").write_bytes(BIG)
    (root / "folder" / "lines.txt").write_bytes(b"one\ntwo\r\nthree\n")
    return root


# --------------------------------------------------------------------------------------------------- trees


@pytest.mark.parametrize("host, tls", WAYS)
def test_a_tree_is_fetched_as_it_is(ftp: Ftp, tree: Path, tmp_path: Path, host: str, tls: bool) -> None:
    names = ftp_trees.digests(tree)
    copy = tmp_path / "copy"
    transfers = [("output", name, copy / name) for name in names]
    curl_many(ftp(tree, host=host, tls=tls), transfers, tmp_path, "--create-dirs", *PARALLEL)
    assert ftp_trees.digests(copy) == names


@pytest.mark.parametrize("host, tls", WAYS)
def test_a_tree_is_stored_as_it_is(ftp: Ftp, tree: Path, tmp_path: Path, host: str, tls: bool) -> None:
    names = ftp_trees.digests(tree)
    root = tmp_path / "root"
    root.mkdir()
    transfers = [("upload-file", name, tree / name) for name in names]
    curl_many(ftp(root, host=host, tls=tls), transfers, tmp_path, "--ftp-create-dirs", "--globoff", *PARALLEL)
    assert ftp_trees.digests(root) == names


@pytest.mark.parametrize("method", ["multicwd", "nocwd", "singlecwd"])
def test_however_folders_are_reached(ftp: Ftp, tree: Path, tmp_path: Path, method: str) -> None:
    names = ftp_trees.digests(tree)
    transfers = [("output", name, tmp_path / "copy" / name) for name in names]
    curl_many(ftp(tree), transfers, tmp_path, "--create-dirs", "--ftp-method", method, *PARALLEL)
    assert ftp_trees.digests(tmp_path / "copy") == names


# ------------------------------------------------------------------------------------------ data connections


@pytest.mark.parametrize("host, tls", WAYS)
@pytest.mark.parametrize(
    "options", [(), ("--disable-epsv",), ("--ftp-port", "-"), ("--ftp-port", "-", "--disable-eprt")]
)
def test_passive_and_active(ftp: Ftp, root: Path, host: str, tls: bool, options: tuple[str, ...]) -> None:
    if "--ftp-port" in options and (tls or (":" in host and "--disable-eprt" in options)):
        return  # PORT knows no IPv6, and curl waits for ever for TLS on a connection that it accepted
    server = ftp(root, host=host, tls=tls)
    assert digest(curl(server, "big.bin", *options).stdout) == digest(BIG)
    curl(server, "sent.bin", "-T", root / "big.bin", *options)
    assert (root / "sent.bin").read_bytes() == BIG


def test_one_connection_or_many(ftp: Ftp, tree: Path, tmp_path: Path) -> None:
    names = ftp_trees.digests(tree)
    transfers = [("output", name, tmp_path / "copy" / name) for name in names]
    curl_many(ftp(tree), transfers[:10], tmp_path, "--create-dirs")
    curl_many(ftp(tree), transfers[10:], tmp_path, "--create-dirs", *PARALLEL)
    assert ftp_trees.digests(tmp_path / "copy") == names


# ------------------------------------------------------------------------------------------------ listings


def test_a_listing_names_everything(ftp: Ftp, tree: Path) -> None:
    server = ftp(tree)
    listed = curl(server, "", "-l").stdout.decode().splitlines()
    assert sorted(listed) == sorted(path.name for path in tree.iterdir())
    lines = curl(server, "").stdout.decode().splitlines()
    assert all(any(line.endswith(path.name) for line in lines) for path in tree.iterdir())
    assert sum(line.startswith("d") for line in lines) == sum(path.is_dir() for path in tree.iterdir())


def test_mlsd_by_hand(ftp: Ftp, root: Path) -> None:
    lines = curl(ftp(root), "", "-X", "MLSD").stdout.decode().splitlines()
    facts = {name: said.lower() for said, _, name in (line.partition(" ") for line in lines)}
    assert "type=dir;" in facts["folder"] and f"size={len(BIG)};" in facts["big.bin"]
    assert "type=cdir;" in " ".join(facts.values()) or set(facts) == {"folder", "big.bin"}


# --------------------------------------------------------------------------------------- parts of a file


@pytest.mark.parametrize("tls", [False, True])
def test_ranges(ftp: Ftp, root: Path, tls: bool) -> None:
    server = ftp(root, tls=tls)
    assert curl(server, "big.bin", "-r", "1000-1999").stdout == BIG[1000:2000]
    assert curl(server, "big.bin", "-r", "2999000-").stdout == BIG[2_999_000:]
    assert curl(server, "big.bin", "-r", "-500").stdout == BIG[-500:]


@pytest.mark.parametrize("tls", [False, True])
def test_a_download_goes_on(ftp: Ftp, root: Path, tmp_path: Path, tls: bool) -> None:
    copy = tmp_path / "copy.bin"
    copy.write_bytes(BIG[:1_000_001])
    curl(ftp(root, tls=tls), "big.bin", "-C", "-", "-o", copy)
    assert copy.read_bytes() == BIG


def test_what_is_appended_stands_behind(ftp: Ftp, root: Path, tmp_path: Path) -> None:
    server = ftp(root)
    curl(server, "folder/lines.txt", "-a", "-T", "-", data=b"four\n")
    assert (root / "folder/lines.txt").read_bytes() == b"one\ntwo\r\nthree\nfour\n"
    curl(server, "folder/new.txt", "-a", "-T", "-", data=b"first\n")
    assert (root / "folder/new.txt").read_bytes() == b"first\n"


def test_an_upload_replaces_what_was_there(ftp: Ftp, root: Path) -> None:
    server = ftp(root)
    curl(server, "big.bin", "-T", "-", data=b"small")
    assert (root / "big.bin").read_bytes() == b"small"
    curl(server, "empty", "-T", "-")
    assert (root / "empty").read_bytes() == b""


# ------------------------------------------------------------------------------------------ what is asked


def test_size_and_time_are_told(ftp: Ftp, root: Path) -> None:
    head = curl(ftp(root), "big.bin", "-I").stdout.decode()
    assert f"Content-Length: {len(BIG)}\r\n" in head and "Last-Modified: " in head and "Accept-ranges: bytes" in head


def test_the_time_is_kept_on_request(ftp: Ftp, tree: Path, tmp_path: Path) -> None:
    curl(ftp(tree), "plain.txt", "-R", "-o", tmp_path / "copy")
    assert int((tmp_path / "copy").stat().st_mtime) == ftp_trees.EPOCH


def test_a_newer_file_alone_is_fetched(ftp: Ftp, tree: Path) -> None:
    server = ftp(tree)
    assert curl(server, "plain.txt", "-z", "2023-11-15").stdout == b""
    assert curl(server, "plain.txt", "-z", "2023-11-13").stdout == (tree / "plain.txt").read_bytes()


def test_lines_end_in_cr_lf_in_ascii(ftp: Ftp, root: Path) -> None:
    server = ftp(root)
    assert curl(server, "folder/lines.txt", "-B").stdout.replace(b"\r\n", b"\n").count(b"\n") == 3
    assert curl(server, "folder/lines.txt;type=i").stdout == b"one\ntwo\r\nthree\n"


def test_commands_before_and_after_a_transfer(ftp: Ftp, root: Path) -> None:
    server = ftp(root)
    quoted = ("-Q", "MKD made", "-Q", "RNFR big.bin", "-Q", "RNTO made/moved.bin", "-Q", "-DELE folder/lines.txt")
    curl(server, "made/moved.bin", *quoted, "--ftp-method", "nocwd", "-o", root.parent / "copy")
    assert (root.parent / "copy").read_bytes() == BIG
    assert not (root / "folder/lines.txt").exists() and not (root / "big.bin").exists()
    curl(server, "", "-Q", "RMD folder", "-Q", "*RMD missing", "-l")
    assert not (root / "folder").exists()


# -------------------------------------------------------------------------------------------------- refusals


def test_refusals_are_understood(ftp: Ftp, root: Path, tmp_path: Path) -> None:
    server = ftp(root)
    curl(server, "missing", code=NO_FILE)
    curl(server, "missing/file", code=DENIED_FOLDER)
    curl(server, "folder/../../secret", "--path-as-is", code=NO_FILE)
    curl(server, "%2fetc/passwd", code=DENIED_FOLDER)
    curl(server, "", "-Q", "DELE missing", code=QUOTE)
    curl(server, "folder", "-T", "-", data=b"x", code=REFUSED_UPLOAD)
    url = f"ftp://tester:wrong@{server.authority}/"
    commands.curl(url, code=NO_LOGIN)


def test_a_name_cannot_hold_a_command(ftp: Ftp, root: Path) -> None:
    commands.curl(ftp(root).url("big.bin%0d%0aDELE%20big.bin"), code=3)  # curl itself refuses it
    assert (root / "big.bin").exists()


def test_nobody_reads_anything_without_tls_where_it_is_demanded(ftp: Ftp, root: Path) -> None:
    server = ftp(root, tls=True)
    assert commands.curl(server.url("big.bin"), code=NO_LOGIN).stdout == b""
    clear_data = ("--ftp-ssl-control", "--cacert", server.ca or "")
    assert commands.curl(*clear_data, server.url("big.bin"), code=NO_RETR).stdout == b""


def test_the_command_channel_stays_secret(ftp: Ftp, root: Path) -> None:
    server = ftp(root, tls=True)
    ended = curl(server, "big.bin", "-v", "--ftp-ssl-ccc", "-o", "/dev/null")
    assert b"CCC" in ended.stderr and b"< 200" not in ended.stderr.split(b"CCC")[1][:40]


def test_anonymous_reads_and_does_not_write(ftp: Ftp, root: Path) -> None:
    server = ftp(root)
    url = f"ftp://{server.authority}/"
    assert digest(commands.curl(url + "big.bin").stdout) == digest(BIG)
    commands.curl("-T", "-", url + "new.txt", data=b"x", code=REFUSED_UPLOAD)
    commands.curl("-Q", "DELE big.bin", url, code=QUOTE)
    assert (root / "big.bin").exists() and not (root / "new.txt").exists()


# ------------------------------------------------------------------------------------------------ implicit


def test_tls_from_the_first_byte(ftp: Ftp, tree: Path, tmp_path: Path) -> None:
    server = ftp(tree, "--implicit", tls=True)
    assert need("curl") and server.ca is not None
    url = server.url().replace("ftp:", "ftps:")
    for name in ("plain.txt", "日本語.txt"):
        fetched = commands.curl("--cacert", server.ca, url + encoded(name)).stdout
        assert fetched == (tree / name).read_bytes()
    commands.curl("--cacert", server.ca, "-T", "-", url + "new.txt", data=b"new")
    assert (tree / "new.txt").read_bytes() == b"new"
