"""One connection: exchanges in turn, in bounded memory, and an end that everybody hears of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from portside.errors import BrokenPromise, ConnectionLost, LocalError, TimedOut
from portside.protocols.http.client.connection import QUEUED, Connection
from portside.protocols.http.messages import Headers, Request
from portside.protocols.http.rules.client import ClientLimits
from portside.transport.memory import Pair

HOST = (b"Host", b"a")
GET = Request("GET", "/", Headers([HOST]))
POST = Request("POST", "/", Headers([HOST, (b"Content-Length", b"6")]), body=True)
EXPECTING = Request("PUT", "/", Headers([HOST, (b"Content-Length", b"6"), (b"Expect", b"100-continue")]), body=True)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


class Far:
    """The server's end: keeps what it hears."""

    def __init__(self) -> None:
        self.heard = b""

    def received(self, data: bytes) -> None:
        self.heard += data

    def ended(self) -> None: ...

    def drained(self) -> None: ...

    def lost(self, error: object) -> None: ...


class Keeper:
    """An owner that counts what it is told."""

    def __init__(self) -> None:
        self.freed = 0
        self.lost = 0

    def free(self, connection: Connection) -> None:
        self.freed += 1

    def gone(self, connection: Connection) -> None:
        self.lost += 1


Story = Callable[[Connection, Pair, Far, Keeper], Awaitable[None]]


def play(story: Story, silence: float = 0.0, piece: int = 0) -> None:
    async def run() -> None:
        pair, far, keeper = Pair(piece, schedule=asyncio.get_running_loop().call_soon), Far(), Keeper()
        connection = Connection(pair.client, ClientLimits(silence=silence), owner=keeper)
        pair.server.start(far)
        await story(connection, pair, far, keeper)

    asyncio.run(run())


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.mark.parametrize("piece", [0, 1, 5])
def test_exchanges_follow_each_other(piece: int) -> None:
    async def story(connection: Connection, pair: Pair, far: Far, keeper: Keeper) -> None:
        for turn in range(3):
            exchange = connection.ask(GET)
            pair.server.write(OK)
            assert (await exchange.answer()).status == 200
            got: list[bytes] = []
            await exchange.pour(got.append)
            assert b"".join(got) == b"hi" and connection.reusable and keeper.freed == turn + 1
        assert connection.uses == 3

    play(story, piece=piece)


def test_two_at_once_are_refused_and_the_first_is_not_disturbed() -> None:
    async def story(connection: Connection, pair: Pair, far: Far, keeper: Keeper) -> None:
        exchange = connection.ask(GET)
        other = Connection(Pair().client, ClientLimits(silence=0))
        other.ask(GET)
        with pytest.raises(LocalError):
            other.ask(GET)
        pair.server.write(OK)
        assert (await exchange.answer()).status == 200

    play(story)


def test_a_body_nobody_reads_waits_in_bounded_memory() -> None:
    async def story(connection: Connection, pair: Pair, far: Far, keeper: Keeper) -> None:
        size = 8 * QUEUED
        exchange = connection.ask(GET)
        pair.server.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size)
        await exchange.answer()
        await settle()
        assert exchange._size <= QUEUED + 100_000
        got = 0
        while piece := await exchange.piece():
            got += len(piece)
            assert exchange._size <= QUEUED + 100_000
        assert got == size and connection.reusable

    play(story, piece=100_000)


def test_our_own_slowness_is_no_silence_of_theirs() -> None:
    async def story(connection: Connection, pair: Pair, far: Far, keeper: Keeper) -> None:
        size = 3 * QUEUED
        exchange = connection.ask(GET)
        pair.server.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size)
        while not exchange._held:
            await exchange.change()
        assert not connection._rules._waiting
        while exchange._held:
            assert await exchange.piece()
        assert connection._rules._waiting

    play(story, silence=60.0, piece=100_000)


def test_their_silence_is() -> None:
    async def story(connection: Connection, pair: Pair, far: Far, keeper: Keeper) -> None:
        exchange = connection.ask(GET)
        with pytest.raises(TimedOut):
            await exchange.answer()
        assert keeper.lost == 1 and not connection.reusable

    play(story, silence=0.01)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", ConnectionLost),
        (b"HTTP/1.1 2", BrokenPromise),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx", BrokenPromise),
    ],
)
def test_an_early_end_reaches_whoever_waits(data: bytes, error: type[Exception]) -> None:
    async def story(connection: Connection, pair: Pair, far: Far, keeper: Keeper) -> None:
        exchange = connection.ask(GET)
        pair.server.write(data)
        pair.server.finish()
        with pytest.raises(error) as caught:
            await exchange.pour(lambda data: None)
        assert type(caught.value) is error
        assert keeper.lost == 1 and keeper.freed == 0

    play(story)


def test_leaving_in_the_middle_closes_the_connection_once() -> None:
    async def story(connection: Connection, pair: Pair, far: Far, keeper: Keeper) -> None:
        exchange = connection.ask(GET)
        pair.server.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx")
        await exchange.answer()
        exchange.leave()
        exchange.leave()
        await settle()
        assert keeper.lost == 1

    play(story)


def test_leaving_after_the_end_disturbs_nobody() -> None:
    async def story(connection: Connection, pair: Pair, far: Far, keeper: Keeper) -> None:
        first = connection.ask(GET)
        pair.server.write(OK)
        await first.pour(lambda data: None)
        second = connection.ask(GET)
        first.leave()
        pair.server.write(OK)
        assert (await second.answer()).status == 200

    play(story)


async def three() -> AsyncIterator[bytes]:
    for piece in (b"ab", b"", b"cdef"):
        yield piece


def test_a_body_is_said_in_pieces() -> None:
    async def story(connection: Connection, pair: Pair, far: Far, keeper: Keeper) -> None:
        exchange = connection.ask(POST)
        await connection.say_pieces(exchange, three())
        await settle()
        assert far.heard.endswith(b"\r\n\r\nabcdef")
        pair.server.write(OK)
        await exchange.pour(lambda data: None)
        assert connection.reusable

    play(story)


def test_a_body_waits_for_100_and_stays_unsaid_where_it_is_refused() -> None:
    async def story(connection: Connection, pair: Pair, far: Far, keeper: Keeper) -> None:
        exchange = connection.ask(EXPECTING)
        saying = asyncio.ensure_future(connection.say_pieces(exchange, three()))
        await settle()
        assert b"abcdef" not in far.heard
        pair.server.write(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n")
        assert (await exchange.answer()).status == 403
        await saying
        assert b"abcdef" not in far.heard

    play(story)


def test_closing_ends_what_runs() -> None:
    async def story(connection: Connection, pair: Pair, far: Far, keeper: Keeper) -> None:
        exchange = connection.ask(GET)
        connection.close()
        with pytest.raises(ConnectionLost):
            await exchange.answer()
        assert keeper.lost == 1

    play(story)
