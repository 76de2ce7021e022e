"""A foreign FTP server as tests see it, whichever it is; and how to know that one accepts."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from tests.support.certificates import Pair
from tests.support.processes import READY_TIMEOUT, Running

USER = "tester"
PASSWORD = "secret"


@dataclass(frozen=True)
class FtpPeer:
    """A server that accepts. ``root`` is the folder that a login begins in, where the user may write.

    With ``ca`` it demands TLS on both connections, with a certificate of that authority.
    """

    process: Running
    host: str
    port: int
    root: Path
    user: str
    password: str
    ca: Path | None = None

    @property
    def authority(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def url(self, path: str = "") -> str:
        """``path``, percent-encoded already, seen from the login's folder."""
        return f"ftp://{quote(self.user)}:{quote(self.password)}@{self.authority}/{path}"


@dataclass(frozen=True)
class Identity:
    """A server's certificate, and the file of the authority that made it."""

    pair: Pair
    ca: Path


def wait_until_accepting(process: Running, host: str, *ports: int) -> None:
    """Return once somebody accepts at each of these; fails where the process ends instead."""
    for port in ports:
        _wait_until_accepting(process, host, port)


def _wait_until_accepting(process: Running, host: str, port: int) -> None:
    deadline = time.monotonic() + READY_TIMEOUT
    while True:
        try:
            socket.create_connection((host, port), READY_TIMEOUT).close()
            return
        except ConnectionRefusedError:
            assert process.popen.poll() is None, process
            assert time.monotonic() < deadline, f"nobody listens at {host} port {port}: {process}"
