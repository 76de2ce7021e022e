"""An FTP server in this process, and a client that says exactly what a test wants: plain blocking sockets."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from portside.accounts.users import EVERY_RIGHT, KnownAccounts, User, given
from portside.interfaces import Address
from portside.protocols.ftp.server import FileServer, Settings, serve

PATIENCE = 20.0
"""Seconds that a test waits for a server that does not answer."""
CHEAP = 1
"""The cost of hashes that protect nothing."""


@dataclass
class Wire:
    """A control connection to ``port``; what the server said last stands in ``reply``."""

    port: int
    host: str = "127.0.0.1"
    reply: str = ""
    context: ssl.SSLContext | None = None
    session: ssl.SSLSession | None = None
    sock: socket.socket = field(init=False)

    def __post_init__(self) -> None:
        self.sock = socket.create_connection((self.host, self.port), PATIENCE)
        self.lines = self.sock.makefile("rb")

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.lines.close()
        self.sock.close()

    def hear(self) -> int:
        """The code of the next reply; 0 where the server has hung up."""
        text = self.lines.readline()
        whole = text
        while text[3:4] == b"-" or (whole[:3] + b" " != text[:4] and text):
            text = self.lines.readline()
            whole += text
        self.reply = whole.decode("utf-8", "surrogateescape")
        return int(whole[:3]) if whole else 0

    def say(self, line: str | bytes) -> None:
        raw = line if isinstance(line, bytes) else line.encode("utf-8", "surrogateescape")
        self.sock.sendall(raw + b"\r\n")

    def ask(self, line: str | bytes) -> int:
        self.say(line)
        return self.hear()

    def log_in(self, user: str = "u", password: str = "p") -> Wire:
        assert self.hear() == 220, self.reply
        assert self.ask(f"USER {user}") == 331, self.reply
        assert self.ask(f"PASS {password}") == 230, self.reply
        assert self.ask("TYPE I") == 200
        return self

    def start_tls(self, context: ssl.SSLContext) -> None:
        """AUTH TLS, and data over TLS, too. The greeting has been heard."""
        assert self.ask("AUTH TLS") == 234, self.reply
        self.wrap(context)
        assert self.ask("PBSZ 0") == 200
        assert self.ask("PROT P") == 200

    def wrap(self, context: ssl.SSLContext) -> None:
        self.lines.close()
        self.context = context
        self.sock = context.wrap_socket(self.sock, server_hostname="localhost")
        self.lines = self.sock.makefile("rb")

    # ------------------------------------------------------------------------------------------ data

    def data_port(self) -> int:
        assert self.ask("EPSV") == 229, self.reply
        return int(self.reply.rpartition("(|||")[2].partition("|")[0])

    @contextlib.contextmanager
    def data(self, command: str | bytes, *, resume: bool = True) -> Iterator[socket.socket]:
        """The data connection of ``command``, behind its 150."""
        with socket.create_connection((self.host, self.data_port()), PATIENCE) as sock:
            assert self.ask(command) == 150, self.reply
            if self.context is None:
                yield sock
                return
            session = self.sock.session if resume and isinstance(self.sock, ssl.SSLSocket) else None
            with self.context.wrap_socket(sock, server_hostname="localhost", session=session) as secured:
                yield secured

    def get(self, command: str | bytes) -> bytes:
        """All that ``command`` sends; 226 has been heard."""
        with self.data(command) as sock:
            data = b"".join(iter(lambda: sock.recv(65536), b""))
        assert self.hear() == 226, self.reply
        return data

    def put(self, command: str | bytes, data: bytes) -> int:
        """Send ``data``; the code of the last reply."""
        with self.data(command) as sock:
            sock.sendall(data)
            if isinstance(sock, ssl.SSLSocket):
                sock.unwrap()
        return self.hear()

    def put_some(self, command: str | bytes, data: bytes) -> int:
        """Send ``data``, wait till it has come, and stop in the middle by ABOR; the code of the transfer's reply."""
        with self.data(command) as sock:
            sock.sendall(data)
            while f" {len(data)} bytes" not in self.progress():
                pass
            code = self.ask("ABOR")
        assert self.hear() == 226, self.reply
        return code

    def progress(self) -> str:
        assert self.ask("STAT") == 213, self.reply
        return self.reply


Story = Callable[[int], None]


def accounts(rights: frozenset[str] = EVERY_RIGHT, root: Path | None = None) -> KnownAccounts:
    """One user ``u`` whose password is ``p``."""
    return KnownAccounts(given([(User("u", root, rights), "p")], cost=CHEAP))


def run(settings: Settings, story: Story) -> None:
    """``story`` with the port of a server, in a thread beside its loop."""

    async def both() -> None:
        server = await serve(settings)
        try:
            await asyncio.to_thread(story, port_of(server))
        finally:
            await server.stop(0.0)

    asyncio.run(both())


def port_of(server: FileServer) -> int:
    return server.addresses[0].port


HERE = (Address("127.0.0.1", 0),)
