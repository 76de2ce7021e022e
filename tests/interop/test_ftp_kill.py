"""``kill -9`` in the middle of FTP: of a server or a client, of an upload or a download, at moments drawn by lot.

An upload is fed through a pipe, so that it stands still after so many bytes; a download is watched by the file that it
grows. Under the final name there is never half a file; what had come is gone on with, by SIZE, REST and APPE, and what
is there in the end has the digest of what was sent.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.commands import run
from tests.support.ftp_clients import curl_tls
from tests.support.ftp_peers import FtpPeer
from tests.support.our_ftp_client import command
from tests.support.peers import need
from tests.support.processes import Running

pytestmark = [pytest.mark.peer, pytest.mark.timeout(1200)]

Ftp = Callable[..., FtpPeer]
Process = Callable[..., Running]

MOMENTS = 50 if os.environ.get("PORTSIDE_PROVE") == "1" else 2
"""For each test: in full, each end is killed at a hundred moments of uploads and of downloads."""
OLD = b"what was there before\n" * 1000
NEW = random.Random(14).randbytes(6_000_000)
LARGE = random.Random(15).randbytes(1_000_000) * 20
"""Long enough on its way that something can be killed meanwhile."""
WAIT = 30.0
TEMPORARY = ".portside-"

each_victim = pytest.mark.parametrize("victim", ["client", "server"])
each_way = pytest.mark.parametrize("tls", [False, True], ids=["plain", "TLS"])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    root.mkdir()
    return root


def moments(total: int) -> Iterator[tuple[int, int]]:
    """A number for each, and the bytes after which to kill."""
    lots = random.Random(total)
    return ((number, lots.randrange(1, total)) for number in range(MOMENTS))


def until(condition: Callable[[], bool], what: str) -> None:
    """Return once it holds."""
    deadline = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < deadline, what


def stores_told(server: FtpPeer) -> int:
    """Uploads whose end, good or bad, stands in the server's log."""
    return server.process.stderr.count("STOR /sent.bin")


def wait_until_told(server: FtpPeer, count: int) -> None:
    """Return once the server has noticed that its client has gone."""
    until(lambda: stores_told(server) >= count, "the server never noticed")


def kill(victim: Running) -> None:
    victim.popen.kill()
    victim.wait()


def parts(root: Path) -> list[Path]:
    """What has come of uploads that are not whole."""
    return [path for path in root.iterdir() if path.name.startswith(TEMPORARY)]


def received(root: Path) -> int:
    return sum(path.stat().st_size for path in parts(root))


# -------------------------------------------------------------------------------------------------- uploads


def uploading(program: str, server: FtpPeer, process: Process) -> Running:
    """A client that stores what it is told through a pipe."""
    url = server.url("sent.bin")
    if program == "portside":
        return process(*command(server, "put", "-q", "-", url), input=True)
    return process(need("curl"), "-q", "-sS", "--noproxy", "*", *curl_tls(server), "-T", "-", url, input=True)


def go_on(program: str, server: FtpPeer, file: Path) -> None:
    """Upload ``file`` to its end, behind what the server has of it."""
    url = server.url("sent.bin")
    if program == "portside":
        ended = run(*command(server, "put", "-q", "--resume", file, url))
    else:
        ended = run(need("curl"), "-q", "-sS", "--noproxy", "*", *curl_tls(server), "-C", "-", "-T", file, url)
    assert ended.returncode == 0, ended.stderr


