"""A queue without network and without waiting: a clock that is set by hand, and a carrier that does as it is told."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from portside.apps.outbox import listing
from portside.apps.outbox.database import open_database
from portside.apps.outbox.entries import Fate, Job, QueuedMessage, QueuedRecipient, Tried
from portside.apps.outbox.putting import Arrival, insert
from portside.apps.outbox.schedule import Schedule
from portside.apps.outbox.settling import Moment, settle
from portside.apps.outbox.states import Event
from portside.apps.outbox.taking import take
from portside.mail.envelope import Envelope, Origin, Recipient
from portside.mail.storing import Incoming

START = 1_800_000_000.0
"""When the stories of these tests begin."""
CONTENT = b"Subject: hello\r\n\r\nHello.\r\n"

Answer = Callable[[Job], Tried]


def envelope(*recipients: str | Recipient, sender: str = "ann@here.test") -> Envelope:
    """From Ann to whoever is named."""
    return Envelope(sender, tuple(Recipient(each) if isinstance(each, str) else each for each in recipients))


def all_of(job: Job, event: Event, said: str, status: str = "", **more: bool) -> Tried:
    """The same fate for every recipient of ``job``."""
    return Tried(job, tuple(Fate(number, event, said, status, "mx.there.test", **more) for number in job.numbers))


def accepted(job: Job) -> Tried:
    return all_of(job, Event.ACCEPTED, "250 2.0.0 Kept", "2.0.0")


def refused(job: Job) -> Tried:
    return all_of(job, Event.REFUSED, "550 5.1.1 Nobody of that name", "5.1.1")


def put_off(job: Job) -> Tried:
    return all_of(job, Event.PUT_OFF, "451 4.2.0 Come back later", "4.2.0")


def unreachable(job: Job) -> Tried:
    """Nobody answers at the job's destination."""
    fates = tuple(Fate(number, Event.PUT_OFF, "nobody answers") for number in job.numbers)
    return Tried(job, fates, "nobody answers")


class HandClock:
    """Stands still until it is set."""

    def __init__(self, now: float = START) -> None:
        self._now = now
        self._changed = asyncio.Event()
        self._asked = asyncio.Event()
        self._awaited: list[float] = []

    def now(self) -> float:
        return self._now

    def set(self, moment: float) -> None:
        self._now = moment
        self._changed.set()

    def go_on(self, seconds: float) -> None:
        self.set(self._now + seconds)

    async def until(self, moment: float) -> None:
        self._awaited.append(moment)
        self._asked.set()
        try:
            while self._now < moment:
                self._changed.clear()
                await self._changed.wait()
        finally:
            self._awaited.remove(moment)

    async def awaited(self) -> float:
        """The first moment that lies ahead and that somebody waits for, once somebody does."""
        while not (ahead := [moment for moment in self._awaited if moment > self._now]):
            self._asked.clear()
            await self._asked.wait()
        return min(ahead)


class Carriage:
    """A carrier that answers each job by ``answer``, and remembers the jobs and what they carried.

    ``gate``, where it is one, is waited for by each job. All but the first wait until there are ``together`` at once.
    """

    def __init__(self, answer: Answer = accepted) -> None:
        self.answer = answer
        self.jobs: list[Job] = []
        self.contents: list[bytes] = []
        self.lines: list[str] = []
        self.open = 0
        self.at_once = 0
        self.most_at_once = 0
        self.gate: asyncio.Event | None = None
        self.came = asyncio.Event()
        self.together = 1
        self._enough = asyncio.Event()

    @contextlib.asynccontextmanager
    async def line(self, relay: str) -> AsyncIterator[Carriage]:
        self.lines.append(relay)
        self.open += 1
        try:
            yield self
        finally:
            self.open -= 1

    async def carry(self, job: Job, content: bytes | BinaryIO) -> Tried:
        self.jobs.append(job)
        self.contents.append(content if isinstance(content, bytes) else content.read())
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.came.set()
        try:
            if self.gate is not None:
                await self.gate.wait()
            if self.at_once >= self.together:
                self._enough.set()
            if len(self.jobs) > 1:
                await self._enough.wait()
            return self.answer(job)
        finally:
            self.at_once -= 1

    @property
    def tried(self) -> list[str]:
        """The addresses that were tried, in their order."""
        return [address for job in self.jobs for address in job.envelope.addresses]


class MemoryStore:
    """A store that keeps messages in memory: each with its envelope, and where it came from."""

    def __init__(self) -> None:
        self.kept: list[tuple[Envelope, Origin, bytes]] = []

    def receive(self) -> Incoming:
        return _InMemory(self)

    @property
    def contents(self) -> list[bytes]:
        return [content for _, _, content in self.kept]

    @property
    def addresses(self) -> list[str]:
        """Whom it was kept for, message by message."""
        return [address for each, _, _ in self.kept for address in each.addresses]


class _InMemory:
    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self._octets = b""

    def write(self, data: bytes) -> None:
        self._octets += data

    def keep(self, envelope: Envelope, origin: Origin) -> asyncio.Future[str]:
        self._store.kept.append((envelope, origin, self._octets))
        done: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        done.set_result(f"kept{len(self._store.kept)}")
        return done

    def drop(self) -> None:
        """Nothing is kept before its end."""


# ------------------------------------------------------------------------------------------ without a loop


class Book:
    """A queue's database, changed step by step as a runner would change it, at a time set by hand."""

    def __init__(self, folder: Path, schedule: Schedule | None = None) -> None:
        self.database = open_database(folder)
        self.schedule = schedule or Schedule()
        self.now = START
        self.gone: list[str] = []

    def put(
        self, name: str, *recipients: str | Recipient, sender: str = "ann@here.test", relay: str = "", **more: Any
    ) -> None:
        with_facts = replace(envelope(*recipients, sender=sender), **more)
        insert(self.database, Arrival(name, with_facts, relay, self.now, len(CONTENT), CONTENT))

    def moment(self) -> Moment:
        return Moment(self.now, self.schedule)

    def take(self, destination: str = "there.test") -> Job | None:
        job, gone = take(self.database, destination, self.moment())
        self.gone += gone
        return job

    def try_next(self, answer: Answer = accepted, destination: str = "there.test") -> Job | None:
        """Take the next job, and settle it."""
        job = self.take(destination)
        if job is not None:
            self.gone += settle(self.database, answer(job), self.moment())
        return job

    def found(self, name: str) -> QueuedMessage:
        message = listing.message(self.database, name)
        assert message is not None, f"{name} is not in the queue"
        return message

    def one(self, name: str) -> QueuedRecipient:
        (recipient,) = self.found(name).recipients
        return recipient

    def history(self, name: str) -> list[str]:
        return [each.said for each in listing.history(self.database, name)]
