"""Runs a queue: sends what is due, waits for what will be, and lets senders know. One runner for one queue.

::

    begin: nobody else runs it; who was being tried when the last runner died waits again
      │
      ├─> for each destination where somebody is due, and that is not at work: a delivery begins
      ├─> reports that are owed are written
      └── wait: for the next who is due, a delivery's end, the bell, or the end

Killed at any moment it loses nothing: what is waiting is in the database until a server's 250 is written there. What
was accepted and not yet written down, one message for each connection at most, is sent again (RFC 5321 §4.5.4.1 would
rather have it twice than lost).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Any

from portside.apps.outbox import contents
from portside.apps.outbox.carrying import Carrier
from portside.apps.outbox.database import give_back
from portside.apps.outbox.delivery import AGAIN, Delivery, Tally
from portside.apps.outbox.outbox import Outbox
from portside.apps.outbox.reporting import Reporter
from portside.apps.outbox.settings import Settings
from portside.apps.outbox.settling import recover
from portside.apps.outbox.taking import due_destinations, next_due
from portside.apps.outbox.watch import Watch
from portside.mail.storing import StoreError

GRACE = 10.0
"""Seconds that jobs have to come to their end once the runner is told to stop."""


class _Part(Enum):
    """What a runner does; one that cannot be done rests for ``AGAIN`` seconds."""

    SENDING = "sending"
    REPORTING = "reporting"
    TIDYING = "tidying"

    __hash__ = object.__hash__


class Runner:
    """Runs ``outbox`` by means of ``carrier``. ``draw`` gives numbers from 0 to 1, by which retries are spread.

    >>> # async with Outbox() as outbox:
    >>> #     await Runner(outbox, SmtpCarrier(Settings())).run()
    """

    def __init__(
        self,
        outbox: Outbox,
        carrier: Carrier,
        settings: Settings | None = None,
        *,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self.tally = Tally()
        self._outbox = outbox
        self._carrier = carrier
        self._settings = settings or Settings()
        self._draw = draw
        self._reporter = Reporter(outbox, self._settings)
        self._slots = asyncio.Semaphore(self._settings.connections)
        self._deliveries: dict[str, tuple[Delivery, asyncio.Task[None]]] = {}
        self._news = asyncio.Event()
        self._stopped = False
        self._rests: dict[_Part, float] = {}
        self._trouble: StoreError | None = None
        self._looked = 0.0

    def stop(self) -> None:
        """Begin nothing more; ``run`` returns once the jobs that run are done, or ``GRACE`` is over."""
        self._stopped = True
        for delivery, _ in self._deliveries.values():
            delivery.stop()
        self._news.set()

    async def run(self, *, once: bool = False) -> Tally:
        """Run it until stopped, or (``once``) until nobody is due any more.

        Raises ``UsageError`` where it is run by somebody else, and ``StoreError`` where it cannot be used.
        """
        watch = Watch(self._outbox.folder)
        loop = asyncio.get_running_loop()
        loop.add_reader(watch.bell, self._rung, watch)
        try:
            await self._recover()
            await self._work(once)
        finally:
            await self._finish()
            loop.remove_reader(watch.bell)
            watch.close()
        return self.tally

    async def _recover(self) -> None:
        now = self._outbox.clock.now()
        count = await self._outbox.change(lambda database: recover(database, now))
        if count:
            self._settings.warn(f"the queue was cut off while {count} were being sent to: they may get it twice")
        await self._outbox.ask(lambda database: contents.sweep(database, self._outbox.folder))

    async def _work(self, once: bool) -> None:
        while not self._stopped:
            self._news.clear()
            await self._step()
            if once and not self._deliveries and not self._news.is_set():
                break
            await self._pause()
        if once and self._trouble is not None:
            raise self._trouble

    async def _step(self) -> None:
        """Begin what is due, and report what is owed; what cannot be done holds up nothing else."""
        self._reap()
        await self._attempt(_Part.SENDING, self._begin_deliveries)
        await self._attempt(_Part.REPORTING, self._report)
        if not self._deliveries:
            await self._attempt(_Part.TIDYING, self._tidy)

    async def _attempt(self, part: _Part, work: Callable[[], Awaitable[None]]) -> None:
        """Do it, unless it could not be done a moment ago."""
        if self._outbox.clock.now() < self._rests.get(part, 0.0):
            return
        try:
            await work()
        except StoreError as error:
            self._rest(part, error)

    def _rest(self, part: _Part, error: StoreError) -> None:
        self._trouble = error
        self._settings.warn(str(error))
        self._rests[part] = self._outbox.clock.now() + AGAIN

    async def _report(self) -> None:
        if await self._reporter.report_all():
            self._news.set()

    async def _tidy(self) -> None:
        if await self._outbox.change(give_back, promised=False):
            self._news.set()

    async def _begin_deliveries(self) -> None:
        room = self._settings.connections - len(self._deliveries)
        now, busy = self._outbox.clock.now(), set(self._deliveries)
        self._looked = now
        if room > 0:
            for name in await self._outbox.ask(lambda database: due_destinations(database, now, room, busy)):
                self._begin(name)

    def _begin(self, name: str) -> None:
        delivery = Delivery(self._outbox, self._carrier, self._settings, name, self._slots, self._draw, self.tally)
        task = asyncio.get_running_loop().create_task(delivery.run())
        task.add_done_callback(lambda _: self._news.set())
        self._deliveries[name] = delivery, task

    def _reap(self) -> None:
        """Let go of deliveries that are done. Raises what a bug in one of them has raised."""
        for name, (_, task) in list(self._deliveries.items()):
            if task.done():
                del self._deliveries[name]
                try:
                    if not task.cancelled():  # cut off at the end: the next runner knows what it was busy with
                        task.result()
                except StoreError as error:
                    self._rest(_Part.SENDING, error)

    async def _pause(self) -> None:
        """Return when there is something to do."""
        waits: set[asyncio.Future[Any]] = {asyncio.ensure_future(self._news.wait())}
        moment = await self._next()
        if moment is not None:
            waits.add(asyncio.ensure_future(self._outbox.clock.until(moment)))
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)

    async def _next(self) -> float | None:
        """When there is something to do again; None where only news can say."""
        now = self._outbox.clock.now()
        moments = [moment for moment in self._rests.values() if moment > now]
        if self._rests.get(_Part.SENDING, 0.0) <= now and len(self._deliveries) < self._settings.connections:
            try:
                due = await self._outbox.ask(lambda database: next_due(database, self._looked))
            except StoreError as error:
                self._rest(_Part.SENDING, error)
                due = self._rests[_Part.SENDING]
            moments += [] if due is None else [due]
        return min(moments, default=None)

    async def _finish(self) -> None:
        self.stop()
        tasks = [task for _, task in self._deliveries.values()]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=GRACE)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self._reap()

    def _rung(self, watch: Watch) -> None:
        watch.heard()
        self._news.set()
