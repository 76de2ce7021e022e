"""A crowd of idle connections, held by a process of its own: ``python -m tests.support.crowd HOST PORT SILENT KEPT``.

``SILENT`` connections never say a word; ``KEPT`` ones have asked once, read the answer, and then stay. When all are
there the process says ``holding N``. For each line on its standard input it says ``open N``: how many of them the
server still holds. It ends with its input.
"""

from __future__ import annotations

import resource
import select
import socket
import sys
from pathlib import Path

REQUEST = b"HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n"
FROM_ONE_ADDRESS = 5000
"""Connections from one address of loopback: with fewer than its free ports nobody waits for one."""
SPARE = 200
"""Open files that a process needs besides."""


def most_open_files() -> int:
    """What the hard limit lets one process have."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return sys.maxsize if hard == resource.RLIM_INFINITY else hard


def resident(pid: int) -> int:
    """Bytes of memory that a process really has."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise ProcessLookupError(f"process {pid} has no memory: it has ended")


def _connect(host: str, port: int, number: int) -> socket.socket:
    source = f"127.0.0.{2 + number // FROM_ONE_ADDRESS}" if host.startswith("127.") else ""
    return socket.create_connection((host, port), 30, (source, 0) if source else None)


def _ask(connection: socket.socket) -> None:
    connection.sendall(REQUEST)
    got = b""
    while not got.endswith(b"\r\n\r\n"):
        got += connection.recv(65536)
    assert got.startswith(b"HTTP/1.1 200 "), got


def _still_open(connections: list[socket.socket]) -> int:
    """A connection that can be read has been closed: the server says nothing by itself."""
    poll = select.poll()
    for connection in connections:
        poll.register(connection, select.POLLIN)
    return len(connections) - len(poll.poll(0))


def main(host: str, port: int, silent: int, kept: int) -> None:
    wanted = silent + kept + SPARE
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    connections = []
    for number in range(silent + kept):
        connection = _connect(host, port, number)
        connections.append(connection)
        if number >= silent:
            _ask(connection)
    print(f"holding {len(connections)}", flush=True)
    for _ in sys.stdin:
        print(f"open {_still_open(connections)}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:5]))
