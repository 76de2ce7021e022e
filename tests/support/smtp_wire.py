"""A client that says what it is told to, octet by octet: for what no proper client can be made to say."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

WAIT = 30.0
"""Seconds for a reply."""


@dataclass(frozen=True)
class Answer:
    """One reply of a server: its code, and its lines as they came, without codes."""

    code: int
    lines: tuple[bytes, ...]

    @property
    def text(self) -> str:
        return b" ".join(self.lines).decode("utf-8", "replace")


class Wire:
    """A connection to a server. ``hello`` says EHLO and gives the keywords of what is offered."""

    def __init__(self, host: str, port: int, *, ca: Path | None = None) -> None:
        """With ``ca``, TLS from the first byte."""
        self.sock = socket.create_connection((host, port), WAIT)
        if ca:
            self.sock = _secured(self.sock, ca)
        self._came = b""

    def __enter__(self) -> Wire:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.sock.close()

    def say(self, data: bytes) -> None:
        """Send octets as they are."""
        self.sock.sendall(data)

    def answer(self) -> Answer:
        """The next reply; fails where the connection ends instead."""
        lines = [self._line()]
        while lines[-1][3:4] == b"-":
            lines.append(self._line())
        return Answer(int(lines[-1][:3]), tuple(line[4:] for line in lines))

    def answers(self) -> list[Answer]:
        """All replies until the server ends the connection, which it is to do."""
        found = []
        while True:
            try:
                found.append(self.answer())
            except EOFError:
                return found

    def ask(self, line: str | bytes) -> Answer:
        """One command and its reply."""
        self.say((line.encode() if isinstance(line, str) else line) + b"\r\n")
        return self.answer()

    def hello(self, name: str = "client.test", verb: str = "EHLO") -> set[str]:
        """The keywords of the extensions that are offered; the greeting has been read."""
        answer = self.ask(f"{verb} {name}")
        assert answer.code == 250, answer
        return {line.decode().split(" ")[0].upper() for line in answer.lines[1:]}

    def secure(self, ca: Path) -> None:
        """STARTTLS, which the server has to take."""
        answer = self.ask("STARTTLS")
        assert answer.code == 220, answer
        self.take_up_tls(ca)

    def take_up_tls(self, ca: Path) -> None:
        """The handshake, after the server has said that it is ready for it."""
        self.sock = _secured(self.sock, ca)
        self._came = b""

    def begin(self, *recipients: str, sender: str = "sender@elsewhere.test", more: str = "") -> None:
        """A transaction up to its last recipient; each is to be taken."""
        assert self.ask(f"MAIL FROM:<{sender}>{more}").code == 250
        for recipient in recipients:
            answer = self.ask(f"RCPT TO:<{recipient}>")
            assert answer.code in (250, 251), answer

    def send(self, content: bytes, *recipients: str, more: str = "") -> Answer:
        """A whole transaction by DATA; lines of ``content`` end in CRLF, and dots are stuffed here."""
        self.begin(*recipients, more=more)
        assert self.ask("DATA").code == 354
        self.say(stuffed(content) + b".\r\n")
        return self.answer()

    def chunk(self, data: bytes, *, last: bool = False) -> Answer:
        """One BDAT and its reply."""
        self.say(b"BDAT %d%s\r\n" % (len(data), b" LAST" if last else b"") + data)
        return self.answer()

    def _line(self) -> bytes:
        while b"\r\n" not in self._came:
            self._came += self._more()
        line, _, self._came = self._came.partition(b"\r\n")
        return line

    def _more(self) -> bytes:
        try:
            data = self.sock.recv(65536)
        except ConnectionResetError:  # what we had still said is no longer read there
            data = b""
        if not data:
            raise EOFError("the server has ended the connection")
        return data


def opened(host: str, port: int, *, ca: Path | None = None) -> Wire:
    """A connection whose greeting has been read."""
    wire = Wire(host, port, ca=ca)
    greeting = wire.answer()
    assert greeting.code == 220, greeting
    return wire


def stuffed(content: bytes) -> bytes:
    """``content`` as it travels by DATA: a dot more ahead of each line that begins with one (RFC 5321 §4.5.2)."""
    return (b"\r\n" + content).replace(b"\r\n.", b"\r\n..").removeprefix(b"\r\n")


def _secured(sock: socket.socket, ca: Path) -> socket.socket:
    context = ssl.create_default_context(cafile=str(ca))
    return context.wrap_socket(sock, server_hostname="localhost")
