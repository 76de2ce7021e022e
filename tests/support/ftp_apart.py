"""FTP servers in a thread beside the test, for commands that have the event loop of this one."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from portside.accounts.users import EVERY_RIGHT
from portside.protocols.ftp.server import Settings, serve
from tests.support.apart import apart
from tests.support.ftp_scripted import Scripted
from tests.support.ftp_wire import HERE, accounts, port_of


@contextlib.contextmanager
def ours(root: Path, **more: Any) -> Iterator[str]:
    """Where our server with ``root`` is; the user ``u`` has the password ``p``. ``more`` are the server's settings."""
    settings = replace(Settings(root, HERE, accounts=accounts(EVERY_RIGHT)), **more)
    with apart(_served(settings)) as url:
        yield url


@contextlib.contextmanager
def scripted(server: Scripted) -> Iterator[Scripted]:
    """``server``, open."""
    with apart(server.open()) as said:
        yield said


@contextlib.asynccontextmanager
async def _served(settings: Settings) -> AsyncIterator[str]:
    server = await serve(settings)
    try:
        yield f"ftp://u:p@127.0.0.1:{port_of(server)}/"
    finally:
        await server.stop(0.0)
