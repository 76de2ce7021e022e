"""How long somebody is waited for altogether, however often they make a sign."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from portside.errors import LocalError, TimedOut

NO_LIMIT = 24 * 3600.0
"""Seconds that stand for no limit, where there has to be one."""


@contextlib.asynccontextmanager
async def at_most(seconds: float, said: str) -> AsyncIterator[None]:
    """As ``asyncio.timeout``, but 0 seconds are no limit. Raises ``TimedOut``, which says ``said``."""
    limit = asyncio.timeout(seconds or None)
    try:
        async with limit:
            yield
    except TimeoutError:
        if not limit.expired():
            raise
        raise TimedOut(said) from None


def may_wait_here(said: str) -> None:
    """For what waits without ``await``. Raises ``LocalError``, which says ``said``, where an event loop is running."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise LocalError(said)
