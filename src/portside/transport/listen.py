"""Doors that wait for others: listening sockets of every kind."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from portside.errors import ListenError
from portside.interfaces import Address
from portside.transport.tcp import address_of

BACKLOG = 4096
"""Connections that the kernel keeps for us until we accept them; it cuts this to its own somaxconn."""
ACCEPTS_AT_ONCE = 64
"""Connections accepted before those that are already open get a turn."""
KEEPALIVE_AFTER = 600
"""Seconds of silence after which the kernel asks whether an idle peer is still there (RFC 9293 §3.8.4)."""
OUT_OF_FILES_PAUSE = 0.2
"""Seconds without accepting after the process ran out of file descriptors."""
PORTS_TRIED = 16
"""Ports of the kernel's choice that are tried till one is free at every address of a name."""

Name = tuple[socket.AddressFamily, Any]
"""A socket family, and a socket address of it."""

_OUT_OF_FILES = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_log = logging.getLogger("portside.transport")


class Acceptor:
    """A listening stream socket that hands every accepted socket to ``accepted``."""

    def __init__(self, sock: socket.socket, accepted: Callable[[socket.socket], None]) -> None:
        self._sock = sock
        self._accepted = accepted
        self._loop = asyncio.get_running_loop()
        self._open = True
        self._warned = False
        self.address = address_of(sock.getsockname())
        self._loop.add_reader(sock.fileno(), self._acceptable)

    def _acceptable(self) -> None:
        for _ in range(ACCEPTS_AT_ONCE):
            if not self._open:  # whoever was handed the last one wants no more
                return
            try:
                sock, _ = self._sock.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                self._cannot_accept(error)
                return
            self._accepted(sock)

    def _cannot_accept(self, error: OSError) -> None:
        if error.errno not in _OUT_OF_FILES:  # that one connection's own trouble (accept(2) names many)
            _log.warning("a connection to %s was lost while it was accepted: %s", self.address, error.strerror)
            return
        if not self._warned:
            self._warned = True
            _log.warning("too many open files: new connections to %s wait (raise the limit: ulimit -n)", self.address)
        self._loop.remove_reader(self._sock.fileno())
        self._loop.call_later(OUT_OF_FILES_PAUSE, self._accept_again)

    def _accept_again(self) -> None:
        if self._open:
            self._loop.add_reader(self._sock.fileno(), self._acceptable)

    def close(self) -> None:
        """Stop accepting; connections that the kernel has not handed over are reset."""
        if self._open:
            self._open = False
            self._loop.remove_reader(self._sock.fileno())
            self._sock.close()
            if self.address.path:
                with contextlib.suppress(FileNotFoundError):
                    Path(self.address.path).unlink()


async def bind_stream(address: Address, *, reuse_port: bool = False) -> list[socket.socket]:
    """Listening sockets for every address that ``address`` stands for (a name may have several).

    With port 0 the kernel chooses one that is free at all of them. Raises ``ListenError``.
    """
    if address.path:
        return [_bind_unix(address.path)]
    return await _bind_all(address, socket.SOCK_STREAM, reuse_port)


def bind_here(address: Address, ports: Sequence[int] | None = None) -> socket.socket:
    """A listening socket at a numeric address, at the first of ``ports`` that is free (None: its own; 0 is any).

    Raises ``ListenError``.
    """
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    problem = OSError(errno.EADDRINUSE, "there is no port to choose from")
    for port in (address.port,) if ports is None else ports:
        try:
            return _bind_one(family, socket.SOCK_STREAM, (address.host, port), reuse_port=False)
        except OSError as error:
            problem = error
            if error.errno != errno.EADDRINUSE:
                break
    raise _listen_error(address, problem) from problem


async def bind_datagrams(address: Address) -> list[socket.socket]:
    """UDP sockets for every address that ``address`` stands for. Raises ``ListenError``."""
    return await _bind_all(address, socket.SOCK_DGRAM, reuse_port=False)


async def _bind_all(address: Address, kind: socket.SocketKind, reuse_port: bool) -> list[socket.socket]:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(address.host or None, address.port, type=kind, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise ListenError(f"cannot listen on {address}: {address.host} has no address here") from error
    names = list(dict.fromkeys((socket.AddressFamily(family), name) for family, _, _, _, name in found))
    left = 1 if address.port else PORTS_TRIED
    while True:
        left -= 1
        try:
            return _bind_each(names, kind, address.port, reuse_port)
        except OSError as error:
            if not left or error.errno != errno.EADDRINUSE:
                raise _listen_error(address, error) from error


def _bind_each(names: Sequence[Name], kind: socket.SocketKind, port: int, reuse_port: bool) -> list[socket.socket]:
    """A socket at each of ``names``, all with one port. Raises ``OSError``, and then none stays bound."""
    bound: list[socket.socket] = []
    for family, name in names:
        try:
            bound.append(_bind_one(family, kind, (name[0], port, *name[2:]), reuse_port))
        except OSError as error:
            if bound and error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                continue  # localhost stands for ::1 as well, also where there is no IPv6
            for earlier in bound:
                earlier.close()
            raise
        port = port or bound[0].getsockname()[1]
    return bound


def _bind_one(family: socket.AddressFamily, kind: socket.SocketKind, name: object, reuse_port: bool) -> socket.socket:
    sock = socket.socket(family, kind)
    try:
        sock.setblocking(False)
        if kind == socket.SOCK_STREAM:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)  # no byte leaves the row for being urgent
            _keep_alive(sock)
        if reuse_port:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(name)  # type: ignore[arg-type]
        if kind == socket.SOCK_STREAM:
            sock.listen(BACKLOG)
    except BaseException:
        sock.close()
        raise
    return sock


def _keep_alive(sock: socket.socket) -> None:
    """Have peers that vanished without a word be noticed; accepted sockets inherit it."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_KEEPIDLE"):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEPALIVE_AFTER)


def _bind_unix(path: str) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        _remove_dead_socket(path)
        sock.bind(path)
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        raise _listen_error(Address("", 0, path), error) from error
    return sock


def _remove_dead_socket(path: str) -> None:
    """Take away what a killed server left behind, but nothing that somebody still listens on."""
    try:
        if not stat.S_ISSOCK(Path(path).lstat().st_mode):
            return
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect(path)
        except BlockingIOError:  # somebody listens, and has much to do
            return
        except ConnectionRefusedError:
            Path(path).unlink()


def _listen_error(address: Address, error: OSError) -> ListenError:
    if address.path and error.errno == errno.EADDRINUSE:
        hint = "something is there already; choose another path"
    elif address.path:
        hint = (error.strerror or str(error)).lower()
    elif error.errno == errno.EADDRINUSE:
        hint = "another program listens there; choose another --port (0 takes a free one)"
    elif error.errno in (errno.EACCES, errno.EPERM):
        hint = "not allowed; ports below 1024 need rights, so choose a higher --port"
    elif error.errno == errno.EADDRNOTAVAIL:
        hint = "this machine has no such address"
    else:
        hint = (error.strerror or str(error)).lower()
    return ListenError(f"cannot listen on {address}: {hint}")
