"""Many jobs over few connections: whoever is free takes the next one, and a job may bring further ones.

Folders come before files, so that there is always something for every connection to do.
"""

from __future__ import annotations

import asyncio
import errno
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from portside.errors import BrokenPromise, LimitExceeded, RemoteError
from portside.protocols.ftp.client.connection import Connection
from portside.protocols.ftp.client.site import Site

MOST_JOBS = 2_000_000
"""Files and folders in one tree: more than that is a tree without end."""

Job = TypeVar("Job")
Do = Callable[[Connection, Job], Awaitable[None]]

_FATAL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.ENFILE})
"""Errors of our own system that every further file would meet as well."""


class Crew(Generic[Job]):
    """Does jobs with all connections that a site allows. ``failed`` is told of each that could not be done."""

    def __init__(self, site: Site, do: Do[Job], failed: Callable[[Job, Exception], None]) -> None:
        self._site = site
        self._do = do
        self._failed = failed
        self._first: deque[Job] = deque()
        self._then: deque[Job] = deque()
        self._seen = 0
        self._busy = 0
        self._waiting: list[asyncio.Future[None]] = []

    def add(self, job: Job, *, first: bool = False) -> None:
        """Something more to do. Raises ``LimitExceeded``."""
        self._seen += 1
        if self._seen > MOST_JOBS:
            raise LimitExceeded(f"{self._site.name} lists more than {MOST_JOBS:,} files: a tree without end")
        (self._first if first else self._then).append(job)
        if self._waiting:
            self._wake(self._waiting.pop())

    @staticmethod
    def _wake(waiter: asyncio.Future[None]) -> None:
        if not waiter.done():
            waiter.set_result(None)

    async def run(self) -> None:
        """Until nothing is left. Raises what ends it all: a lost server, a full disk."""
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._site.settings.connections):
                    group.create_task(self._work())
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from None

    async def _work(self) -> None:
        while (job := await self._next()) is not None:
            self._busy += 1
            try:
                await self._try(job)
            finally:
                self._busy -= 1
        for waiter in self._waiting:
            self._wake(waiter)

    async def _next(self) -> Job | None:
        while True:
            if self._first:
                return self._first.popleft()
            if self._then:
                return self._then.popleft()
            if not self._busy:
                return None
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(waiter)
            await waiter

    async def _try(self, job: Job) -> None:
        try:
            await self._site.run(lambda connection: self._do(connection, job))
        except LimitExceeded:
            raise
        except (RemoteError, BrokenPromise) as error:
            self._failed(job, error)
        except OSError as error:
            if error.errno in _FATAL:
                raise
            self._failed(job, error)
