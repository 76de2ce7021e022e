"""A stand-in for a server: a coroutine per visitor on loopback, of which nothing is left when the block has ended."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from portside.interfaces import Address

Visit = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def standing_in(visit: Visit, **options: Any) -> AsyncIterator[Address]:
    """``visit`` stands in for a server at the address given; ``options`` are those of ``asyncio.start_server``.

    A visit that goes on at the end of the block is cancelled, or never begins; its connection is cut.
    """
    visits: list[asyncio.Task[None]] = []
    writers: list[asyncio.StreamWriter] = []
    over = False

    def came(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        if over:
            writer.transport.abort()
        else:
            visits.append(asyncio.ensure_future(_run(visit, reader, writer)))

    server = await asyncio.start_server(came, "127.0.0.1", 0, **options)
    try:
        yield Address(*server.sockets[0].getsockname())
    finally:
        over = True
        await _turns()  # who was on the way in is in: a server that closes in between would lose the socket
        server.close()
        for task in visits:
            task.cancel()
        await asyncio.gather(*visits, return_exceptions=True)
        for writer in writers:
            writer.transport.abort()
        await _turns()  # what was cut is told so, and closes its socket


async def _turns() -> None:
    """A few turns of the loop, for what it has in hand already: accepting takes three."""
    for _ in range(4):
        await asyncio.sleep(0)


async def _run(visit: Visit, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        await visit(reader, writer)
