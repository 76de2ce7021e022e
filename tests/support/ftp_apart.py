"""FTP servers in a thread beside the test, for commands that have the event loop of this one."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from portside.accounts.users import EVERY_RIGHT
from portside.protocols.ftp.server import Settings, serve
from tests.support.ftp_scripted import Scripted
from tests.support.ftp_wire import HERE, PATIENCE, accounts, port_of

T = TypeVar("T")


@contextlib.contextmanager
def ours(root: Path, **more: Any) -> Iterator[str]:
    """Where our server with ``root`` is; the user ``u`` has the password ``p``. ``more`` are the server's settings."""
    settings = replace(Settings(root, HERE, accounts=accounts(EVERY_RIGHT)), **more)
    with _apart(_served(settings)) as url:
        yield url


@contextlib.contextmanager
def scripted(server: Scripted) -> Iterator[Scripted]:
    """``server``, open."""
    with _apart(server.open()) as said:
        yield said


@contextlib.asynccontextmanager
async def _served(settings: Settings) -> AsyncIterator[str]:
    server = await serve(settings)
    try:
        yield f"ftp://u:p@127.0.0.1:{port_of(server)}/"
    finally:
        await server.stop(0.0)


@contextlib.contextmanager
def _apart(door: AbstractAsyncContextManager[T]) -> Iterator[T]:
    ready, done = threading.Event(), threading.Event()
    found: list[T] = []

    async def run() -> None:
        async with door as inside:
            found.append(inside)
            ready.set()
            await asyncio.to_thread(done.wait)

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    try:
        assert ready.wait(PATIENCE), "the server did not begin"
        yield found[0]
    finally:
        done.set()
        thread.join()
