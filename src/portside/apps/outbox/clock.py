"""The time of day as the queue needs it, behind a port: tests have a clock of their own."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol

NAP = 60.0
"""Seconds that are slept at once: the time of day may be set, or the machine sleep, meanwhile."""


class Clock(Protocol):
    """Tells the time in seconds since 1970, and waits for a moment."""

    def now(self) -> float:
        """The time."""
        ...

    async def until(self, moment: float) -> None:
        """Return once it is ``moment``, at once where that has passed."""
        ...


class SystemClock:
    """This machine's clock."""

    def now(self) -> float:
        return time.time()

    async def until(self, moment: float) -> None:
        while (left := moment - time.time()) > 0:  # noqa: ASYNC110  # no event tells the time of day
            await asyncio.sleep(min(left, NAP))
