"""The seam between a web server and what it serves: a request in, a response out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol

from portside.interfaces import Door
from portside.protocols.http.messages import Request, Response


class Arrival(Protocol):
    """What came with a request besides its head."""

    @property
    def door(self) -> Door:
        """Both addresses, and the TLS facts."""
        ...

    def body(self) -> AsyncIterator[bytes]:
        """The request's body, piece by piece; asking for it sends 100 (Continue) to a client that waits for it.

        Raises ``RemoteError`` where it is cut short, or malformed. A piece is at least one byte.
        """
        ...


Answer = Response | Awaitable[Response]
Application = Callable[[Request, Arrival], Answer]
"""A plain function answers at once and costs least; a coroutine may wait, for the body or for anything else."""
