"""How long somebody is waited for altogether."""

from __future__ import annotations

import asyncio

import pytest

from portside.errors import LocalError, TimedOut
from portside.transport.patience import at_most, may_wait_here


def test_too_late_is_an_error_that_says_what() -> None:
    async def late() -> None:
        async with at_most(0.001, "they did not let us in"):
            await asyncio.Event().wait()

    with pytest.raises(TimedOut, match="they did not let us in"):
        asyncio.run(late())


def test_another_timeout_stays_what_it_is() -> None:
    async def other() -> None:
        async with at_most(60.0, "too late"):
            raise TimeoutError("of the system")

    with pytest.raises(TimeoutError, match="of the system"):
        asyncio.run(other())


def test_no_limit_is_none() -> None:
    async def long() -> str:
        async with at_most(0.0, "too late"):
            await asyncio.sleep(0)
        return "done"

    assert asyncio.run(long()) == "done"


def test_nobody_waits_in_a_thread_whose_loop_is_running() -> None:
    async def inside() -> None:
        may_wait_here("use the other one")

    may_wait_here("use the other one")
    with pytest.raises(LocalError, match="use the other one"):
        asyncio.run(inside())
