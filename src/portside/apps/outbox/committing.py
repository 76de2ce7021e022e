"""The one thread that changes a queue's database: what waits at the same time shares one write to the disk.

While one group is being written the next one gathers, so nobody waits for company, and a disk that is slow makes the
groups larger. Each change stands by itself in its group: one that fails takes no other with it. Questions have a thread
and a connection of their own, and wait for no disk.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from portside.apps.outbox.database import changing, excuse
from portside.errors import PortsideError
from portside.mail.storing import StoreError

GROUP = 256
"""Changes in one transaction at most: others who use the file wait while it is written."""

Result = TypeVar("Result")
Change = Callable[[sqlite3.Connection], Any]


@dataclass(slots=True)
class _Waiting:
    change: Change
    done: asyncio.Future[Any]
    promised: bool
    result: Any = None
    error: Exception | None = None


class Committer:
    """Changes by ``database`` and questions to ``reader``, two connections with one file, from one event loop.

    Closed, with both, by ``close``.
    """

    def __init__(self, database: sqlite3.Connection, reader: sqlite3.Connection) -> None:
        self._database = database
        self._reader = reader
        self._thread = ThreadPoolExecutor(1, "portside-outbox")
        self._asking = ThreadPoolExecutor(1, "portside-outbox-reader")
        self._waiting: list[_Waiting] = []
        self._running: asyncio.Future[None] | None = None

    def change(
        self, change: Callable[[sqlite3.Connection], Result], *, promised: bool = True
    ) -> asyncio.Future[Result]:
        """What ``change`` returns, once it is on the disk (where it is ``promised``).

        The exception is a ``StoreError``, or what ``change`` raised; nothing of it stands then. Cancelling the future
        changes nothing.
        """
        done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(change, done, promised))
        if self._running is None:
            self._run()
        return cast("asyncio.Future[Result]", done)

    async def ask(self, question: Callable[[sqlite3.Connection], Result]) -> Result:
        """What ``question`` returns; it changes nothing, and sees what has been changed. Raises ``StoreError``."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._asking, question, self._reader)
        except sqlite3.Error as error:
            raise excuse(error) from error

    async def close(self) -> None:
        """Write what waits, and let the file go."""
        while self._running is not None:
            await asyncio.wait({self._running})
        for thread, connection in ((self._asking, self._reader), (self._thread, self._database)):
            await asyncio.get_running_loop().run_in_executor(thread, connection.close)
            thread.shutdown(wait=False)

    def _run(self) -> None:
        group, self._waiting = self._waiting[:GROUP], self._waiting[GROUP:]
        self._running = asyncio.get_running_loop().run_in_executor(self._thread, _write, self._database, group)
        self._running.add_done_callback(lambda running: self._written(group, running.exception()))

    def _written(self, group: list[_Waiting], bug: BaseException | None) -> None:
        self._running = None
        if self._waiting:
            self._run()
        for each in group:
            error = each.error or bug
            if each.done.cancelled():
                continue
            if error is not None:
                each.done.set_exception(error)
            else:
                each.done.set_result(each.result)


def _write(database: sqlite3.Connection, group: list[_Waiting]) -> None:
    """Write a group in one transaction; each of it knows afterwards what has become of it."""
    try:
        with changing(database, promised=any(each.promised for each in group)):
            for each in group:
                _apply(database, each)
    except StoreError as error:
        for each in group:
            each.error = each.error or error


def _apply(database: sqlite3.Connection, waiting: _Waiting) -> None:
    """Make one change, or none of it. Raises ``sqlite3.Error`` where the whole transaction has come to nothing."""
    database.execute("SAVEPOINT one")
    try:
        waiting.result = waiting.change(database)
    except (sqlite3.Error, OSError, PortsideError) as error:
        if not database.in_transaction:  # a full disk ends it all
            raise
        database.execute("ROLLBACK TO one")
        waiting.error = excuse(error) if isinstance(error, sqlite3.Error) else error
    database.execute("RELEASE one")
