"""Many messages over few connections: some in hand, the next ones fetched as those are settled.

Whoever has thousands of messages has them ready in memory, and one server to hand them to. For those no task is made:
the connection that settles one message tells of it by a plain call.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from functools import partial

from portside.errors import PortsideError
from portside.mail.envelope import Envelope
from portside.protocols.smtp.client.content import Message, Whole, in_memory
from portside.protocols.smtp.client.describing import check, described
from portside.protocols.smtp.client.handing import (
    RECIPIENTS_AT_ONCE,
    complete,
    give_up,
    is_complete,
    results_of,
    submit,
)
from portside.protocols.smtp.client.job import Handed, Job
from portside.protocols.smtp.client.outcome import Outcome
from portside.protocols.smtp.client.pool import Pool

AT_ONCE = 256
"""Messages in hand at the same time: enough for all connections, and little memory."""

Letter = tuple[Envelope, Message]
"""An envelope and what is in it."""
Sent = tuple[Envelope, Outcome | PortsideError | OSError]
"""An envelope, and what became of it, or why it could not be sent at all."""


class Crowd:
    """The messages that are in hand, and what became of those that are not any more."""

    def __init__(
        self, pool_of: Callable[[Envelope], Pool | None], send: Callable[[Envelope, Message], Awaitable[Outcome]]
    ) -> None:
        """``pool_of`` has the connections with the one server that a message goes to, None where there are several.

        ``send`` is for those, and for what is not in memory.
        """
        self._pool_of = pool_of
        self._send_alone = send
        self._finished: deque[Sent] = deque()
        self._jobs: dict[Job, Pool] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiter: asyncio.Future[None] | None = None

    async def send(self, letters: Iterable[Letter] | AsyncIterable[Letter]) -> AsyncGenerator[Sent, None]:
        """Send all; who leaves before the end gives up what is in hand."""
        finished = self._finished
        try:
            async for envelope, content in _each(letters):
                self._begin(envelope, content)
                while self._in_hand >= AT_ONCE and not finished:
                    await self._next()
                while finished:
                    yield finished.popleft()
            while self._in_hand or finished:
                if not finished:
                    await self._next()
                while finished:
                    yield finished.popleft()
        finally:
            await self._leave()

    @property
    def _in_hand(self) -> int:
        return len(self._jobs) + len(self._tasks)

    # -------------------------------------------------------------------------------------------- one message

    def _begin(self, envelope: Envelope, content: Message) -> None:
        pool = self._pool_of(envelope)
        if pool is None or not isinstance(content, bytes) or len(envelope.recipients) > RECIPIENTS_AT_ONCE:
            self._start(self._send(envelope, content))
            return
        try:
            check(envelope)
            ready = in_memory(content, envelope.body)
        except PortsideError as error:
            self._tell((envelope, error))
            return
        self._submit(pool, envelope, ready)

    def _submit(self, pool: Pool, envelope: Envelope, ready: Whole) -> None:
        jobs: list[Job] = []
        job = submit(pool, described(envelope, ready.shape), ready, partial(self._handed, pool, envelope, ready, jobs))
        if not job.done:
            jobs.append(job)
            self._jobs[job] = pool

    def _handed(self, pool: Pool, envelope: Envelope, ready: Whole, jobs: list[Job], handed: Handed) -> None:
        for job in jobs:
            del self._jobs[job]
        if is_complete(handed):
            self._tell((envelope, Outcome(tuple(results_of(handed)))))
        else:
            self._start(self._complete(pool, envelope, ready, handed))

    async def _complete(self, pool: Pool, envelope: Envelope, ready: Whole, handed: Handed) -> None:
        results = await complete(pool, described(envelope, ready.shape), ready, handed)
        self._tell((envelope, Outcome(tuple(results))))

    async def _send(self, envelope: Envelope, content: Message) -> None:
        try:
            self._tell((envelope, await self._send_alone(envelope, content)))
        except (PortsideError, OSError) as error:
            self._tell((envelope, error))

    # ------------------------------------------------------------------------------------------------ waiting

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._wake()

    def _tell(self, sent: Sent) -> None:
        self._finished.append(sent)
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def _next(self) -> None:
        """Wait until something more is finished."""
        self._waiter = asyncio.get_running_loop().create_future()
        await self._waiter

    async def _leave(self) -> None:
        for job, pool in list(self._jobs.items()):
            give_up(pool, job)
        self._jobs.clear()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _each(letters: Iterable[Letter] | AsyncIterable[Letter]) -> AsyncIterator[Letter]:
    if isinstance(letters, AsyncIterable):
        async for letter in letters:
            yield letter
    else:
        for letter in letters:
            yield letter
