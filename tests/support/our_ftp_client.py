"""``portside get`` and ``portside put`` towards an FTP server, run to their end."""

from __future__ import annotations

from pathlib import Path

from tests.support.commands import Ended, run
from tests.support.ftp_clients import LONG, encoded
from tests.support.ftp_peers import FtpPeer
from tests.support.served import PORTSIDE


def command(server: FtpPeer, verb: str, *arguments: str | Path) -> list[str | Path]:
    """The command line, with the authority that the server's certificate needs; TLS is insisted on where it is."""
    tls: tuple[str | Path, ...] = ("--cacert", server.ca, "--starttls", "require") if server.ca else ()
    return [PORTSIDE, verb, "--retries", "0", *tls, *arguments]


def get(server: FtpPeer, path: str, *options: str | Path, folder: Path, code: int = 0) -> Ended:
    """Fetch ``path``, which is not yet encoded."""
    return _checked(run(*command(server, "get", *options, server.url(encoded(path))), folder=folder, wait=LONG), code)


def put(
    server: FtpPeer, what: str | Path, path: str, *options: str | Path, folder: Path, data: bytes = b"", code: int = 0
) -> Ended:
    """Store ``what`` as ``path``, which is not yet encoded."""
    words = command(server, "put", *options, "--", what, server.url(encoded(path)))
    return _checked(run(*words, folder=folder, data=data, wait=LONG), code)


def _checked(ended: Ended, code: int) -> Ended:
    assert ended.returncode == code, (ended.returncode, ended.stderr.decode("utf-8", "replace")[-2000:])
    return ended