@each_victim
@pytest.mark.parametrize("program, tls", [("curl", False), ("portside", False), ("portside", True)])
def test_a_killed_upload_is_not_there_and_is_gone_on_with(
    ftp: Ftp, process: Process, root: Path, tmp_path: Path, program: str, tls: bool, victim: str
) -> None:
    sent, stored = tmp_path / "sent.bin", root / "sent.bin"
    sent.write_bytes(NEW)
    server = ftp(root, tls=tls)
    for number, moment in moments(len(NEW)):
        stored.unlink(missing_ok=True)
        told = stores_told(server)
        client = uploading(program, server, process)
        client.tell(NEW[:moment])
        until(lambda: parts(root) != [], "the upload never began")
        assert not stored.exists()
        if victim == "client":
            kill(client)
            wait_until_told(server, told + 1)
        else:
            kill(server.process)
            client.hang_up()
            assert client.wait() != 0
            server = ftp(root, tls=tls)
        assert not stored.exists(), f"half a file after {moment} bytes (turn {number})"
        assert NEW.startswith(parts(root)[0].read_bytes()) if parts(root) else True
        go_on(program, server, sent)
        assert stored.read_bytes() == NEW
        assert [path.name for path in root.iterdir()] == ["sent.bin"]


@each_victim
def test_what_was_there_before_stays_until_the_new_file_is_whole(
    ftp: Ftp, process: Process, root: Path, victim: str
) -> None:
    stored = root / "sent.bin"
    server = ftp(root)
    for _, moment in moments(len(NEW) - 1):
        stored.write_bytes(OLD)
        told = stores_told(server)
        client = uploading("curl", server, process)
        client.tell(NEW[:moment])
        until(lambda: parts(root) != [], "the upload never began")
        if victim == "client":
            kill(client)
            wait_until_told(server, told + 1)
        else:
            kill(server.process)
            client.hang_up()
            assert client.wait() != 0
            server = ftp(root)
        assert stored.read_bytes() == OLD
        whole = uploading("curl", server, process)
        whole.tell(NEW)
        whole.hang_up()
        assert whole.wait() == 0, whole
        assert stored.read_bytes() == NEW
        assert [path.name for path in root.iterdir()] == ["sent.bin"]


def test_much_of_a_cut_upload_is_kept(ftp: Ftp, process: Process, root: Path, tmp_path: Path) -> None:
    (tmp_path / "sent.bin").write_bytes(NEW)
    server = ftp(root)
    client = uploading("portside", server, process)
    client.tell(NEW[:5_000_000])
    until(lambda: received(root) > 3_000_000, "what came was not written")
    kill(server.process)
    client.hang_up()
    assert client.wait() != 0
    server = ftp(root)
    kept = received(root)
    head = run(need("curl"), "-q", "-sS", "--noproxy", "*", "-I", server.url("sent.bin")).stdout
    assert f"Content-Length: {kept}\r\n".encode() in head
    go_on("portside", server, tmp_path / "sent.bin")
    assert (root / "sent.bin").read_bytes() == NEW
    assert server.process.stderr.count("APPE /sent.bin 226") + server.process.stderr.count("STOR /sent.bin 226") == 1


# ------------------------------------------------------------------------------------------------- downloads


@each_victim
@each_way
def test_a_killed_download_leaves_no_half_file_and_is_gone_on_with(
    ftp: Ftp, process: Process, root: Path, tmp_path: Path, victim: str, tls: bool
) -> None:
    (root / "large.bin").write_bytes(LARGE)
    folder = tmp_path / "copies"
    folder.mkdir()
    target, part = folder / "copy.bin", folder / "copy.bin.part"
    server = ftp(root, tls=tls)
    gone_on = 0
    for number, moment in moments(len(LARGE) // 2):
        words = command(server, "get", "-q", "--resume", "-o", target, server.url("large.bin"))
        client = process(*words)
        until(
            lambda client=client, moment=moment: (
                client.popen.poll() is not None or (part.exists() and part.stat().st_size >= moment)
            ),
            "the download never came so far",
        )
        kill(client if victim == "client" else server.process)
        if victim == "server":
            client.wait()
            server = ftp(root, tls=tls)
        if target.exists():
            assert target.read_bytes() == LARGE
        else:
            gone_on += 1
            assert LARGE.startswith(part.read_bytes()), f"turn {number}"
        ended = run(*command(server, "get", "-q", "--resume", "-o", target, server.url("large.bin")))
        assert ended.returncode == 0, ended.stderr
        assert target.read_bytes() == LARGE
        assert [path.name for path in folder.iterdir()] == ["copy.bin"]
        target.unlink()
    assert gone_on > 0
