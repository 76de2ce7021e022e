"""One message for one server: what is to be handed over, and who waits for what becomes of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from portside.errors import PortsideError
from portside.protocols.smtp.client.content import Filed
from portside.protocols.smtp.client.outcome import Server
from portside.protocols.smtp.messages import Reply
from portside.protocols.smtp.rules.orders import Fate, Settled, Stage, Transaction


@dataclass(frozen=True, slots=True)
class Handed:
    """What became of a job, and which server says so (None: none was reached)."""

    settled: Settled
    server: Server | None


class Job:
    """``order``'s content is in it, or in ``filed``. ``attempts`` were cut off before anything was handed over."""

    __slots__ = ("attempts", "filed", "future", "order")

    def __init__(self, order: Transaction, filed: Filed | None = None) -> None:
        self.order = order
        self.filed = filed
        self.future: asyncio.Future[Handed] = asyncio.get_running_loop().create_future()
        self.attempts = 0

    @property
    def done(self) -> bool:
        """Whether nobody waits any more."""
        return self.future.done()

    def settle(self, settled: Settled, server: Server | None) -> None:
        """This became of it."""
        if not self.future.done():
            self.future.set_result(Handed(settled, server))

    def fail(self, error: PortsideError, *, unsure: bool = False) -> None:
        """It never came to a server, or what came of it there is unknown."""
        reply = getattr(error, "reply", None)
        last = reply if isinstance(reply, Reply) else None
        stage = Stage.CONTENT if unsure else Stage.ENTRY
        fates = tuple(Fate(recipient, stage, last) for recipient in self.order.envelope.recipients)
        self.settle(Settled(self.order, fates, error, unsure), None)
