"""Our own mail server, as one of those that clients of others are tried with."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from tests.support import served
from tests.support.ftp_peers import Identity
from tests.support.smtp_peers import PASSWORD, USER, Maildir, MailPeer


@contextlib.contextmanager
def serving(
    folder: Path,
    *options: str | Path,
    host: str = "127.0.0.1",
    identity: Identity | None = None,
    login: bool = False,
    at_once: bool = False,
    cwd: Path | None = None,
) -> Iterator[MailPeer]:
    """``portside serve smtp`` while the block runs, with its Maildir in ``folder``; ``options`` are more of its own.

    Where an identity is given, STARTTLS shows its certificate; with ``at_once``, TLS from the first byte does. With
    ``login`` there is ``USER``.
    """
    mail = folder / "mail"
    cert = ("--cert", identity.pair.cert, "--key", identity.pair.key) if identity else ()
    tls = ("--tls",) if at_once else ()
    user = ("--user", f"{USER}:{PASSWORD}") if login else ()
    with served.serving(folder, "smtp", mail, "--host", host, *cert, *tls, *user, *options, cwd=cwd) as server:
        ca = identity and identity.ca
        yield MailPeer(server.process, host, server.port, Maildir(mail), ca, server.port if at_once else 0)
