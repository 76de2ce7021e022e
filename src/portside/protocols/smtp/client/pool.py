"""The connections with one server, and the messages that wait for one.

Connections are made when messages wait, as many as the settings allow, and kept for those that come next. A server
that lets fewer in than we would like is taken at its word: from then on we want as many as there were.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from portside.errors import ConnectionLost, LocalError, PortsideError, TlsError
from portside.protocols.smtp.client.connection import Connection
from portside.protocols.smtp.client.job import Job
from portside.protocols.smtp.client.opening import Place, open_connection
from portside.protocols.smtp.client.settings import Settings
from portside.protocols.smtp.rules.orders import Settled, Stage, TlsUse

ATTEMPTS = 3
"""Connections on which one message may be cut off before anything of it was handed over, until that is its end."""
OUT_OF_STEP = 503
CLOSED = "the client was closed before"

_log = logging.getLogger("portside.smtp")


class Pool:
    """Hands jobs to one server. ``warn`` is told what a person should know."""

    def __init__(self, place: Place, settings: Settings, warn: Callable[[str], object]) -> None:
        self.place = place
        self._settings = settings
        self._warn = warn
        self._waiting: deque[Job] = deque()
        self._connections: list[Connection] = []
        self._opening: set[asyncio.Task[None]] = set()
        self._places = settings.connections
        self._closed = False

    def found_at(self, known: tuple[str, ...]) -> None:
        """The server's numeric addresses are these now."""
        if self.place.known != known:
            self.place = replace(self.place, known=known)

    # ------------------------------------------------------------------------------------------------- jobs

    def submit(self, job: Job) -> None:
        """Hand ``job`` over as soon as there is a connection for it; its future tells what became of it."""
        if self._closed:
            job.fail(ConnectionLost(CLOSED))
            return
        saturated = bool(self._waiting) and self._alive >= self._places  # those before it have looked for room already
        self._waiting.append(job)
        if not saturated:
            self._feed()

    def give_up(self, job: Job) -> None:
        """Nobody waits for ``job`` any more."""
        if job in self._waiting:
            self._waiting.remove(job)
            return
        for connection in self._connections:
            if connection.give_up(job):
                return

    def _feed(self) -> None:
        """Give what waits to connections that have nothing to do, open further ones, or let the busy ones have it."""
        while self._waiting:
            connection = self._idle()
            if connection is None and len(self._opening) < len(self._waiting) and self._alive < self._places:
                self._open()
                continue
            if connection is None and self._alive >= self._places:
                connection = self._with_room()
            if connection is None:
                return
            self._give(connection)

    @property
    def _alive(self) -> int:
        return len(self._connections) + len(self._opening)

    def _idle(self) -> Connection | None:
        return next((each for each in self._connections if each.idle and each.usable), None)

    def _with_room(self) -> Connection | None:
        return next((each for each in self._connections if each.room), None)

    def _give(self, connection: Connection) -> None:
        job = self._waiting.popleft()
        try:
            connection.take(job)
        except LocalError as error:
            job.fail(error)

    # ------------------------------------------------------------------------------------------- connections

    def _open(self) -> None:
        task = asyncio.ensure_future(self._open_one())
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _open_one(self) -> None:
        try:
            connection = await self._connect()
        except PortsideError as error:
            self._not_opened(error)
            return
        except Exception as error:  # whoever waits has to hear of it, and nobody else would tell them
            _log.error("opening a connection met an error of ours: %r", error, exc_info=error)
            self._not_opened(LocalError(f"an error of ours: {error!r}"))
            return
        self._opening.discard(asyncio.current_task())
        self._connections.append(connection)
        if connection.problem is not None:  # it went while we were told that it had come
            self.lost(connection)
        self._fill(connection)

    async def _connect(self) -> Connection:
        try:
            return await open_connection(self.place, self._settings, self, self._settings.messages)
        except TlsError as error:
            entry = self.place.entry
            if entry.tls is not TlsUse.OFFERED or entry.login is not None:
                raise
            self._warn(f"{entry.server} offers TLS and fails at it ({error}): the mail goes there in the clear")
            self.place = replace(self.place, entry=replace(entry, tls=TlsUse.OFF))
            return await open_connection(self.place, self._settings, self, self._settings.messages)

    def _not_opened(self, error: PortsideError) -> None:
        self._opening.discard(asyncio.current_task())
        if self._alive:
            self._places = self._alive
            self._feed()
            return
        self._places = self._settings.connections
        waiting, self._waiting = self._waiting, deque()
        for job in waiting:
            job.fail(error)

    def _fill(self, connection: Connection) -> None:
        """Let ``connection`` have what waits, as much as it takes at once."""
        waiting = self._waiting
        for _ in range(min(len(waiting), connection.room)):
            self._give(connection)
        if connection.idle and not connection.usable:
            connection.leave()  # it has had its share

    # ---------------------------------------------------------------------------------------- from connections

    def settled(self, connection: Connection, job: Job, settled: Settled) -> None:
        """See ``Owner``."""
        if self._again(connection, job, settled):
            job.attempts += 1
            self._waiting.appendleft(job)
        else:
            job.settle(settled, connection.server)
        connection.served += 1
        self._fill(connection)

    def _again(self, connection: Connection, job: Job, settled: Settled) -> bool:
        """Whether nothing of it was handed over, and the message had no part in that."""
        if self._closed or job.done or job.attempts >= ATTEMPTS:
            return False
        if any(fate.reply is not None and fate.stage is not Stage.MAIL for fate in settled.fates):
            return False
        worked = connection.served > 0
        if isinstance(settled.error, ConnectionLost) and not settled.unsure:
            return worked and settled.fates[0].reply is None
        # an earlier message that was refused may still stand in the way: not so on a new connection
        out_of_step = all(fate.reply is not None and fate.reply.code == OUT_OF_STEP for fate in settled.fates)
        if worked and out_of_step:
            connection.leave()
        return worked and out_of_step

    def lost(self, connection: Connection) -> None:
        """See ``Owner``."""
        if connection in self._connections:
            self._connections.remove(connection)
        self._feed()

    # ------------------------------------------------------------------------------------------------- end

    @property
    def resting(self) -> bool:
        """Whether nothing is handed over, and nothing waits."""
        return not self._opening and not self._waiting and all(each.idle for each in self._connections)

    async def close(self) -> None:
        """Take leave on all connections; what still waits is not handed over."""
        self._closed = True
        waiting, self._waiting = self._waiting, deque()
        for job in waiting:
            job.fail(ConnectionLost(CLOSED))
        for task in self._opening:
            task.cancel()
        await asyncio.gather(*self._opening, return_exceptions=True)
        connections, self._connections = self._connections, []
        await asyncio.gather(*(connection.close() for connection in connections))
