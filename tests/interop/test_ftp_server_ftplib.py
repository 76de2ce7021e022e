"""Python's own FTP client against our server: every method that it has, over IPv4 and IPv6, plain and TLS."""

from __future__ import annotations

import contextlib
import ftplib
import io
import random
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support import ftp_trees
from tests.support.ftp_peers import FtpPeer

pytestmark = pytest.mark.peer

CONTENT = random.Random(5).randbytes(3_000_000)
LINES = [b"first", b"", b"  third ", "fünf".encode()]

Start = Callable[..., FtpPeer]


class Resuming(ftplib.FTP_TLS):
    """Its data connections resume the session of the control connection, as its class cannot by itself."""

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[ssl.SSLSocket, int | None]:  # type: ignore[override]
        sock, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
        assert isinstance(self.sock, ssl.SSLSocket)
        return self.context.wrap_socket(sock, server_hostname=self.host, session=self.sock.session), size


@contextlib.contextmanager
def client_of(peer: FtpPeer, *, active: bool = False) -> Iterator[ftplib.FTP]:
    if peer.ca is None:
        client = ftplib.FTP(timeout=30, encoding="utf-8")
    else:
        client = Resuming(timeout=30, encoding="utf-8", context=ssl.create_default_context(cafile=str(peer.ca)))
    with client:
        client.connect(peer.host, peer.port)
        client.login(peer.user, peer.password)
        if isinstance(client, ftplib.FTP_TLS):
            client.prot_p()
        client.set_pasv(not active)
        yield client


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "served"
    root.mkdir()
    (root / "content.bin").write_bytes(CONTENT)
    return root


WAYS = [("127.0.0.1", False, False), ("::1", False, False), ("127.0.0.1", False, True), ("::1", False, True),
        ("127.0.0.1", True, False), ("::1", True, False), ("127.0.0.1", True, True)]  # fmt: skip


@pytest.mark.parametrize(("host", "tls", "active"), WAYS)
def test_every_method_of_ftplib(ftp: Start, folder: Path, host: str, tls: bool, active: bool) -> None:
    peer = ftp(folder, *(("--require-session-reuse",) if tls else ()), host=host, tls=tls)
    got = bytearray()
    with client_of(peer, active=active) as client:
        client.retrbinary("RETR content.bin", got.extend)
        assert bytes(got) == CONTENT
        assert client.storbinary("STOR new.bin", io.BytesIO(CONTENT)).startswith("226")
        assert client.size("new.bin") == len(CONTENT)
        assert client.mkd('with "quotes" ü') == '/with "quotes" ü'
        client.cwd('with "quotes" ü')
        assert client.pwd() == '/with "quotes" ü'
        client.storlines("STOR lines.txt", io.BytesIO(b"\n".join(LINES)))
        lines: list[str] = []
        client.retrlines("RETR lines.txt", lines.append)
        assert [line.encode() for line in lines] == LINES
        assert client.nlst() == ["lines.txt"]
        assert [name for name, _ in client.mlsd()] == ["lines.txt"]
        shown: list[str] = []
        client.dir(shown.append)
        assert shown[0].endswith(" lines.txt")
        client.rename("lines.txt", "other.txt")
        client.delete("other.txt")
        client.cwd("..")
        client.rmd('with "quotes" ü')
        assert client.voidcmd("NOOP").startswith("200")
        assert client.quit().startswith("221")
    assert (folder / "new.bin").read_bytes() == CONTENT
    assert sorted(path.name for path in folder.iterdir()) == ["content.bin", "new.bin"]


def test_a_cut_download_goes_on(ftp: Start, folder: Path) -> None:
    got = bytearray()
    with client_of(ftp(folder)) as client:
        client.voidcmd("TYPE I")
        with client.transfercmd("RETR content.bin") as sock:
            got += sock.recv(100_000)
            assert client.abort()[:3] in ("226", "426")
        with contextlib.suppress(ftplib.Error):
            client.voidresp()
        client.retrbinary("RETR content.bin", got.extend, rest=len(got))
    assert bytes(got) == CONTENT


def test_a_cut_upload_goes_on(ftp: Start, folder: Path) -> None:
    peer = ftp(folder)
    with client_of(peer) as client:
        client.voidcmd("TYPE I")
        with client.transfercmd("STOR up.bin") as sock:
            sock.sendall(CONTENT[:1_000_000])
            while " 1000000 bytes" not in client.sendcmd("STAT"):
                pass
            client.abort()
        with contextlib.suppress(ftplib.Error):
            client.voidresp()
        size = client.size("up.bin")
        assert size == 1_000_000
        assert not (folder / "up.bin").exists()
        client.storbinary("STOR up.bin", io.BytesIO(CONTENT[size:]), rest=size)
    assert (folder / "up.bin").read_bytes() == CONTENT


def test_a_tree_of_odd_names_goes_up_and_comes_back(ftp: Start, tree: Path, tmp_path: Path) -> None:
    root = tmp_path / "empty"
    root.mkdir()
    back = tmp_path / "back"
    with client_of(ftp(root)) as client:
        for path in sorted(tree.rglob("*")):
            name = path.relative_to(tree).as_posix()
            if path.is_dir():
                client.mkd(name)
            else:
                with path.open("rb") as file:
                    client.storbinary(f"STOR {name}", file)
        _fetch(client, "", back)
    assert ftp_trees.digests(root) == ftp_trees.digests(tree)
    assert ftp_trees.digests(back) == ftp_trees.digests(tree)


def _fetch(client: ftplib.FTP, folder: str, to: Path) -> None:
    to.mkdir()
    for name, facts in list(client.mlsd(folder)):
        path = f"{folder}/{name}" if folder else name
        if facts["type"] == "dir":
            _fetch(client, path, to / name)
        else:
            with (to / name).open("wb") as file:
                client.retrbinary(f"RETR {path}", file.write)


def test_two_hundred_connections_at_once(ftp: Start, folder: Path) -> None:
    peer = ftp(folder)
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(client_of(peer)) for _ in range(200)]
        assert {client.pwd() for client in clients} == {"/"}
