"""Servers that want each data connection to resume the TLS session of the control connection: vsftpd, and ours.

Python's ftplib does not resume one, so it gets nothing: that the servers really look is shown by it.
"""

from __future__ import annotations

import contextlib
import ftplib
import random
import ssl
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from tests.support import ftp_served, vsftpd
from tests.support.commands import Ended, run
from tests.support.ftp_clients import curl_tls
from tests.support.ftp_peers import FtpPeer
from tests.support.our_ftp_client import get, put
from tests.support.peers import need

pytestmark = pytest.mark.peer

Ftp = Callable[..., FtpPeer]

SERVERS = [
    pytest.param(vsftpd, (), id="vsftpd"),
    pytest.param(ftp_served, ("--require-session-reuse",), id="ours"),
]
CONTENT = random.Random(16).randbytes(300_000)

each_server = pytest.mark.parametrize("kind, options", SERVERS)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    root.mkdir()
    (root / "a.bin").write_bytes(CONTENT)
    return root


@each_server
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_who_does_not_resume_gets_nothing(
    ftp: Ftp, root: Path, kind: ModuleType, options: tuple[str, ...], version: ssl.TLSVersion
) -> None:
    server = ftp(root, *options, kind=kind, tls=True)
    context = ssl.create_default_context(cafile=str(server.ca))
    context.minimum_version = context.maximum_version = version
    got = bytearray()
    client = ftplib.FTP_TLS(context=context)
    client.connect(server.host, server.port)
    client.login(server.user, server.password)
    client.prot_p()
    with contextlib.closing(client), pytest.raises(ftplib.all_errors):
        client.retrbinary("RETR a.bin", got.extend)
    assert not got


@each_server
def test_ours_resumes(ftp: Ftp, root: Path, tmp_path: Path, kind: ModuleType, options: tuple[str, ...]) -> None:
    server = ftp(root, *options, kind=kind, tls=True)
    assert get(server, "a.bin", folder=tmp_path).stdout == CONTENT
    for number in range(3):
        put(server, "-", f"{number}.bin", folder=tmp_path, data=CONTENT)
        assert (root / f"{number}.bin").read_bytes() == CONTENT


@each_server
def test_curl_resumes(ftp: Ftp, root: Path, kind: ModuleType, options: tuple[str, ...]) -> None:
    server = ftp(root, *options, kind=kind, tls=True)
    assert curl(server).stdout == CONTENT


def curl(server: FtpPeer) -> Ended:
    return run(need("curl"), "-q", "-sS", "--noproxy", "*", *curl_tls(server), server.url("a.bin"))
