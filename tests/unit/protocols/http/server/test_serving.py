"""A web server put together, over real sockets on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from portside.errors import ListenError, LocalError, UsageError
from portside.interfaces import Address
from portside.protocols.http.messages import Headers, Request, Response
from portside.protocols.http.server import serving as room
from portside.protocols.http.server.application import Application, Arrival
from portside.protocols.http.server.serving import WebServer, serve
from portside.protocols.http.server.settings import FolderSettings, Settings

GET = b"GET /a.txt HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "a.txt").write_bytes(b"hello")
    return tmp_path / "site"


def settings(site: Path, **options: object) -> Settings:
    return Settings(FolderSettings(site), [Address("127.0.0.1", 0)], access_log=None, **options)  # type: ignore[arg-type]


class Caller:
    """A client of bare bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def write(self, data: bytes) -> None:
        self._writer.write(data)

    async def until(self, mark: bytes) -> bytes:
        async with asyncio.timeout(20):
            return await self._reader.readuntil(mark)

    async def rest(self) -> bytes:
        async with asyncio.timeout(20):
            return await self._reader.read()


@contextlib.asynccontextmanager
async def calling(server: WebServer) -> AsyncIterator[Caller]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.addresses[0].port)
    try:
        yield Caller(reader, writer)
    finally:
        writer.close()


@contextlib.asynccontextmanager
async def running(site: Path, application: Application | None = None, **options: object) -> AsyncIterator[WebServer]:
    told = settings(site, **options)
    server = WebServer(told, application or room.application(told))
    await server.listen()
    try:
        yield server
    finally:
        server.abort()


def test_a_folder_is_served_until_it_stops(site: Path) -> None:
    async def play() -> None:
        server = await serve(settings(site))
        async with calling(server) as caller:
            caller.write(GET)
            assert (await caller.until(b"hello")).startswith(b"HTTP/1.1 200 OK\r\n")
            await server.stop(5)
            assert await caller.rest() == b""
        with pytest.raises(OSError):  # noqa: PT011 - which one depends on the system
            await asyncio.open_connection("127.0.0.1", server.addresses[0].port)

    asyncio.run(play())


def test_what_runs_ends_before_the_server_does(site: Path) -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def slow(request: Request, arrival: Arrival) -> Response:
        asked.set()
        await go_on.wait()
        return Response(200, body=b"at last")

    async def play() -> None:
        async with running(site, slow) as server, calling(server) as caller:
            caller.write(GET)
            await asyncio.wait_for(asked.wait(), 20)
            stopping = asyncio.ensure_future(server.stop(20))
            await asyncio.wait([stopping], timeout=0.05)
            assert not stopping.done()
            go_on.set()
            answer = await caller.rest()
            assert b"Connection: close\r\n" in answer
            assert answer.endswith(b"at last")
            await stopping

    asyncio.run(play())


