"""One connection with a server, over which messages go; as soon as one is settled the next one is fetched.

All of it is plain calls: a task is made only for a content that has to be read from a file meanwhile.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any, Protocol

from portside.engine.conversation import Conversation
from portside.errors import ConnectionLost, LocalError, PortsideError
from portside.protocols.smtp.client.job import Job
from portside.protocols.smtp.client.outcome import Server
from portside.protocols.smtp.messages import Content, ContentEnded
from portside.protocols.smtp.rules.client import IN_HAND, LINGER, ClientRules
from portside.protocols.smtp.rules.orders import Begun, Entered, Hears, Settled
from portside.transport.tcp import HIGH_WATER


class Owner(Protocol):
    """Whom a connection belongs to."""

    def settled(self, connection: Connection, job: Job, settled: Settled) -> None:
        """This became of ``job``."""
        ...

    def lost(self, connection: Connection) -> None:
        """The connection is over."""
        ...


class Connection:
    """A side of the conversation. ``served``: messages that it has settled."""

    __slots__ = (
        "_conversation", "_drained", "_entered", "_gone", "_jobs", "_most", "_owner", "_pouring", "_rules",
        "host", "port", "problem", "served", "server",
    )  # fmt: skip

    def __init__(self, conversation: Conversation[Any], rules: ClientRules, *, host: str, port: int, most: int) -> None:
        """``most`` messages go over it."""
        self._conversation = conversation
        self._rules = rules
        self._owner: Owner | None = None
        self._most = most
        self._jobs: list[Job] = []
        self._pouring: asyncio.Task[None] | None = None
        self._drained = asyncio.Event()
        loop = asyncio.get_running_loop()
        self._entered: asyncio.Future[Entered] = loop.create_future()
        self._gone: asyncio.Future[None] = loop.create_future()
        self.host = host
        self.port = port
        self.served = 0
        self.problem: PortsideError | None = None
        self.server: Server | None = None

    # -------------------------------------------------------------------------------- from the conversation

    def heard(self, message: Hears) -> None:
        match message:
            case Settled():
                self._settle(message)
            case Begun():
                self._pouring = asyncio.ensure_future(self._pour(self._job_of(message)))
            case Entered():
                self._enter(message)

    def _enter(self, entered: Entered) -> None:
        limit = entered.extensions.limits.get("MAILMAX")
        self._most = min(self._most, limit) if limit else self._most
        self.server = Server(
            self.host, self.port, entered.name, entered.door.tls, "DSN" in entered.extensions, entered.user
        )
        if not self._entered.done():
            self._entered.set_result(entered)

    def _settle(self, settled: Settled) -> None:
        job = self._job_of(settled)
        self._jobs.remove(job)
        if self._owner is not None:
            self._owner.settled(self, job, settled)

    def _job_of(self, message: Begun | Settled) -> Job:
        return next(job for job in self._jobs if job.order is message.transaction)

    def lost(self, error: PortsideError | None) -> None:
        self.problem = error or ConnectionLost(f"{self.host} closed the connection")
        self._drained.set()
        if not self._entered.done():
            self._entered.set_exception(self.problem)
        for job in self._jobs:  # the rules have told of none: an error of ours
            job.fail(self.problem, unsure=True)
        self._jobs.clear()
        if not self._gone.done():
            self._gone.set_result(None)
        if self._owner is not None:
            self._owner.lost(self)

    def drained(self) -> None:
        self._drained.set()

    # ------------------------------------------------------------------------------------ for whoever waits

    async def enter(self, owner: Owner) -> None:
        """Wait until we are in; ``owner`` hears of what follows. Raises what keeps us out."""
        try:
            await self._entered
        except BaseException:
            self._conversation.abort()
            raise
        self._owner = owner

    @property
    def usable(self) -> bool:
        """Whether messages can go over it."""
        return self.problem is None and self._rules.usable and self.served + len(self._jobs) < self._most

    @property
    def idle(self) -> bool:
        """Whether it has nothing to do."""
        return not self._jobs

    @property
    def room(self) -> int:
        """How many messages more may be handed to it now."""
        return IN_HAND - len(self._jobs) if self.usable else 0

    def take(self, job: Job) -> None:
        """Hand ``job`` over as soon as those before it are done. Raises ``LocalError`` for what can't be said."""
        self._jobs.append(job)
        try:
            self._conversation.say(job.order)
        except LocalError:
            self._jobs.remove(job)
            raise

    async def close(self) -> None:
        """Take leave, and wait until the server has."""
        self.leave()
        try:
            async with asyncio.timeout(2 * LINGER):
                await asyncio.shield(self._gone)
        except TimeoutError:
            self._conversation.abort()
        await asyncio.sleep(0)  # the socket goes in the loop's next turn

    def leave(self) -> None:
        """Take leave, without waiting."""
        if not self._conversation.over:
            self._conversation.stop()

    def abort(self) -> None:
        """Close at once."""
        self._conversation.abort()

    def give_up(self, job: Job) -> bool:
        """Nobody waits for ``job`` any more: what has begun is cut off. False where it is none of ours."""
        if job not in self._jobs:
            return False
        self.abort()
        return True

    # ---------------------------------------------------------------------------------------------- contents

    async def _pour(self, job: Job) -> None:
        """Say what is in the job's file, as fast as it is taken."""
        assert job.filed is not None
        try:
            async with aclosing(job.filed.pieces()) as pieces:
                async for piece in pieces:
                    if job not in self._jobs:
                        return
                    await self._say(piece)
            if job in self._jobs:
                self._conversation.say(ContentEnded())
        except (OSError, PortsideError) as error:  # half a message must not pass for a whole one
            job.fail(error if isinstance(error, PortsideError) else LocalError(f"the message can't be read: {error}"))
            self.abort()

    async def _say(self, piece: bytes) -> None:
        self._drained.clear()
        self._conversation.say(Content(piece))
        if self._conversation.pending() > HIGH_WATER:
            await self._drained.wait()
