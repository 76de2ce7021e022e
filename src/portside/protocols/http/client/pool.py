"""Connections kept for the next request: bounded for each origin and in all, and given back whatever happens.

A *place* is the right to have one connection. Places are counted, never kept in a list that a cancelled task could
forget to leave: whoever takes one gives it back when the connection is gone, or could not be opened. Whoever finds no
place waits in line; a wake-up is only the hint to look again, and one that reaches a cancelled task is passed on.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Hashable

from portside.protocols.http.client.connection import Connection

Opener = Callable[[], Awaitable[Connection]]


class Pool:
    """Connections by key: at most ``per_key`` for one, ``in_all`` together; unused ones go after ``idle`` seconds."""

    def __init__(self, per_key: int, in_all: int, idle: float) -> None:
        self._per_key = per_key
        self._in_all = in_all
        self._idle_time = idle
        self._idle: dict[Hashable, list[Connection]] = {}
        self._open: set[Connection] = set()
        self._places: Counter[Hashable] = Counter()
        self._taken = 0
        self._line: deque[asyncio.Future[None]] = deque()
        self._sweeper: asyncio.TimerHandle | None = None
        self._closed = False

    @property
    def taken(self) -> int:
        """Places in use, idle connections included."""
        return self._taken

    @property
    def idle(self) -> int:
        """Connections that wait for a request."""
        return sum(map(len, self._idle.values()))

    def ready(self, key: Hashable) -> Connection | None:
        """The idle connection used last (the likeliest to be alive), or None."""
        waiting = self._idle.get(key)
        while waiting:
            connection = waiting.pop()
            if connection.reusable:
                return connection
        return None

    async def open(self, key: Hashable, opener: Opener) -> Connection:
        """A new connection; waits for a place first. Raises what ``opener`` raises."""
        await self._take_place(key)
        try:
            connection = await opener()
        except BaseException:
            self._give_back(key)
            raise
        self._open.add(connection)
        if self._closed:
            connection.abort()
        return connection

    async def take(self, key: Hashable, opener: Opener) -> Connection:
        """An idle connection, or a new one, whichever comes first."""
        while True:
            connection = self.ready(key)
            if connection is not None:
                return connection
            if self._has_place(key):
                return await self.open(key, opener)
            await self._wait_in_line()

    async def _take_place(self, key: Hashable) -> None:
        while not self._has_place(key):
            await self._wait_in_line()
        self._places[key] += 1
        self._taken += 1

    def _has_place(self, key: Hashable) -> bool:
        if self._places[key] >= self._per_key:
            return bool(self._idle.get(key)) and self._evict(key)
        return self._taken < self._in_all or self._evict(None)

    def _evict(self, key: Hashable | None) -> bool:
        """Close the connection that has been idle for longest, to make room for another one."""
        lists = [self._idle.get(key, [])] if key is not None else self._idle.values()
        oldest = min((waiting[0] for waiting in lists if waiting), key=lambda one: one.idle_since, default=None)
        if oldest is None:
            return False
        oldest.close()  # it comes back through `gone`
        return True

    async def _wait_in_line(self) -> None:
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._line.append(waiter)
        try:
            await waiter
        except BaseException:
            if waiter.done() and not waiter.cancelled():
                self._wake_next()  # the hint was ours, and we can't use it any more
            raise

    def _wake_next(self) -> None:
        while self._line:
            waiter = self._line.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return

    def _give_back(self, key: Hashable) -> None:
        self._taken -= 1
        self._places[key] -= 1
        if self._places[key] <= 0:
            del self._places[key]
        self._wake_next()

    # ---------------------------------------------------------------------------- from the connections

    def free(self, connection: Connection) -> None:
        """An exchange is over: the connection waits for the next one."""
        loop = asyncio.get_running_loop()
        connection.idle_since = loop.time()
        self._idle.setdefault(connection.key, []).append(connection)
        if self._sweeper is None:
            self._sweeper = loop.call_later(self._idle_time, self._sweep)
        self._wake_next()

    def gone(self, connection: Connection) -> None:
        """A connection can't be used any more."""
        if connection not in self._open:
            return  # it never came as far as being handed out: whoever opens it gives its place back
        self._open.discard(connection)
        waiting = self._idle.get(connection.key, [])
        if connection in waiting:
            waiting.remove(connection)
        if not waiting:
            self._idle.pop(connection.key, None)
        self._give_back(connection.key)

    def _sweep(self) -> None:
        """Close what has been idle for too long, and come back when the next one is due."""
        self._sweeper = None
        loop = asyncio.get_running_loop()
        waiting = [connection for waiting in self._idle.values() for connection in waiting]
        for connection in waiting:
            if loop.time() - connection.idle_since >= self._idle_time:
                connection.close()
        left = [connection.idle_since for connection in waiting if connection in self._open]
        if left:
            self._sweeper = loop.call_at(min(left) + self._idle_time, self._sweep)

    def close(self) -> None:
        """Close every connection; what still runs on them is cut off."""
        self._closed = True
        if self._sweeper is not None:
            self._sweeper.cancel()
            self._sweeper = None
        for connection in list(self._open):
            connection.close()