def test_a_body_may_be_read_while_it_is_answered(site: Path) -> None:
    async def echo(request: Request, arrival: Arrival) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            async for piece in arrival.body():
                yield piece.upper()

        return Response(200, body=pieces())

    async def play() -> None:
        async with running(site, echo) as server, calling(server) as caller:
            caller.write(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n")
            await caller.until(b"3\r\nONE\r\n")
            caller.write(b"3\r\ntwo\r\n0\r\n\r\n")
            assert await caller.until(b"0\r\n\r\n") == b"3\r\nTWO\r\n0\r\n\r\n"
            caller.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nagain")
            assert (await caller.until(b"0\r\n\r\n")).endswith(b"5\r\nAGAIN\r\n0\r\n\r\n")

    asyncio.run(play())


def test_who_reads_a_body_after_its_answer_is_told(site: Path) -> None:
    """And neither waits for ever nor reads the next request's."""
    told: list[BaseException | bytes] = []
    late: list[asyncio.Task[None]] = []

    async def read_late(arrival: Arrival) -> None:
        try:
            told.append(b"".join([piece async for piece in arrival.body()]))
        except LocalError as error:
            told.append(error)

    async def hasty(request: Request, arrival: Arrival) -> Response:
        if request.target == "/first":
            late.append(asyncio.ensure_future(read_late(arrival)))
            await asyncio.sleep(0)
        return Response(200, body=b"done")

    async def play() -> None:
        async with running(site, hasty) as server, calling(server) as caller:
            caller.write(b"POST /first HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc")
            await caller.until(b"done")
            caller.write(b"defPOST /second HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nxyz")
            await caller.until(b"done")
            await asyncio.wait_for(late[0], 20)

    asyncio.run(play())
    assert len(told) == 1
    assert isinstance(told[0], LocalError)


def test_an_application_that_fails_gives_500_and_the_next_request_is_answered(
    site: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(request: Request, arrival: Arrival) -> Response:
        if request.target == "/bad":
            raise ZeroDivisionError("by accident")
        return Response(200, body=b"fine")

    async def play() -> bytes:
        async with running(site, failing) as server, calling(server) as caller:
            caller.write(b"GET /bad HTTP/1.1\r\nHost: a\r\n\r\n" + GET)
            return await caller.until(b"fine")

    with caplog.at_level(logging.ERROR):
        answer = asyncio.run(play())
    assert re.findall(rb"HTTP/1\.1 ([0-9]{3})", answer) == [b"500", b"200"]
    assert b"by accident" not in answer
    assert "by accident" in caplog.text


@pytest.mark.parametrize("host", [b"evil.example", b"localhost.evil.example", b"192.0.2.1"])
def test_on_loopback_a_strange_host_is_misdirected(site: Path, host: bytes) -> None:
    async def play() -> bytes:
        async with running(site) as server, calling(server) as caller:
            caller.write(b"GET /a.txt HTTP/1.1\r\nHost: %b\r\nConnection: close\r\n\r\n" % host)
            return await caller.rest()

    answer = asyncio.run(play())
    assert answer.startswith(b"HTTP/1.1 421 ")
    assert b"hello" not in answer


def test_a_strange_host_stays_strange_when_it_is_remembered(site: Path) -> None:
    async def play() -> list[bytes]:
        async with running(site) as server, calling(server) as caller:
            strange = b"GET /a.txt HTTP/1.1\r\nHost: evil.example\r\n\r\n"
            caller.write((GET + strange) * 10 + GET[:-2] + b"Connection: close\r\n\r\n")
            return re.findall(rb"HTTP/1\.1 ([0-9]{3})", await caller.rest())

    assert asyncio.run(play()) == [b"200", b"421"] * 10 + [b"200"]


def test_hosts_have_their_own_folders(site: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.txt").write_bytes(b"other")

    async def play() -> bytes:
        sites = {"other.test": FolderSettings(tmp_path / "other")}
        async with running(site, sites=sites) as server, calling(server) as caller:
            caller.write(GET + GET.replace(b"localhost", b"OTHER.test:80") + GET[:-2] + b"Connection: close\r\n\r\n")
            return await caller.rest()

    assert re.findall(rb"\r\n\r\n(hello|other)", asyncio.run(play())) == [b"hello", b"other", b"hello"]


def test_a_login_is_asked_for_each_time(site: Path) -> None:
    async def play() -> bytes:
        async with running(site, auth=("user", "pass")) as server, calling(server) as caller:
            known = GET[:-2] + b"Authorization: Basic dXNlcjpwYXNz\r\n\r\n"
            caller.write((known + GET) * 5 + known[:-2] + b"Connection: close\r\n\r\n")
            return await caller.rest()

    assert re.findall(rb"HTTP/1\.1 ([0-9]{3})", asyncio.run(play())) == [b"200", b"401"] * 5 + [b"200"]


def test_a_folder_that_is_none_is_wrong_usage_and_nothing_listens(site: Path) -> None:
    with pytest.raises(UsageError):
        asyncio.run(serve(settings(site / "none")))


def test_a_port_that_is_taken_is_said(site: Path) -> None:
    async def play() -> None:
        async with running(site) as server:
            taken = Settings(FolderSettings(site), server.addresses, access_log=None)
            with pytest.raises(ListenError):
                await serve(taken)

    asyncio.run(play())


def test_memories_of_many_addresses_are_bounded(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "OWN_ADDRESSES", 4)
    server = WebServer(settings(site), lambda request, arrival: Response(200, Headers()))
    for number in range(50):
        first = server._application_at(f"127.0.0.{number}")
        assert server._application_at(f"127.0.0.{number}") is first
        assert len(server._remembered) <= 4
