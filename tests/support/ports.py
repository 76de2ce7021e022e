"""Free ports on loopback, for programs that cannot be asked to choose one themselves.

A port is free when it is handed out; who can pass port 0 does better.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from socket import AF_INET, AF_INET6, SO_REUSEPORT, SOCK_DGRAM, SOCK_STREAM, SOL_SOCKET


def free_tcp_port(host: str = "127.0.0.1") -> int:
    """A port on which nobody listens."""
    return _free_port(host, SOCK_STREAM)


def free_udp_port(host: str = "127.0.0.1") -> int:
    """A port to which nobody is bound."""
    return _free_port(host, SOCK_DGRAM)


@contextlib.contextmanager
def held_tcp_port(host: str = "127.0.0.1") -> Iterator[int]:
    """A port that nobody else is given while the block runs; who binds it with SO_REUSEPORT gets all callers."""
    with socket.socket(_family(host), SOCK_STREAM) as holder:
        holder.setsockopt(SOL_SOCKET, SO_REUSEPORT, 1)
        holder.bind((host, 0))
        yield holder.getsockname()[1]


def _family(host: str) -> socket.AddressFamily:
    return AF_INET6 if ":" in host else AF_INET


def _free_port(host: str, kind: socket.SocketKind) -> int:
    with socket.socket(_family(host), kind) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port
