"""``kill -9`` in the middle of FTP: of a server or a client, of an upload or a download, at moments drawn by lot.

An upload is fed through a pipe, so that it stands still after so many bytes; a download comes through a gate, which
shuts then. Under the final name there is never half a file; what had come is gone on with, by SIZE, REST and APPE, and
what is there in the end has the digest of what was sent.
"""

from __future__ import annotations

import os
import random
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.commands import run
from tests.support.ftp_clients import curl_tls
from tests.support.ftp_peers import FtpPeer
from tests.support.gate import Gate
from tests.support.growing import size_of
from tests.support.our_ftp_client import command
from tests.support.peers import need
from tests.support.ports import free_tcp_port
from tests.support.processes import Running

pytestmark = [pytest.mark.peer, pytest.mark.timeout(1200)]

Ftp = Callable[..., FtpPeer]
Process = Callable[..., Running]

MOMENTS = 50 if os.environ.get("PORTSIDE_PROVE") == "1" else 2
"""For each test: in full, each end is killed at a hundred moments of uploads and of downloads."""
OLD = b"what was there before\n" * 1000
NEW = random.Random(14).randbytes(6_000_000)
LARGE = random.Random(15).randbytes(1_000_000) * 20
HANDSHAKE = 65_536
"""Bytes after which some of the file has come in any case, whatever TLS says before."""
BEHIND = "127.0.0.3"
"""Where the server is whose data passes a gate: the gate has the port of the data for itself at its own address."""
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


def cuts_told(server: FtpPeer) -> int:
    """Uploads that were cut off, by the server's log; a whole one's line may come after its client has ended."""
    return len(re.findall(r"STOR /sent\.bin (?!226)\d", server.process.stderr))


def kill(victim: Running) -> None:
    victim.popen.kill()
    victim.wait()


def parts(root: Path) -> list[Path]:
    """What has come of uploads that are not whole."""
    return [path for path in root.iterdir() if path.name.startswith(TEMPORARY)]


def received(root: Path) -> int:
    return sum(map(size_of, parts(root)))


class Gated:
    """A server behind two gates: ``control``, and ``data`` for the only port where it opens data connections.

    ``server`` is itself, ``near`` the way through the gates. While a client may be killed, what it ends comes in one
    order: a file ends with its connection, and was cut off if the control connection has ended before.
    """

    def __init__(self, ftp: Ftp, root: Path, tls: bool, control: Gate, data: Gate) -> None:
        self._start = lambda: ftp(root, "--passive-ports", f"{data.port}-{data.port}", host=BEHIND, tls=tls)
        self.control, self.data = control, data
        data.address = (BEHIND, data.port)
        self.begin()

    def begin(self) -> None:
        """Start the server, or another one in its place."""
        self.server = self._start()
        self.control.address = (self.server.host, self.server.port)
        self.near = replace(self.server, host=self.control.host, port=self.control.port)

    def begin_turn(self) -> None:
        """What came through the gates before is forgotten, and the next client may be killed."""
        self.control.shut_after("up", None)
        self.data.shut_after("up", None)
        self.data.ends_after(self.control)
        self._told = cuts_told(self.server)

    def kill(self, victim: str, client: Running) -> None:
        """Kill a side of an upload, and return once the other one has noticed; whoever comes next is left alone."""
        if victim == "client":
            kill(client)
            until(lambda: cuts_told(self.server) > self._told, f"the server never noticed: {self.server.process}")
        else:
            kill(self.server.process)
            client.hang_up()
            assert client.wait() != 0
            self.begin()
        self.data.ends_after(None)


@pytest.fixture
def gated(ftp: Ftp, root: Path) -> Iterator[Callable[[bool], Gated]]:
    # no server that begins again is given the port for data
    with Gate((BEHIND, 0)) as control, Gate((BEHIND, 0), free_tcp_port()) as data:
        yield lambda tls: Gated(ftp, root, tls, control, data)


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
    gated: Callable[[bool], Gated], process: Process, root: Path, tmp_path: Path, program: str, tls: bool, victim: str
) -> None:
    sent, stored = tmp_path / "sent.bin", root / "sent.bin"
    sent.write_bytes(NEW)
    gates = gated(tls)
    for number, moment in moments(len(NEW)):
        stored.unlink(missing_ok=True)
        gates.begin_turn()
        client = uploading(program, gates.near, process)
        client.tell(NEW[:moment])
        until(lambda: parts(root) != [], "the upload never began")
        assert not stored.exists()
        gates.kill(victim, client)
        assert not stored.exists(), f"half a file after {moment} bytes (turn {number})"
        assert NEW.startswith(parts(root)[0].read_bytes()) if parts(root) else True
        go_on(program, gates.near, sent)
        assert stored.read_bytes() == NEW
        assert [path.name for path in root.iterdir()] == ["sent.bin"]


@each_victim
def test_what_was_there_before_stays_until_the_new_file_is_whole(
    gated: Callable[[bool], Gated], process: Process, root: Path, victim: str
) -> None:
    stored = root / "sent.bin"
    gates = gated(False)
    for _, moment in moments(len(NEW) - 1):
        stored.write_bytes(OLD)
        gates.begin_turn()
        client = uploading("curl", gates.near, process)
        client.tell(NEW[:moment])
        until(lambda: parts(root) != [], "the upload never began")
        gates.kill(victim, client)
        assert stored.read_bytes() == OLD
        whole = uploading("curl", gates.near, process)
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
    stored = "(APPE|STOR) /sent.bin 226"
    server.process.wait_for_line(stored, output="stderr")
    assert len(re.findall(stored, server.process.stderr)) == 1


# ------------------------------------------------------------------------------------------------- downloads


@each_victim
@each_way
def test_a_killed_download_leaves_no_half_file_and_is_gone_on_with(
    gated: Callable[[bool], Gated], process: Process, root: Path, tmp_path: Path, victim: str, tls: bool
) -> None:
    (root / "large.bin").write_bytes(LARGE)
    folder = tmp_path / "copies"
    folder.mkdir()
    target, part = folder / "copy.bin", folder / "copy.bin.part"
    gates = gated(tls)
    words = command(gates.near, "get", "-q", "--resume", "-o", target, gates.near.url("large.bin"))
    for number, moment in moments(len(LARGE) // 2):
        gates.data.shut_after("down", HANDSHAKE + moment)
        client = process(*words)
        assert gates.data.wait(client, gates.server.process), client
        until(lambda: size_of(part) > 0, "what came was not written")
        kill(client if victim == "client" else gates.server.process)
        gates.data.cut()
        if victim == "server":
            assert client.wait() != 0
            gates.begin()
        assert not target.exists()
        assert LARGE.startswith(part.read_bytes()), f"turn {number}"
        ended = run(*words)
        assert ended.returncode == 0, ended.stderr
        assert target.read_bytes() == LARGE
        assert [path.name for path in folder.iterdir()] == ["copy.bin"]
        target.unlink()
