"""``python -m bench.telnet_load PORT LINES``: a plain client that refuses every option, flat out; prints bytes/s.

It sends lines and reads them again. What is negotiated is part of it; the clock runs from the first line on.
"""

from __future__ import annotations

import re
import select
import socket
import sys
import time

LINE = b"The quick brown fox jumps over the lazy dog, and the dog lets it be.\r\n"
MARK = b"all that was to be said\r\n"
AHEAD = 64 * 1024
"""Bytes on their way at most: more would measure the kernel's buffers."""

_ASKED = re.compile(rb"\xff([\xfb\xfd])(.)", re.DOTALL)
_NEGOTIATION = re.compile(rb"\xff(?:[\xfb-\xfe].|\xfa.*?\xff\xf0|[\xf1-\xf9])", re.DOTALL)


def refuse(sock: socket.socket, data: bytes) -> bytes:
    """Answer what is asked for, and return the rest."""
    for verb, option in _ASKED.findall(data):
        sock.sendall(b"\xff" + (b"\xfe" if verb == b"\xfb" else b"\xfc") + option)
    return _NEGOTIATION.sub(b"", data)


def enter(sock: socket.socket) -> None:
    """Let the negotiation settle: a line that comes back tells that the server listens."""
    sock.sendall(MARK)
    seen = b""
    while MARK not in seen:
        data = sock.recv(65536)
        if not data:
            raise SystemExit("the server closed")
        seen += refuse(sock, data)


def pump(sock: socket.socket, lines: int) -> float:
    """Seconds until ``lines`` lines have come back."""
    whole = memoryview(LINE * lines)
    sent = came = 0
    sock.setblocking(False)
    start = time.perf_counter()
    while came < len(whole):
        room = sent < len(whole) and sent - came < AHEAD
        readable, writable, _ = select.select([sock], [sock] if room else [], [], 60)
        if readable:
            data = sock.recv(1 << 20)
            if not data:
                raise SystemExit("the server closed")
            came += len(refuse(sock, data) if b"\xff" in data else data)
        if writable:
            sent += sock.send(whole[sent : sent + AHEAD - (sent - came)])
    return time.perf_counter() - start


def main() -> None:
    port, lines = int(sys.argv[1]), int(sys.argv[2])
    with socket.create_connection(("127.0.0.1", port)) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        enter(sock)
        seconds = pump(sock, lines)
    print(lines * len(LINE) / seconds)


if __name__ == "__main__":
    main()
