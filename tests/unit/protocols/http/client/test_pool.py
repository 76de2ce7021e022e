"""The pool's places: bounded, and given back whatever happens."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from portside.errors import ConnectError
from portside.protocols.http.client.connection import Connection
from portside.protocols.http.client.pool import Pool
from portside.protocols.http.messages import Headers, Request
from portside.protocols.http.rules.client import ClientLimits
from portside.transport.memory import Pair

GET = Request("GET", "/", Headers([(b"Host", b"a")]))
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Far:
    """Opens connections in memory, and answers on them."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.pairs: dict[Connection, Pair] = {}

    def opener(self, key: str) -> Callable[[], Awaitable[Connection]]:
        async def open_one() -> Connection:
            pair = Pair(schedule=asyncio.get_running_loop().call_soon)
            connection = Connection(pair.client, ClientLimits(silence=0), key=key, owner=self.pool)
            self.pairs[connection] = pair
            return connection

        return open_one

    async def take(self, key: str = "a") -> Connection:
        return await self.pool.take(key, self.opener(key))

    async def use(self, connection: Connection, answer: bytes = OK) -> None:
        """One whole exchange."""
        exchange = connection.ask(GET)
        self.pairs[connection].server.write(answer)
        await exchange.answer()
        await asyncio.sleep(0)


class Ended:
    """A receiver that waits for the other side's end."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self.wait = self._event.wait

    def received(self, data: bytes) -> None: ...

    def drained(self) -> None: ...

    def ended(self) -> None:
        self._event.set()

    def lost(self, error: object) -> None: ...


def play(story: Callable[[Far], Awaitable[None]], per_key: int = 2, in_all: int = 3, idle: float = 60.0) -> None:
    async def run() -> None:
        pool = Pool(per_key, in_all, idle)
        await story(Far(pool))
        pool.close()
        assert pool.taken == 0 and pool.idle == 0, "a place was lost"

    asyncio.run(run())


async def settle() -> None:
    """Let everything that can happen now happen."""
    for _ in range(10):
        await asyncio.sleep(0)


def test_a_connection_is_used_again_and_the_last_one_first() -> None:
    async def story(far: Far) -> None:
        one, two = await far.take(), await far.take()
        await far.use(one)
        await far.use(two)
        assert far.pool.idle == 2
        assert await far.take() is two
        assert await far.take() is one

    play(story)


def test_the_bound_of_one_key_makes_the_next_one_wait() -> None:
    async def story(far: Far) -> None:
        one, _ = await far.take(), await far.take()
        third = asyncio.ensure_future(far.take())
        await settle()
        assert not third.done() and far.pool.taken == 2
        await far.use(one)
        assert await third is one

    play(story)


def test_a_lost_connection_makes_room() -> None:
    async def story(far: Far) -> None:
        one, _ = await far.take(), await far.take()
        third = asyncio.ensure_future(far.take())
        await settle()
        one.abort()
        assert await third is not one
        assert far.pool.taken == 2

    play(story)


def test_the_bound_in_all_closes_what_is_idle_elsewhere() -> None:
    async def story(far: Far) -> None:
        first = await far.take("a")
        second = await far.take("b")
        await far.use(first)
        await far.use(second)
        await far.take("c")
        assert far.pool.taken == 3
        await far.take("d")
        assert not first.reusable and second.reusable, "the one that was idle for longest goes"
        assert far.pool.taken == 3

    play(story)


def test_a_failed_opening_gives_its_place_back() -> None:
    async def fail() -> Connection:
        raise ConnectError("nobody")

    async def story(far: Far) -> None:
        for _ in range(10):
            with pytest.raises(ConnectError):
                await far.pool.take("a", fail)
        assert far.pool.taken == 0

    play(story)


@pytest.mark.parametrize("steps", range(4))
def test_a_cancelled_opening_gives_its_place_back(steps: int) -> None:
    async def never() -> Connection:
        await asyncio.Event().wait()
        raise AssertionError

    async def story(far: Far) -> None:
        opening = [asyncio.ensure_future(far.pool.take("a", never)) for _ in range(5)]
        for _ in range(steps):
            await asyncio.sleep(0)
        for task in opening:
            task.cancel()
        await asyncio.gather(*opening, return_exceptions=True)
        assert far.pool.taken == 0
        assert await far.take() is not None

    play(story)


def test_a_wake_up_that_reaches_a_cancelled_task_is_passed_on() -> None:
    async def story(far: Far) -> None:
        one, _ = await far.take(), await far.take()
        third, fourth = asyncio.ensure_future(far.take()), asyncio.ensure_future(far.take())
        await settle()
        exchange = one.ask(GET)
        far.pairs[one].server.write(OK)
        far.pairs[one].flow()  # the third is woken here, and cancelled before it runs
        assert exchange.ended
        third.cancel()
        assert await fourth is one

    play(story)


def test_a_kept_connection_that_they_close_is_forgotten() -> None:
    async def story(far: Far) -> None:
        one = await far.take()
        await far.use(one)
        far.pairs[one].server.finish()
        await settle()
        assert far.pool.idle == 0 and far.pool.taken == 0
        assert await far.take() is not one

    play(story)


def test_an_answer_that_closes_gives_the_place_back() -> None:
    async def story(far: Far) -> None:
        one = await far.take()
        await far.use(one, b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        assert far.pool.taken == 0 and far.pool.idle == 0

    play(story)


def test_what_is_idle_for_too_long_is_closed() -> None:
    async def story(far: Far) -> None:
        one = await far.take()
        await far.use(one)
        far.pairs[one].server.start(ended := Ended())
        await ended.wait()
        assert not one.reusable and far.pool.taken == 0

    play(story, idle=0.01)


def test_a_random_crowd_never_holds_more_than_allowed_and_loses_no_place() -> None:
    import random

    lots = random.Random(7)

    async def story(far: Far) -> None:
        most = 0

        async def visit() -> None:
            nonlocal most
            connection = await far.take(lots.choice("abc"))
            try:
                most = max(most, far.pool.taken)
                await far.use(connection)
            finally:
                if not connection.reusable:
                    connection.abort()

        crowd = [asyncio.ensure_future(visit()) for _ in range(200)]
        for task in lots.sample(crowd, 60):
            await asyncio.sleep(0)
            task.cancel()
        await asyncio.gather(*crowd, return_exceptions=True)
        assert most == 3
        assert far.pool.taken == far.pool.idle

    play(story)
