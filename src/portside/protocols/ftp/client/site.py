"""One site: its connections, what was learnt of it, and what is tried again when a connection is lost.

Connections are made when they are needed, and kept for whoever comes next. A server that lets fewer in than we would
like is taken at its word: from then on we want as many as there were.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from portside.errors import (
    BrokenPromise,
    ConnectError,
    ConnectionLost,
    LoginFailed,
    PortsideError,
    RemoteError,
    ResolveError,
    TimedOut,
)
from portside.protocols.ftp.client.connection import Connection
from portside.protocols.ftp.client.login import login_of
from portside.protocols.ftp.client.names import join
from portside.protocols.ftp.client.opening import open_connection
from portside.protocols.ftp.client.settings import Settings
from portside.protocols.ftp.client.urls import FtpUrl
from portside.protocols.ftp.rules.orders import Login, TlsUse
from portside.syntax.hosts import is_loopback

FIRST_PAUSE = 0.5
"""Seconds before the first new attempt, at most; each further pause may be twice as long."""
LONGEST_PAUSE = 30.0
"""Seconds of any pause."""

T = TypeVar("T")
Work = Callable[[Connection], Awaitable[T]]

_PASSING = (ConnectError, ConnectionLost, ResolveError, TimedOut, BrokenPromise)
"""What may go by itself. A refusal (RemoteError, LoginFailed) will not."""
_BUSY = frozenset({421, 425, 426})
"""Replies that speak of the connection, not of what was asked for (RFC 959 §4.2.2)."""


def may_pass(error: PortsideError) -> bool:
    """Whether another attempt makes sense."""
    return isinstance(error, _PASSING) or (isinstance(error, RemoteError) and error.status in _BUSY)


class Site:
    """The connections with one server, for one user."""

    def __init__(self, url: FtpUrl, settings: Settings, *, draw: Callable[[], float] = random.random) -> None:
        """``draw`` gives numbers from 0 to 1 for the pauses. Raises ``UsageError``."""
        self.url = url
        self.settings = settings
        self.home = ""
        self.features: dict[str, str] = {}
        self.greeting = ""
        self.known: dict[str, object] = {}
        self._login: Login = login_of(url, settings)
        self._draw = draw
        self._places = asyncio.Semaphore(settings.connections)
        self._idle: list[Connection] = []
        self._alive = 0
        self._first = asyncio.Lock()
        self._warned: set[str] = set()

    @property
    def name(self) -> str:
        """How the server is called towards the user."""
        return f"{self.url.host}:{self.url.port}"

    def absolute(self, path: str) -> str:
        """``path`` as it is said to the server: from the root, where it told us where we began."""
        if path.startswith("/") or not self.home:
            return path
        return join(self.home, path) if path else self.home

    def warn(self, line: str) -> None:
        """Tell the person once."""
        if line not in self._warned:
            self._warned.add(line)
            self.settings.warn(line)

    # ----------------------------------------------------------------------------------------- connections

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection for this block alone."""
        connection = await self._take()
        try:
            yield connection
        finally:
            await self._give_back(connection)

    async def _take(self) -> Connection:
        await self._places.acquire()
        while True:
            kept = self._kept()
            if kept is not None:
                return kept
            try:
                return await self._open()
            except (RemoteError, LoginFailed, ConnectError):
                if not self._alive:
                    self._places.release()
                    raise
                await self._places.acquire()  # ours is given up for good: the server wants fewer of us
            except BaseException:
                self._places.release()
                raise

    def _kept(self) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.usable:
                return connection
            self._alive -= 1
            connection.abort()
        return None

    async def _open(self) -> Connection:
        """The first one is opened alone: only then is it known whether the server refuses us, or one more of us."""
        async with self._first:
            if not self._alive:
                return await self._new()
        return await self._new()

    async def _new(self) -> Connection:
        connection = await open_connection(self.url, self._login, self.settings)
        self._alive += 1
        self._learn(connection)
        return connection

    def _learn(self, connection: Connection) -> None:
        entered = connection.entered
        assert entered is not None
        self.home, self.features, self.greeting = entered.home, entered.features, entered.greeting.text
        bare = entered.door is not None and entered.door.tls is None
        if bare and self._is_far(connection) and self._login.user != "anonymous" and self._login.tls is not TlsUse.OFF:
            self.warn(f"{self.name} has no TLS: the password went there in the clear (`--starttls require` forbids it)")

    def _is_far(self, connection: Connection) -> bool:
        return connection.door is None or not is_loopback(connection.door.remote.host)

    async def _give_back(self, connection: Connection) -> None:
        connection.stirred = False
        if connection.usable:
            self._idle.append(connection)
        else:
            self._alive -= 1
            connection.abort()
        self._places.release()

    async def close(self) -> None:
        """Take leave on all connections that nobody uses."""
        for connection in self._idle:
            await connection.close()
        self._alive -= len(self._idle)
        self._idle.clear()

    # --------------------------------------------------------------------------------------------- attempts

    async def run(self, work: Work[T]) -> T:
        """Do ``work`` with a connection, again with another one where that was lost. Raises what stays."""
        attempt = 0
        while True:
            stale = False
            try:
                async with self.connection() as connection:
                    try:
                        return await work(connection)
                    finally:
                        stale = not connection.stirred
            except PortsideError as error:
                if not may_pass(error):
                    raise
                if stale and isinstance(error, ConnectionLost):
                    continue  # a kept connection that the server has closed meanwhile: it has said nothing more
                attempt += 1
                if attempt > self.settings.retries:
                    raise
            await asyncio.sleep(self._pause(attempt))

    def _pause(self, attempt: int) -> float:
        return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(attempt - 1, 16)) * self._draw()
