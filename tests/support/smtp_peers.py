"""A mail server as tests see it, whoever wrote it: where it accepts, what has arrived there, what that has to be."""

from __future__ import annotations

import select
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import pytest

from tests.support.processes import READY_TIMEOUT, Running

T = TypeVar("T")

USER = "anna"
PASSWORD = "a secret"
DOMAIN = "example.test"
"""Whose mail the servers take."""
ANN = f"ann@{DOMAIN}"
BEN = f"ben@{DOMAIN}"
FROM = "sender@elsewhere.test"

WAYS = [
    pytest.param({"host": "127.0.0.1"}, id="IPv4"),
    pytest.param({"host": "::1"}, id="IPv6"),
    pytest.param({"host": "127.0.0.1", "tls": True}, id="IPv4-STARTTLS"),
    pytest.param({"host": "::1", "tls": True}, id="IPv6-STARTTLS"),
    pytest.param({"host": "127.0.0.1", "tls": True, "at_once": True}, id="IPv4-TLS"),
    pytest.param({"host": "::1", "tls": True, "at_once": True}, id="IPv6-TLS"),
]
each_way = pytest.mark.parametrize("way", WAYS)
"""Whatever a server is reached by: the address, and TLS by STARTTLS or from the first byte."""

GLANCE = 0.01
"""Seconds between two looks at what other processes do to files."""

TRACES = {
    "return-path", "delivered-to", "x-original-to", "received", "envelope-to", "delivery-date", "x-client-addr",
    "x-client-proto", "x-helo-args", "x-mail-args", "x-rcpt-args", "x-peer", "x-mailfrom", "x-rcptto",
    "authentication-results", "received-spf",
}  # fmt: skip
"""Fields that a server may put ahead of a message (RFC 5321 §4.4, and what each has of its own)."""


class Inbox(Protocol):
    """Where a server's messages come to lie."""

    def arrived(self) -> list[bytes]:
        """All that is there, whole, in no certain order; line ends are the server's own."""
        ...


@dataclass(frozen=True)
class Maildir:
    """An inbox in the convention of qmail: a file for each message, in ``new`` until it is looked at."""

    folder: Path

    def arrived(self) -> list[bytes]:
        return [file.read_bytes() for file in sorted(self.folder.glob("new/*"))]

    def unfinished(self) -> list[Path]:
        """What is on its way in."""
        return sorted(self.folder.glob("tmp/*"))


@dataclass(frozen=True)
class MailPeer:
    """A server that accepts at ``port``. With ``ca`` it has a certificate of that authority, and offers STARTTLS.

    At ``tls_port``, where it is not 0, TLS is there from the first byte (RFC 8314).
    """

    process: Running
    host: str
    port: int
    inbox: Inbox
    ca: Path | None = None
    tls_port: int = 0

    @property
    def authority(self) -> str:
        return _authority(self.host, self.port)

    @property
    def url(self) -> str:
        return f"smtp://{self.authority}"

    @property
    def tls_url(self) -> str:
        assert self.tls_port, "it offers no TLS from the first byte"
        return f"smtps://{_authority(self.host, self.tls_port)}"

    def wait(self, count: int) -> list[bytes]:
        """What has arrived, once that is ``count`` messages at least."""

        def enough() -> list[bytes] | None:
            found = self.inbox.arrived()
            return found if len(found) >= count else None

        return until(enough, f"{count} messages at {self.url}", self.process)

    def wait_for(self, *contents: bytes) -> None:
        """Return once each of ``contents`` has arrived as it was sent, and nothing else has."""

        def complete() -> bool | None:
            found = self.inbox.arrived()
            return (len(found) == len(contents) and _match(found, contents)) or None

        try:
            until(complete, f"{len(contents)} messages at {self.url}, as they were sent", self.process)
        except AssertionError as error:
            raise AssertionError(f"{error}\narrived: {[raw[:2000] for raw in self.inbox.arrived()[:5]]}") from None


def until(look: Callable[[], T | None], wanted: str, process: Running | None = None) -> T:
    """What ``look`` finds, once it finds anything; fails where that takes too long or the process has ended."""
    deadline = time.monotonic() + READY_TIMEOUT
    while (found := look()) is None:
        assert time.monotonic() < deadline, f"not within {READY_TIMEOUT:g} s: {wanted}; {process}"
        assert process is None or process.popen.poll() is None, f"it has ended before: {wanted}; {process}"
        select.select([], [], [], GLANCE)
    return found


def carries(raw: bytes, sent: bytes) -> bool:
    """Whether a message that arrived is ``sent`` to the byte, behind nothing but fields of a server's own.

    Lines of ``sent`` end in CRLF; a server that keeps messages in files may end them in LF.
    """
    for wanted in (sent, sent.replace(b"\r\n", b"\n")):
        if raw.endswith(wanted) and _is_trace(raw.removesuffix(wanted)):
            return True
    return False


def _match(found: Sequence[bytes], contents: Sequence[bytes]) -> bool:
    """Whether there is one of ``found`` for each of ``contents``."""
    left = list(found)
    for content in contents:
        place = next((n for n, raw in enumerate(left) if carries(raw, content)), None)
        if place is None:
            return False
        del left[place]
    return True


def _is_trace(prefix: bytes) -> bool:
    lines = prefix.decode("utf-8", "replace").splitlines()
    names = {line.partition(":")[0].lower() for line in lines if line and not line[0].isspace()}
    return names <= TRACES and all(lines)


def _authority(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
