"""One destination at work: one job first, and several at the same time once a server has let that one in.

So a server that is down costs one connection, and one that has just come back is not flooded.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from portside.apps.outbox.carrying import Carrier, Line, failed
from portside.apps.outbox.entries import Job, Tried
from portside.apps.outbox.outbox import Outbox
from portside.apps.outbox.settings import Settings
from portside.apps.outbox.settling import Moment, settle
from portside.apps.outbox.states import Event
from portside.apps.outbox.taking import take
from portside.errors import PortsideError
from portside.mail.storing import StoreError

AGAIN = 5.0
"""Seconds after which a queue that could not be written is written again."""

Change = Callable[[sqlite3.Connection], tuple[Job | None, list[str]]]
"""What is written: the next job that it takes, and the messages whose files may go."""

_log = logging.getLogger("portside.outbox")


@dataclass(slots=True)
class Tally:
    """Recipients that a runner has settled."""

    delivered: int = 0
    failed: int = 0
    put_off: int = 0

    def count(self, tried: Tried) -> None:
        """Add what a job has come to."""
        for fate in tried.fates:
            self.delivered += fate.event is Event.ACCEPTED
            self.failed += fate.event is Event.REFUSED
            self.put_off += fate.event is Event.PUT_OFF


class Delivery:
    """Tries what is due at ``destination`` until nothing is. ``slots`` are shared by all deliveries of a runner."""

    def __init__(
        self,
        outbox: Outbox,
        carrier: Carrier,
        settings: Settings,
        destination: str,
        slots: asyncio.Semaphore,
        draw: Callable[[], float],
        tally: Tally,
    ) -> None:
        self._outbox = outbox
        self._carrier = carrier
        self._settings = settings
        self._destination = destination
        self._slots = slots
        self._draw = draw
        self._tally = tally
        self._stopped = False
        self._trouble: StoreError | None = None

    def stop(self) -> None:
        """Take nothing more."""
        self._stopped = True

    async def run(self) -> None:
        """Raises ``StoreError`` where the queue cannot be read or written: nothing more is taken then."""
        relay = self._destination if "://" in self._destination else ""
        try:
            async with self._carrier.line(relay) as line:
                await self._use(line)
        except PortsideError as error:
            await self._fail(error)
        if self._trouble is not None:
            raise self._trouble

    async def _use(self, line: Line) -> None:
        if await self._one(line):
            async with asyncio.TaskGroup() as lanes:
                for _ in range(self._settings.per_destination):
                    lanes.create_task(self._lane(line))

    async def _lane(self, line: Line) -> None:
        while await self._turn(line):
            pass

    async def _one(self, line: Line) -> bool:
        """Try one job; whether another one may follow."""
        async with self._slots:
            job = await self._take()
            if job is None:
                return False
            tried = await self._carry(line, job)
            await self._settle(tried)
        return not tried.down

    async def _turn(self, line: Line) -> bool:
        """Try job after job, as long as there are slots enough for others; whether another turn may follow."""
        async with self._slots:
            job = await self._take()
            while job is not None:
                tried = await self._carry(line, job)
                if tried.down or self._stopped or self._slots.locked():
                    await self._settle(tried)
                    return not tried.down
                job = await self._settle_and_take(tried)
        return False

    async def _take(self) -> Job | None:
        if self._stopped or self._trouble is not None:
            return None
        try:
            # What a power failure takes of this is found out again: the recipients wait, as they did before.
            job, gone = await self._outbox.change(
                lambda database: take(database, self._destination, self._moment()), promised=False
            )
            await self._outbox.discard(gone)
        except StoreError as error:
            self._trouble = error
            return None
        return job

    async def _carry(self, line: Line, job: Job) -> Tried:
        try:
            content = await self._outbox.content(job.id)
            try:
                return await line.carry(job, content)
            finally:
                _close(content)
        except (PortsideError, OSError) as error:
            return failed(job, str(error))
        except Exception:  # a bug that one message wakes must not stop all the others
            _log.exception("message %s could not be sent", job.id)
            return failed(job, "a bug of portside")

    async def _settle(self, tried: Tried) -> None:
        await self._write_down(tried, lambda database: (None, settle(database, tried, self._moment())))

    async def _settle_and_take(self, tried: Tried) -> Job | None:
        """Settle one job and take the next: one write to the disk does for both."""

        def change(database: sqlite3.Connection) -> tuple[Job | None, list[str]]:
            gone = settle(database, tried, self._moment())
            job, more = take(database, self._destination, self._moment())
            return job, gone + more

        return await self._write_down(tried, change)

    async def _write_down(self, tried: Tried, change: Change) -> Job | None:
        """Write it down, and go on trying to: what was delivered must not be sent again."""
        self._tally.count(tried)
        self._tell(tried)
        while True:
            try:
                job, gone = await self._outbox.change(change)
            except StoreError as error:
                self._settings.warn(f"{error}; what became of {tried.job.id} is not written down yet")
                await self._outbox.clock.until(self._outbox.clock.now() + AGAIN)
            else:
                await self._outbox.discard(gone)
                return job

    async def _fail(self, error: PortsideError) -> None:
        job = await self._take()
        if job is not None:
            await self._settle(failed(job, str(error), down=True))

    def _tell(self, tried: Tried) -> None:
        for recipient, fate in zip(tried.job.envelope.recipients, tried.fates, strict=True):
            where = f" by {fate.server}" if fate.server else ""
            line = f"{tried.job.id} to {recipient.address}: {fate.event.value}{where}: {fate.said}"
            if fate.event is Event.REFUSED and not tried.job.envelope.sender:
                self._settings.warn(f"{line}; it has no sender who could be told")
            else:
                self._settings.tell(line)

    def _moment(self) -> Moment:
        return Moment(self._outbox.clock.now(), self._settings.schedule, self._draw())


def _close(content: bytes | BinaryIO) -> None:
    if not isinstance(content, bytes):
        content.close()
