"""Doors to others: resolving a name and connecting to one of its addresses (RFC 8305)."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from portside.errors import ConnectError, ResolveError, TimedOut, TransportError
from portside.interfaces import Address
from portside.transport.tcp import SocketStream

CONNECT_TIMEOUT = 30.0
"""Seconds for resolving and connecting together."""
NEXT_ATTEMPT_AFTER = 0.25
"""Seconds that one address has for itself before the next is tried beside it (RFC 8305 §5)."""
ADDRESSES_TRIED = 16
"""Addresses of one name that are tried at most."""
HOSTS_KNOWN = 256
"""Hosts of which it is kept in mind whether they are numeric: many connections go to few."""

Candidate = tuple[int, Any]
"""A socket family, and a socket address of it."""


async def connect(
    address: Address, *, timeout: float = CONNECT_TIMEOUT, source: str = "", known: Sequence[str] = ()
) -> SocketStream:
    """A stream to ``address``, by the first of its addresses that answers.

    ``source`` is the numeric address of ours that it comes from ("": any). ``known`` are its numeric addresses, where
    somebody has asked for them already. Raises ``ResolveError``, ``ConnectError``, or ``TimedOut`` after ``timeout``
    seconds.
    """
    try:
        async with asyncio.timeout(timeout):
            candidates = _of_known(known, address.port) or await _candidates(address, socket.SOCK_STREAM)
            sock = await _race(address, candidates, source)
    except TimeoutError:
        raise TimedOut(f"{address} did not answer within {timeout:g} s; is it up, and is the port right?") from None
    try:
        return SocketStream(sock)
    except OSError as error:  # accepted and reset before we could look at it
        sock.close()
        raise connect_error(address, error) from error


async def resolve(address: Address, kind: socket.SocketKind = socket.SOCK_STREAM) -> list[Address]:
    """The numeric addresses of ``address``, best first. Raises ``ResolveError``."""
    return [Address(name[0], name[1]) for _, name in await _candidates(address, kind)]


async def _candidates(address: Address, kind: socket.SocketKind) -> list[Candidate]:
    if address.path:
        return [(socket.AF_UNIX, address.path)]
    numeric = _numeric(address)
    if numeric is not None:
        return [numeric]
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(address.host, address.port, type=kind)
    except (OSError, UnicodeError) as error:
        raise ResolveError(f"no address found for {address.host!r}; is the name spelled right?") from error
    unique = list(dict.fromkeys((family, name) for family, _, _, _, name in found))
    return _interleaved(unique)[:ADDRESSES_TRIED]


def _of_known(known: Sequence[str], port: int) -> list[Candidate]:
    found = [_numeric(Address(host, port)) for host in known]
    return _interleaved([each for each in found if each is not None])[:ADDRESSES_TRIED]


def _numeric(address: Address) -> Candidate | None:
    """What a numeric address stands for, without the thread that a look-up takes; None for a name, or a zone's."""
    family = _family_of(address.host)
    if family == socket.AF_INET:
        return family, (address.host, address.port)
    return None if family is None else (family, (address.host, address.port, 0, 0))


@lru_cache(maxsize=HOSTS_KNOWN)
def _family_of(host: str) -> socket.AddressFamily | None:
    for family in (socket.AF_INET, socket.AF_INET6):
        with contextlib.suppress(OSError, ValueError):
            socket.inet_pton(family, host)
            return family
    return None


def _interleaved(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The families in turn, so that a network without one of them costs one delay only (RFC 8305 §4)."""
    first = [c for c in candidates if c[0] == candidates[0][0]]
    other = [c for c in candidates if c[0] != candidates[0][0]]
    mixed: list[Candidate] = []
    for index in range(max(len(first), len(other))):
        mixed += first[index : index + 1] + other[index : index + 1]
    return mixed


async def _race(address: Address, candidates: list[Candidate], source: str) -> socket.socket:
    """Connect to each candidate in turn, starting the next early where one is slow; the first wins."""
    if len(candidates) == 1:
        return await _alone(address, candidates[0], source)
    waiting = list(candidates)
    running: set[asyncio.Task[socket.socket]] = set()
    error: OSError | None = None
    try:
        while waiting or running:
            if waiting:
                running.add(asyncio.create_task(_attempt(*waiting.pop(0), source)))
            done, running = await asyncio.wait(
                running, timeout=NEXT_ATTEMPT_AFTER if waiting else None, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                problem = task.exception()
                if problem is None:
                    running |= done - {task}  # two may have arrived in the same moment
                    return task.result()
                assert isinstance(problem, OSError), problem
                error = error or problem
    finally:
        await _discard(running)
    raise connect_error(address, error)


async def _alone(address: Address, candidate: Candidate, source: str) -> socket.socket:
    """Connect to the only candidate that there is: no race, and no task."""
    try:
        return await _attempt(*candidate, source)
    except OSError as error:
        raise connect_error(address, error) from error


async def _discard(running: set[asyncio.Task[socket.socket]]) -> None:
    for task in running:
        task.cancel()
    for outcome in await asyncio.gather(*running, return_exceptions=True):
        if isinstance(outcome, socket.socket):
            outcome.close()


async def _attempt(family: int, name: Any, source: str) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        if source:
            sock.bind((source, 0))
        if family == socket.AF_UNIX:
            await asyncio.get_running_loop().sock_connect(sock, name)
        else:
            await _reach(sock, name)
    except BaseException:
        sock.close()
        raise
    return sock


async def _reach(sock: socket.socket, name: Any) -> None:
    """As the event loop's ``sock_connect``, but without a turn of it where the handshake is over at once.

    It is on the same machine, where asking a second time tells that. Raises ``OSError``.
    """
    code = sock.connect_ex(name)
    if code == errno.EINPROGRESS:
        code = sock.connect_ex(name)
    if code in (errno.EINPROGRESS, errno.EALREADY):
        await _until_writable(sock)
        code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if code not in (0, errno.EISCONN):
        raise OSError(code, os.strerror(code))


async def _until_writable(sock: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    loop.add_writer(sock.fileno(), _tell, ready)
    try:
        await ready
    finally:
        loop.remove_writer(sock.fileno())


def _tell(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)


def connect_error(address: Address, error: OSError | None) -> TransportError:
    """The one line for a person about a connection that did not come about."""
    reasons = {
        errno.ECONNREFUSED: "connection refused; is the server running, and is the port right?",
        errno.ENOENT: "no such socket; is the server running?",
        errno.EHOSTUNREACH: "no route to that host",
        errno.ENETUNREACH: "that network cannot be reached from here",
        errno.ETIMEDOUT: "no answer; is it up, and is the port right?",
    }
    code = error.errno if error is not None else None
    reason = reasons.get(code or 0, (error.strerror or str(error)).lower() if error is not None else "no address")
    return ConnectError(f"cannot connect to {address}: {reason}")
