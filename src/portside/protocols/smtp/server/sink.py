"""A store that keeps nothing: to see how fast a client sends, and for programs that only look."""

from __future__ import annotations

import asyncio
import itertools

from portside.mail.envelope import Envelope, Origin


class SinkStore:
    """Takes every message, and forgets it. ``kept`` counts them."""

    def __init__(self) -> None:
        self.kept = 0
        self._one = _Nothing(self)

    def receive(self) -> _Nothing:
        """A new message begins; all of them are the same."""
        return self._one


class _Nothing:
    def __init__(self, sink: SinkStore) -> None:
        self._sink = sink
        self._numbers = itertools.count(1)

    def write(self, data: bytes) -> None:
        """Forget it."""

    def keep(self, envelope: Envelope, origin: Origin) -> asyncio.Future[str]:
        """It is nowhere, at once."""
        self._sink.kept += 1
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        future.set_result(str(next(self._numbers)))
        return future

    def drop(self) -> None:
        """There is nothing to drop."""
