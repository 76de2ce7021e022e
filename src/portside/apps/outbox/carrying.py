"""How a job leaves: the port to whatever carries mail."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import BinaryIO, Protocol

from portside.apps.outbox.entries import Fate, Job, Tried
from portside.apps.outbox.states import Event


class Line(Protocol):
    """A way to one destination, over which several jobs go at the same time."""

    async def carry(self, job: Job, content: bytes | BinaryIO) -> Tried:
        """Try a job. Raises ``PortsideError`` or ``OSError`` where not even that was possible."""
        ...


class Carrier(Protocol):
    """Opens lines."""

    def line(self, relay: str) -> AbstractAsyncContextManager[Line]:
        """A line to a relay, or ("") to each domain's own servers; at its end its connections are closed."""
        ...


def failed(job: Job, said: str, *, down: bool = False) -> Tried:
    """A job that could not even be tried, and why; ``down``: nor can any other for its destination."""
    return Tried(job, tuple(Fate(number, Event.PUT_OFF, said) for number in job.numbers), said if down else "")
