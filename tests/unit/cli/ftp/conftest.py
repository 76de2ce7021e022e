"""An FTP server of ours in a thread of its own, since commands run their own loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from portside.protocols.ftp.server import Settings, serve
from tests.support.ftp_wire import HERE, accounts, port_of


@dataclass(frozen=True)
class Site:
    """``url`` of a server whose files are in ``root``."""

    url: str
    root: Path


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    root = tmp_path / "root"
    root.mkdir()
    ready = threading.Event()
    found: list[object] = []

    async def run() -> None:
        server = await serve(Settings(root, HERE, accounts=accounts()))
        over = asyncio.Event()
        found.extend((port_of(server), asyncio.get_running_loop(), over))
        ready.set()
        await over.wait()
        await server.stop(0.0)

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    ready.wait()
    port, loop, over = found
    yield Site(f"ftp://u:p@127.0.0.1:{port}/", root)
    loop.call_soon_threadsafe(over.set)  # type: ignore[attr-defined]
    thread.join()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder
