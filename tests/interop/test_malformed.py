"""A real server under attack: malformed requests, paths that climb, floods, drips and endless senders.

The server runs in this process, so that whatever it logs is seen; the clients are bare sockets.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from pathlib import Path

import pytest

from portside.interfaces import Address
from portside.protocols.http.messages import Request, Response
from portside.protocols.http.rules.limits import ServerLimits
from portside.protocols.http.server.application import Answer, Application, Arrival
from portside.protocols.http.server.serving import WebServer, application
from portside.protocols.http.server.settings import FolderSettings, Settings
from portside.protocols.http.syntax.heads import HeadLimits
from tests.support.malformed import REFUSED, UNFINISHED

PATIENCE = 20.0
"""Seconds after which a test that should have ended long ago fails."""
SECRET = b"the canary that no request may see"
GET = b"GET /a.txt HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder, with links that lead out of it, and secrets beside and above it."""
    root = tmp_path / "outer" / "site"
    (root / "sub").mkdir(parents=True)
    (root / "a.txt").write_bytes(b"hello")
    (root / "sub" / "b.txt").write_bytes(b"b")
    for secret in (
        tmp_path / "canary",
        tmp_path / "outer" / "canary",
        tmp_path / "outer" / "site.txt",
        root / ".canary",
    ):
        secret.write_bytes(SECRET)
    (root.parent / "site2").mkdir()
    (root.parent / "site2" / "canary").write_bytes(SECRET)
    (root / "out").symlink_to(tmp_path / "outer" / "canary")
    (root / "up").symlink_to("..")
    (root / "absolute").symlink_to(tmp_path)
    (root / "sub" / "chain").symlink_to("../up")
    (root / "sub" / "beside").symlink_to("../../site2")
    return root


@contextlib.asynccontextmanager
async def serving(
    site: Path, *, limits: ServerLimits | None = None, app: Application | None = None, upload: bool = False
) -> AsyncIterator[int]:
    """A web server in this process; its port."""
    settings = Settings(
        FolderSettings(site, upload=upload), [Address("127.0.0.1", 0)], access_log=None, limits=limits or ServerLimits()
    )
    server = WebServer(settings, app or application(settings))
    await server.listen()
    try:
        yield server.addresses[0].port
    finally:
        server.abort()


async def exchange(port: int, *pieces: bytes, end: bool = False) -> bytes:
    """All that the server says until it closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(PATIENCE):
            with contextlib.suppress(ConnectionError):  # it may have closed already: what it said still counts
                for piece in pieces:
                    writer.write(piece)
                    await writer.drain()
                if end:
                    writer.write_eof()
            return await reader.read()
    finally:
        writer.close()


def statuses(data: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.1 ([0-9]{3}) ", data)]


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterable[None]:
    """Nothing that a client does is an error of ours."""
    caplog.set_level(logging.WARNING)
    yield
    errors = [record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.ERROR]
    assert errors == []


# -------------------------------------------------------------------------------------------------- malformed


def test_every_malformed_request_is_refused_and_the_connection_closed(site: Path) -> None:
    async def attack() -> dict[bytes, list[int]]:
        wrong = {}
        async with serving(site) as port:
            for status, data in REFUSED:
                answer = statuses(await exchange(port, data))
                early = [405] if data.startswith(b"POST") and len(data) > 16_000 else []  # said before the rest came
                if answer not in ([status], early):
                    wrong[data[:100]] = answer
            assert b"hello" in await exchange(port, GET, end=True)
        return wrong

    assert asyncio.run(attack()) == {}


def test_a_malformed_request_behind_good_ones_is_refused_after_them(site: Path) -> None:
    async def attack() -> list[list[int]]:
        async with serving(site) as port:
            return [statuses(await exchange(port, GET, GET + data)) for _, data in REFUSED[::10]]

    assert asyncio.run(attack()) == [[200, 200, status] for status, _ in REFUSED[::10]]


def test_every_beginning_times_out_or_ends_with_the_client(site: Path) -> None:
    async def attack() -> list[list[int]]:
        limits = ServerLimits(first_byte=0.3, head_time=0.3, body_grace=0.3)
        async with serving(site, limits=limits) as port:
            waiting = await asyncio.gather(*[exchange(port, data) for data in UNFINISHED])
            ending = await asyncio.gather(*[exchange(port, data, end=True) for data in UNFINISHED])
            return [statuses(data) for data in (*waiting, *ending)]

    seen = asyncio.run(attack())
    # a folder may say 405 before it has seen the body; then the rest is not waited for for long either
    assert all(answer in ([408], [400], [405]) for answer in seen)


# --------------------------------------------------------------------------------------------------- climbing

UPS = [
    "..", "%2e%2e", "%2E%2e", ".%2e", "%2e.", "..%2f", "%2e%2e%2f", "..%5c", "..\\", "%252e%252e", "..;", "..;x=y",
    "..%00", "..%20", "...", "....",
    "..%c0%af", "%c0%ae%c0%ae", "%e0%80%ae%e0%80%ae", "..%ef%bc%8f", "\uff0e\uff0e", "%uff0e%uff0e", "..%0d", "..%0a",
    "./..", ".//..", "..//", "%2f..",
    "%5c..", "..%255c", "..%252f", "up", "absolute", "sub/chain", "sub/beside/..", "sub/../..", "sub/%2e%2e/%2e%2e",
    "up/up", "absolute/outer", "out", ".",
]  # fmt: skip
GOALS = ["canary", "outer/canary", "site.txt", "site2/canary", "../canary", "", "site/.canary", ".canary"]
PATHS = sorted(
    {f"/{up}/{goal}" for up in UPS for goal in GOALS}
    | {f"/{up}{up}canary" for up in UPS}
    | {f"/sub/{up}/canary" for up in UPS}
)


def spelled(site: Path) -> list[bytes]:
    """Request targets that a server may take for something outside, or for something hidden."""
    absolute = [f"{site.parent}/canary", f"/{site.parent}/canary", f"/{site.parent}/canary".replace("/", "%2f"),
    f"/{site}2/canary", f"/file://{site.parent}/canary",
        f"http://localhost/..{site.parent}/canary", "http://localhost/../canary", "/~/canary", "/~root/canary",
        "/.canary", "/%2ecanary", "//.canary", "/out", "/out/",
        "/absolute/", "/up/", "/sub/chain/", "/sub/beside/", "/sub/beside/canary", "/up/site2/canary",
        "/proc/self/environ", "/dev/null"]  # fmt: skip
    return [path.encode("utf-8") for path in (*PATHS, *absolute)]


def tree(top: Path) -> dict[str, bytes]:
    return {str(path.relative_to(top)): path.read_bytes() for path in top.rglob("*") if path.is_file()}


def test_no_spelling_of_a_path_reads_what_lies_outside(site: Path) -> None:
    targets = spelled(site)
    assert len(targets) > 300

    async def attack() -> tuple[set[int], list[bytes]]:
        seen, leaks = set(), []
        async with serving(site) as port:
            for target in targets:
                for coding in (b"", b"Accept-Encoding: gzip\r\n", b"Range: bytes=0-\r\n"):
                    head = b"GET %b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%b\r\n" % (target, coding)
                    answer = await exchange(port, head)
                    seen.update(statuses(answer))
                    if SECRET in answer or b"canary" in answer.partition(b"\r\n\r\n")[2]:
                        leaks.append(target)
        return seen, leaks

    seen, leaks = asyncio.run(attack())
    assert leaks == []
    assert seen <= {200, 206, 301, 400, 404}


def test_no_spelling_of_a_path_writes_outside(site: Path, tmp_path: Path) -> None:
    before = {name: data for name, data in tree(tmp_path).items() if not name.startswith("outer/site/")}

    async def attack() -> None:
        async with serving(site, upload=True) as port:
            for target in spelled(site):
                head = (
                    b"PUT %b HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbad" % target
                )
                await exchange(port, head)
            for name in (
                b"../canary",
                b"..%2fcanary",
                b"/etc/canary",
                b"..\\canary",
                b"a/../../canary",
                b"..",
                b"out",
                b"\x00",
                b".canary",
            ):
                body = (
                    b'--x\r\nContent-Disposition: form-data; name="file"; filename="%b"\r\n\r\nbad\r\n--x--\r\n' % name
                )
                fields = b"Origin: http://localhost:%d\r\nContent-Type: multipart/form-data; boundary=x\r\n" % port
                fields += b"Content-Length: %d\r\n" % len(body)
                for folder in (b"/", b"/sub/", b"/up/", b"/sub/chain/"):
                    await exchange(
                        port,
                        b"POST %b HTTP/1.1\r\nHost: localhost:%d\r\n%bConnection: close\r\n\r\n%b"
                        % (folder, port, fields, body),
                    )

    asyncio.run(attack())
    assert {name: data for name, data in tree(tmp_path).items() if not name.startswith("outer/site/")} == before
    assert (site / ".canary").read_bytes() == SECRET


def test_no_device_and_no_pipe_is_opened(site: Path) -> None:
    os.mkfifo(site / "pipe")

    async def attack() -> list[list[int]]:
        async with serving(site) as port:
            head = b"GET /%b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            return [statuses(await exchange(port, head % name)) for name in (b"pipe", b"pipe/")]

    assert asyncio.run(attack()) == [[404], [404]]


# ------------------------------------------------------------------------------------------- floods and drips


def test_a_flood_of_fields_is_cut_off(site: Path) -> None:
    async def attack() -> list[list[int]]:
        async with serving(site) as port:
            endless = [b"X-%d: y\r\n" % number * 100 for number in range(2000)]
            long = [b"X: " + b"y" * 60_000] * 20
            return [statuses(await exchange(port, GET[:-2], *flood)) for flood in (endless, long)]

    assert asyncio.run(attack()) == [[431], [431]]


def test_a_head_that_drips_is_cut_off_while_others_are_served(site: Path) -> None:
    async def drip(port: int) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        answer = asyncio.ensure_future(reader.read())
        async with asyncio.timeout(PATIENCE):
            writer.write(GET[:-2])
            while not answer.done():
                with contextlib.suppress(ConnectionError):
                    writer.write(b"x")
                await asyncio.wait([answer], timeout=0.05)
        writer.close()
        return answer.result()

    async def attack() -> tuple[list[list[int]], bytes]:
        async with serving(site, limits=ServerLimits(head_time=0.5)) as port:
            drips = [asyncio.ensure_future(drip(port)) for _ in range(50)]
            page = await exchange(port, GET, end=True)
            return [statuses(await one) for one in drips], page

    seen, page = asyncio.run(attack())
    assert seen == [[408]] * 50
    assert b"hello" in page


def test_a_thousand_requests_in_one_segment_are_answered_in_order(site: Path) -> None:
    for number in range(50):
        (site / f"{number}.txt").write_bytes(b"number %d;" % number)

    async def ask() -> bytes:
        async with serving(site) as port:
            heads = [b"GET /%d.txt HTTP/1.1\r\nHost: localhost\r\n\r\n" % (number % 50) for number in range(1000)]
            return await exchange(port, b"".join(heads), end=True)

    answer = asyncio.run(ask())
    assert re.findall(rb"number ([0-9]+);", answer) == [b"%d" % (number % 50) for number in range(1000)]


def test_a_million_tiny_chunks_are_thrown_away_or_cut_off(site: Path) -> None:
    async def attack() -> list[list[int]]:
        head = b"POST /a.txt HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        chunks = b"1\r\nx\r\n" * 10_000
        async with serving(site) as port:
            short = await exchange(port, head + chunks + b"0\r\n\r\n" + GET, end=True)
            endless = await exchange(port, head, *[chunks] * 100)
            return [statuses(short), statuses(endless)]

    assert asyncio.run(attack()) == [[405, 200], [405]]


# ------------------------------------------------------------------------------------------- endless senders

BOUND = 12 * 1024 * 1024
"""Bytes that one endless sender may make us hold: some reads of a megabyte, and what waits for the application."""


def peak(attack: Callable[[], Awaitable[None]]) -> int:
    """The most memory that was held at once."""
    tracemalloc.start()
    try:
        asyncio.run(attack())  # type: ignore[arg-type]
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


async def pour(port: int, head: bytes, piece: bytes, count: int) -> None:
    """Send as much as the server takes, for a while at most."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.transport.set_write_buffer_limits(high=len(piece))
    with contextlib.suppress(ConnectionError, TimeoutError):
        async with asyncio.timeout(1):
            writer.write(head)
            for _ in range(count):
                writer.write(piece)
                await writer.drain()
    writer.transport.abort()


async def never(request: Request, arrival: Arrival) -> Response:
    await asyncio.Event().wait()
    raise AssertionError("unreachable")


def deaf(request: Request, arrival: Arrival) -> Answer:
    return never(request, arrival)


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n", b"x" * 500_000),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", b"3\r\nxyz\r\n" * 50_000),
        (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", GET * 10_000),
    ],
    ids=["a body", "tiny chunks", "requests ahead"],
)  # fmt: skip
def test_an_endless_sender_is_held_in_bounded_memory(site: Path, head: bytes, piece: bytes) -> None:
    """The application never takes anything and never answers."""

    async def attack() -> None:
        async with serving(site, app=deaf) as port:
            await pour(port, head, piece, 200)

    assert peak(attack) < BOUND


def test_an_endless_head_is_held_in_bounded_memory(site: Path) -> None:
    async def attack() -> None:
        async with serving(site, limits=ServerLimits(heads=HeadLimits(head=10**5))) as port:
            await pour(port, GET[:-2], b"A: " + b"b" * 500_000, 200)

    assert peak(attack) < BOUND


def test_a_client_that_reads_nothing_is_not_answered_for_ever(site: Path) -> None:
    """A hundred thousand requests of a large file: what it does not take is not made."""
    (site / "large.txt").write_bytes(b"x" * 60_000)

    async def attack() -> None:
        async with serving(site) as port:
            await pour(port, b"", GET.replace(b"a.txt", b"large.txt") * 1000, 100)

    assert peak(attack) < BOUND
