"""Our own FTP server, as one of the servers that clients of others are tried with."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from tests.support import served
from tests.support.ftp_peers import PASSWORD, USER, FtpPeer, Identity


@contextlib.contextmanager
def serving(
    home: Path, root: Path, *arguments: str | Path, host: str = "127.0.0.1", identity: Identity | None = None
) -> Iterator[FtpPeer]:
    """``portside serve ftp ROOT`` while the block runs, with one user who may read and write.

    With an identity TLS is demanded. ``arguments`` are more options.
    """
    tls = ("--tls", "--cert", identity.pair.cert, "--key", identity.pair.key) if identity else ()
    login = ("--user", f"{USER}:{PASSWORD}:rw")
    with served.serving(home, "ftp", root, "--host", host, *login, *tls, *arguments) as server:
        yield FtpPeer(server.process, host, server.port, root, USER, PASSWORD, identity and identity.ca)
