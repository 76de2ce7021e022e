"""maildev as a peer: a catcher of mail of the npm registry, asked by its HTTP interface for what it has got."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.commands import curl
from tests.support.ftp_peers import wait_until_accepting
from tests.support.peers import need
from tests.support.ports import free_tcp_port
from tests.support.processes import running
from tests.support.smtp_peers import MailPeer


@dataclass(frozen=True)
class Caught:
    """An inbox behind an address of HTTP."""

    url: str

    def messages(self) -> list[dict[str, Any]]:
        """What it tells of each: ``id``, ``subject``, ``envelope`` and more."""
        found: list[dict[str, Any]] = json.loads(curl(f"{self.url}/email").stdout)
        return found

    def arrived(self) -> list[bytes]:
        return [curl(f"{self.url}/email/{message['id']}/download").stdout for message in self.messages()]


@contextlib.contextmanager
def serving(folder: Path, *options: str, host: str = "127.0.0.1") -> Iterator[MailPeer]:
    """maildev while the block runs, with what it keeps in ``folder``."""
    port, web = free_tcp_port(host), free_tcp_port()
    words = ["--smtp", str(port), "--ip", host, "--web", str(web), "--web-ip", "127.0.0.1"]
    home = {"TMPDIR": str(folder)}  # where it keeps what it has caught
    with running([need("maildev"), *words, *options], folder, cwd=folder, env=home) as process:
        wait_until_accepting(process, host, port)
        wait_until_accepting(process, "127.0.0.1", web)
        yield MailPeer(process, host, port, Caught(f"http://127.0.0.1:{web}/api"))
