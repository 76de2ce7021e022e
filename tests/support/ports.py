"""Ports on loopback: free ones for programs that cannot be asked to choose one themselves, and what goes on at one.

A port is free when it is handed out; who can pass port 0 does better.
"""

from __future__ import annotations

import contextlib
import random
import socket
from collections.abc import Iterator
from pathlib import Path
from socket import AF_INET, AF_INET6, SO_REUSEPORT, SOCK_DGRAM, SOCK_STREAM, SOL_SOCKET

LOWEST = 13_000
"""Programs with ports of their own are mostly below: ours are, and the last one that browsers refuse (10080)."""
_ANY = random.SystemRandom()  # the other generator is set back by property tests
_QUIET = ("06", "0A")  # TIME_WAIT and LISTEN, as the kernel's table calls them
_given: set[int] = set()  # each once, so that a program that needs two has two


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


def at_work(*ports: int) -> int:
    """How many TCP connections of these ports may still send segments, though nobody holds them any more."""
    rows = [row.split() for name in ("tcp", "tcp6") for row in Path("/proc/net", name).read_text().splitlines()[1:]]
    return sum(
        state not in _QUIET and not _numbers(here, there).isdisjoint(ports) for _, here, there, state, *_ in rows
    )


def _numbers(*ends: str) -> set[int]:
    return {int(end.rpartition(":")[2], 16) for end in ends}


def _family(host: str) -> socket.AddressFamily:
    return AF_INET6 if ":" in host else AF_INET


def _free_port(host: str, kind: socket.SocketKind) -> int:
    """One that the kernel gives nobody by itself, so that it is still free when a program has started."""
    while True:
        port = _ANY.randrange(LOWEST, max(_lowest_of_kernel(), 2 * LOWEST))
        if port in _given:
            continue
        with socket.socket(_family(host), kind) as probe, contextlib.suppress(OSError):
            probe.bind((host, port))
            _given.add(port)
            return port


def _lowest_of_kernel() -> int:
    """Where the ports begin that connections come from."""
    return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
