"""Both sides of FTP in one loop: our server, and our client at it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

from portside.accounts.users import EVERY_RIGHT
from portside.protocols.ftp.client.client import FtpClient
from portside.protocols.ftp.client.settings import Settings
from portside.protocols.ftp.server import Settings as ServerSettings
from portside.protocols.ftp.server import serve
from tests.support.ftp_wire import HERE, PATIENCE, accounts, port_of


@contextlib.asynccontextmanager
async def client_at(url: str, settings: Settings | None = None) -> AsyncIterator[FtpClient]:
    """A client that never draws a pause."""
    async with FtpClient(url, settings, draw=lambda: 0.0) as client:
        yield client


@contextlib.asynccontextmanager
async def served(
    root: Path, settings: Settings | None = None, *, scheme: str = "ftp", **more: Any
) -> AsyncIterator[FtpClient]:
    """A client with every right at our server with ``root``; ``more`` are the server's settings."""
    server = await serve(replace(ServerSettings(root, HERE, accounts=accounts(EVERY_RIGHT)), **more))
    try:
        async with client_at(f"{scheme}://u:p@127.0.0.1:{port_of(server)}/", settings) as client:
            yield client
    finally:
        await server.stop(0.0)


def run(story: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run ``story``, which must not wait for ever."""

    async def bounded() -> None:
        async with asyncio.timeout(PATIENCE):
            await story()

    asyncio.run(bounded())
