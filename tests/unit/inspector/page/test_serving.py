"""The page's server, over sockets of loopback."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from portside.errors import ListenError
from portside.inspector.page import application, serving
from portside.inspector.page.serving import LOOPBACK, PageServer, serve
from portside.inspector.watched import Watched
from tests.support.captures import datagrams, write
from tests.support.conversations import until


@contextlib.asynccontextmanager
async def shown(tmp_path: Path, port: int = 0) -> AsyncIterator[PageServer]:
    watched = Watched([write(tmp_path / "a.pcapng", datagrams(b"a"))], follow=True)
    watched.read(1 << 20)
    try:
        server = await serve(watched, port)
        try:
            yield server
        finally:
            await server.stop()
    finally:
        watched.close()


def port_of(server: PageServer) -> int:
    found = re.fullmatch(r"http://127\.0\.0\.1:([0-9]+)/[A-Za-z0-9_-]{32}/", server.url)
    assert found is not None, server.url
    return int(found[1])


async def connect(server: PageServer) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection(LOOPBACK, port_of(server))


async def fetch(server: PageServer, path: str, host: str = "") -> bytes:
    """The whole answer to a request for ``path`` below the token."""
    reader, writer = await connect(server)
    target = "/" + server.url.split("/", 3)[3] + path
    host = host or f"127.0.0.1:{port_of(server)}"
    writer.write(f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    async with asyncio.timeout(30):
        answer = await reader.read()
    writer.close()
    return answer


def test_the_page_is_at_its_whole_address_alone(tmp_path: Path) -> None:
    async def main() -> None:
        async with shown(tmp_path) as server:
            head, _, body = (await fetch(server, "api/state")).partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200 ") and json.loads(body)["messages"] == 1
            assert b"<!doctype html>" in (await fetch(server, "")).lower()
            assert (await fetch(server, "../")).startswith(b"HTTP/1.1 4")
            refused = await fetch(server, "", host="attacker.example")
            assert refused.startswith(b"HTTP/1.1 421 ") and b"<html" not in refused

    asyncio.run(main())


def test_each_page_has_an_address_of_its_own(tmp_path: Path) -> None:
    async def main() -> None:
        async with shown(tmp_path) as one, shown(tmp_path) as other:
            assert one.url.split("/")[3] != other.url.split("/")[3]

    asyncio.run(main())


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    async def main() -> None:
        async with shown(tmp_path) as one:
            with pytest.raises(ListenError, match=f"{port_of(one)}"):
                async with shown(tmp_path, port_of(one)):
                    raise AssertionError("two servers at one port")

    asyncio.run(main())


def test_whoever_has_gone_takes_no_place_and_the_end_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(application, "MOST_LISTENERS", 1)
    monkeypatch.setattr(application, "ALIVE", 0.01)  # who has hung up may still listen, until something is said
    monkeypatch.setattr(serving, "GRACE", 30.0)

    async def listen(server: PageServer) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, bytes]:
        reader, writer = await connect(server)
        target = "/" + server.url.split("/", 3)[3] + "api/events"
        writer.write(f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port_of(server)}\r\n\r\n".encode())
        async with asyncio.timeout(30):
            return reader, writer, await reader.readuntil(b"\r\n\r\n")

    async def main() -> None:
        async with shown(tmp_path) as server:
            reader, writer, head = await listen(server)
            assert head.startswith(b"HTTP/1.1 200 ")
            async with asyncio.timeout(30):
                assert b'"generation": 0' in await reader.readuntil(b"\n\n")
            _, refused, head = await listen(server)
            assert head.startswith(b"HTTP/1.1 503 ")
            refused.close()
            writer.close()
            await until(lambda: not server._page._listeners)
            reader, writer, head = await listen(server)
            assert head.startswith(b"HTTP/1.1 200 ")
            stopping = asyncio.ensure_future(server.stop())
            async with asyncio.timeout(30):
                assert (await reader.read()).endswith(b"\r\n0\r\n\r\n"), "the last chunk: it has not broken off"
            writer.close()
            await stopping
            assert caplog.records == [], "nobody had to be cut off"

    asyncio.run(main())
