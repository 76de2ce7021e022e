"""The time of day."""

from __future__ import annotations

import asyncio
import time

import pytest

from portside.apps.outbox import clock
from portside.apps.outbox.clock import SystemClock


def test_a_moment_that_has_passed_is_not_waited_for() -> None:
    async def main() -> None:
        waiting = asyncio.ensure_future(SystemClock().until(SystemClock().now()))
        await asyncio.sleep(0)
        assert waiting.done()

    asyncio.run(main())


def test_the_time_may_be_set_while_it_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    naps: list[float] = []
    now = time.time()

    async def nap(seconds: float) -> None:
        nonlocal now
        naps.append(seconds)
        now += 1_000_000  # somebody sets the clock

    monkeypatch.setattr(clock.time, "time", lambda: now)
    monkeypatch.setattr(clock.asyncio, "sleep", nap)
    asyncio.run(SystemClock().until(now + 500_000))
    assert naps == [clock.NAP]
