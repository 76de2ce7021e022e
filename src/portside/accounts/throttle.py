"""How wrong logins are slowed down: by address, in bounded memory."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from weakref import WeakValueDictionary

from portside.syntax.hosts import network_of

FREE = 5
"""Wrong guesses that cost nothing: people mistype, and try the other passwords that they have."""
PACE = 1.0
"""Seconds between two guesses of one address after that: 86,400 a day, which finds no password of any worth."""
PATIENCE = 10.0
"""Seconds that a guess waits for its turn at most; how many wait at once is bounded by it too."""
FORGIVEN = 900.0
"""Seconds without a wrong guess after which an address has a clean slate."""
ADDRESSES = 4096
"""Addresses kept in mind; of more than that, the ones whose first wrong guess is oldest are forgotten."""


@dataclass(slots=True)
class _Record:
    """Wrong guesses of one address, when the last one was, and when the next guess has its turn."""

    count: int = 0
    last: float = 0.0
    turn: float = 0.0


class Throttle:
    """Says how long a guess from an address has to wait.

    Guesses stand in one row for each address, however many connections they come over. An IPv6 network of 64 bits
    counts as one address, since one machine may use all of it. All times are seconds; ``patience`` is how long a guess
    waits at most.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.sleep = sleep
        self.patience = PATIENCE
        self._clock = clock
        self._records: dict[str, _Record] = {}
        self._looked_at: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def guess(self, address: str) -> AsyncIterator[bool]:
        """Wait for a guess's turn, and look at it within; False where the row is too long, so that it is not looked at.

        Of one address only as many are looked at at once as may be wrong for nothing: so the thirty connections of a
        client that knows its password wait for a moment, and a thousand guesses are no cheaper than one by one.
        """
        async with self._looked_at.setdefault(network_of(address), asyncio.Semaphore(FREE)):
            if not self.watches(address):
                yield True
                return
        wait = self.next_wait(address)
        if wait is not None:
            await self.sleep(wait)
        yield wait is not None

    def watches(self, address: str) -> bool:
        """Whether a guess from ``address`` has to wait."""
        if not self._records:
            return False
        place = network_of(address)
        record = self._records.get(place)
        if record is None:
            return False
        if self._clock() - record.last > FORGIVEN:
            del self._records[place]
            return False
        return record.count >= FREE

    def next_wait(self, address: str) -> float | None:
        """Take the next place in the row: how long to wait for it; None where the row is too long already."""
        record = self._records[network_of(address)]
        now = self._clock()
        turn = max(now, record.turn) + PACE
        if turn - now > self.patience:
            return None
        record.turn = turn
        return turn - now

    def failed(self, address: str) -> None:
        """A guess from ``address`` was wrong."""
        place = network_of(address)
        record = self._records.get(place)
        if record is None:
            if len(self._records) >= ADDRESSES:
                del self._records[next(iter(self._records))]
            record = self._records[place] = _Record()
        record.count += 1
        record.last = self._clock()

    def succeeded(self, address: str) -> None:
        """A guess from ``address`` was right: it has a clean slate, since a page may ask for thirty files at once."""
        if self._records:
            self._records.pop(network_of(address), None)
