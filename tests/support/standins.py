"""A stand-in for a server: a coroutine per visitor on loopback, of which nothing is left when the block has ended."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl as tls
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

from portside.interfaces import Address

Visit = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
LIMIT = 64 * 1024
"""Bytes of a line, as asyncio's own servers have it."""


@contextlib.asynccontextmanager
async def standing_in(
    visit: Visit, *, path: str = "", limit: int = LIMIT, ssl: tls.SSLContext | None = None
) -> AsyncIterator[Address]:
    """``visit`` stands in for a server at the address given, which is a Unix socket's where there is a ``path``.

    A visit that goes on at the end of the block is cancelled, or never begins; its connection is cut, as is one in
    the middle of its handshake. asyncio's own servers lose sight of those that they have accepted.
    """
    visits: dict[socket.socket, asyncio.Future[None]] = {}

    def come(door: socket.socket) -> None:
        with contextlib.suppress(ConnectionError):  # gone again
            came, _ = door.accept()
            if not path:
                came.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # as asyncio's own servers have it
            visits[came] = asyncio.ensure_future(_receive(came, visit, limit, ssl))

    try:
        with _open_door(path, come) as address:
            yield address
    finally:
        for each in visits.values():
            each.cancel()
        await asyncio.gather(*visits.values(), return_exceptions=True)
        await _turns()
        for came in visits:
            came.close()  # of a visit that has never begun


@contextlib.contextmanager
def _open_door(path: str, come: Callable[[socket.socket], None]) -> Iterator[Address]:
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_UNIX) if path else socket.create_server(("127.0.0.1", 0)) as door:
        if path:
            door.bind(path)
            door.listen()
        door.setblocking(False)
        loop.add_reader(door, come, door)
        try:
            yield Address("", path=path) if path else Address(*door.getsockname())
        finally:
            loop.remove_reader(door)


async def _receive(came: socket.socket, visit: Visit, limit: int, ssl: tls.SSLContext | None) -> None:
    """One visit; its connection stays open behind it, unless it is closed."""
    reader = asyncio.StreamReader(limit=limit)
    begun: asyncio.Future[asyncio.StreamWriter] = asyncio.get_running_loop().create_future()
    protocol = asyncio.StreamReaderProtocol(reader, lambda _, writer: begun.set_result(writer))
    with contextlib.suppress(OSError):
        await asyncio.get_running_loop().connect_accepted_socket(lambda: protocol, came, ssl=ssl)
        writer = begun.result()
        try:
            await visit(reader, writer)
            await writer.wait_closed()
        finally:
            writer.transport.abort()


async def _turns() -> None:
    """A few turns of the loop: what was cut is told so in the first, and has closed its socket in the last."""
    for _ in range(4):
        await asyncio.sleep(0)
