"""A name server of the test's own: dnsmasq on loopback, which knows what it is told and asks nobody."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from getpass import getuser
from pathlib import Path

from tests.support.peers import need
from tests.support.ports import free_tcp_port
from tests.support.processes import Running, running
from tests.support.smtp_peers import until

QUESTION = b"\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x05there\x04test\x00\x00\x01\x00\x01"
"""The address of there.test (RFC 1035 §4)."""


@dataclass(frozen=True)
class NameServer:
    """A name server at 127.0.0.1, ``port``, over UDP and TCP."""

    process: Running
    port: int


@contextlib.contextmanager
def serving(folder: Path, records: Sequence[str]) -> Iterator[NameServer]:
    """dnsmasq while the block runs. ``records`` are its options without dashes: ``mx-host=a.test,mx.a.test,10``."""
    port = free_tcp_port()
    words = [
        need("dnsmasq"), "--keep-in-foreground", "--log-facility=-", f"--user={getuser()}", "--conf-file=/dev/null",
        "--no-hosts", "--no-resolv", "--no-poll", "--local=/test/", "--listen-address=127.0.0.1", "--bind-interfaces",
        f"--port={port}", "--pid-file", *(f"--{record}" for record in records),
    ]  # fmt: skip
    with running(words, folder) as process:
        until(lambda: _answers(port), "an answer of the name server", process)
        yield NameServer(process, port)


def _answers(port: int) -> bytes | None:
    """What it says to any question; None while nobody is there."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(0.2)
        sock.connect(("127.0.0.1", port))
        try:
            sock.send(QUESTION)
            return sock.recv(512)
        except (ConnectionRefusedError, TimeoutError):
            return None
