"""One message for one server: what is to be handed over, and who waits for what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
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
    """``order``'s content is in it, or in ``filed``; ``then`` is told once what became of it.

    ``attempts`` were cut off before anything was handed over. ``done``: nobody waits any more.
    """

    __slots__ = ("_then", "attempts", "done", "filed", "order")

    def __init__(self, order: Transaction, then: Callable[[Handed], object], filed: Filed | None = None) -> None:
        self.order = order
        self.filed = filed
        self.attempts = 0
        self.done = False
        self._then = then

    def settle(self, settled: Settled, server: Server | None) -> None:
        """This became of it."""
        if not self.done:
            self.done = True
            self._then(Handed(settled, server))

    def drop(self) -> None:
        """Nobody wants to know any more."""
        self.done = True

    def fail(self, error: PortsideError, *, unsure: bool = False) -> None:
        """It never came to a server, or what came of it there is unknown."""
        reply = getattr(error, "reply", None)
        last = reply if isinstance(reply, Reply) else None
        stage = Stage.CONTENT if unsure else Stage.ENTRY
        fates = tuple(Fate(recipient, stage, last) for recipient in self.order.envelope.recipients)
        self.settle(Settled(self.order, fates, error, unsure), None)
