"""``python -m bench.ftp_load WHAT PORT [PATH]``: one plain FTP client, flat out; prints seconds.

It is nobody's client: blocking sockets, one control connection, EPSV, large buffers, nothing kept. So what is measured
is the server.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from pathlib import Path

BUFFER = 1024 * 1024
MANY = 200
"""Files of the comparison of many."""
LOGINS = 300


class Control:
    """A control connection after its login."""

    def __init__(self, port: int) -> None:
        self._sock = socket.create_connection(("127.0.0.1", port))
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._replies = self._sock.makefile("rb")
        self.expect(b"2")
        self.ask("USER anonymous", b"23")
        self.ask("PASS bench@", b"2")

    def enter(self) -> None:
        """Into the folder that may be written, for files as they are."""
        self.ask("CWD pub")
        self.ask("TYPE I")

    def expect(self, kinds: bytes) -> bytes:
        """The next reply's last line, whose first digit is one of ``kinds``."""
        line = self._replies.readline()
        if line[3:4] == b"-":
            end = line[:3] + b" "
            while not line.startswith(end):
                line = self._replies.readline()
        if line[:1] not in [kinds[at : at + 1] for at in range(len(kinds))]:
            raise SystemExit(f"the server said {line!r}")
        return line

    def ask(self, command: str, kinds: bytes = b"2") -> bytes:
        self._sock.sendall(command.encode() + b"\r\n")
        return self.expect(kinds)

    def data(self, command: str) -> socket.socket:
        """The data connection that ``command`` opens."""
        port = int(self.ask("EPSV").split(b"|||")[1].split(b"|")[0])
        sock = socket.create_connection(("127.0.0.1", port))
        self.ask(command, b"1")
        return sock

    def close(self) -> None:
        self.ask("QUIT")
        self._replies.close()
        self._sock.close()


def _receive(control: Control, path: str, buffer: bytearray) -> int:
    size = 0
    with control.data(f"RETR {path}") as sock:
        while count := sock.recv_into(buffer):
            size += count
    control.expect(b"2")
    return size


def _send(control: Control, path: str, source: int, size: int) -> None:
    with control.data(f"STOR {path}") as sock:
        sent = 0
        while sent < size:
            sent += os.sendfile(sock.fileno(), source, sent, size - sent)
    control.expect(b"2")


def retrieve(port: int, files: list[str], size: int) -> float:
    """Seconds to fetch ``files`` of ``size`` bytes each."""
    control, buffer = Control(port), bytearray(BUFFER)
    control.enter()
    start = time.perf_counter()
    for name in files:
        got = _receive(control, name, buffer)
        if got != size:
            raise SystemExit(f"{name} came with {got} bytes")
    seconds = time.perf_counter() - start
    control.close()
    return seconds


def store(port: int, files: list[str], source: Path) -> float:
    """Seconds to store ``source`` under each of ``files``."""
    control, size = Control(port), source.stat().st_size
    control.enter()
    with source.open("rb") as file:
        start = time.perf_counter()
        for name in files:
            _send(control, name, file.fileno(), size)
        seconds = time.perf_counter() - start
    control.close()
    return seconds


def logins(port: int) -> float:
    """Seconds for ``LOGINS`` anonymous logins, one after the other."""
    start = time.perf_counter()
    for _ in range(LOGINS):
        Control(port).close()
    return time.perf_counter() - start


def main() -> None:
    what, port = sys.argv[1], int(sys.argv[2])
    many = [f"many{number}.bin" for number in range(MANY)]
    match what:
        case "retr-one":
            print(retrieve(port, ["100m.bin"], 100 * 1024 * 1024))
        case "retr-many":
            print(retrieve(port, ["2m.bin"] * MANY, 2 * 1024 * 1024))
        case "stor-one":
            print(store(port, ["new.bin"], Path(sys.argv[3])))
        case "stor-many":
            print(store(port, many, Path(sys.argv[3])))
        case "logins":
            print(logins(port))
        case _:
            raise SystemExit(f"there is no load {what}")


if __name__ == "__main__":
    main()
