"""Postfix's ``smtp-sink`` as a peer: it takes everything, and keeps each message as a file."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support import postfix
from tests.support.ftp_peers import wait_until_accepting
from tests.support.peers import need
from tests.support.ports import free_tcp_port
from tests.support.processes import running
from tests.support.smtp_peers import MailPeer

BACKLOG = "100"


@dataclass(frozen=True)
class Dumps:
    """An inbox of the files that smtp-sink writes; one that it still writes to has no end yet.

    A message that comes to nothing has a file, too, for as long as the connection lasts.
    """

    folder: Path

    def arrived(self) -> list[bytes]:
        found = []
        for file in sorted(self.folder.iterdir()):
            with contextlib.suppress(FileNotFoundError):  # it came to nothing meanwhile
                found.append(file.read_bytes().removesuffix(b"\n"))
        return found


@contextlib.contextmanager
def serving(folder: Path, *options: str, host: str = "127.0.0.1", port: int = 0) -> Iterator[MailPeer]:
    """smtp-sink while the block runs; ``options`` make it fail in chosen ways. ``folder`` receives what it says."""
    program = need("smtp-sink")
    with tempfile.TemporaryDirectory(prefix="portside-sink-") as name:
        home = Path(name)
        user = ("-u", "nobody") if os.geteuid() == 0 else ()
        home.chmod(0o777)
        port = port or free_tcp_port(host)
        where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        words = [program, *user, "-d", "message.", *options, where, BACKLOG]
        with running(words, folder, cwd=home, env=postfix.environment(program)) as process:
            wait_until_accepting(process, host, port)
            yield MailPeer(process, host, port, Dumps(home))
