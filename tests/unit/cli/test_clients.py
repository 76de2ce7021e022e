"""What the verbs of all clients share."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from portside.cli.clients import at_most, describe_door, run_client
from portside.errors import TimedOut
from portside.interfaces import Address, Door, Tls

HERE, THERE = Address("127.0.0.1", 5), Address("::1", 443)


def test_work_runs_to_its_exit_code() -> None:
    async def work() -> int:
        return 7

    assert run_client(work()) == 7


def test_an_interrupt_ends_it_where_it_stands_and_the_handler_is_put_back() -> None:
    reached: list[str] = []

    async def work() -> int:
        os.kill(os.getpid(), signal.SIGINT)
        reached.append("the next line")  # asyncio alone would come here, and cancel at the next await
        return 0

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        run_client(work())
    assert (reached, signal.getsignal(signal.SIGINT)) == ([], before)


def test_too_late_is_an_error_of_ours() -> None:
    async def late() -> None:
        async with at_most(0.001):
            await asyncio.Event().wait()

    with pytest.raises(TimedOut, match="--max-time"):
        asyncio.run(late())


def test_a_door_is_described() -> None:
    assert describe_door(Door(HERE, THERE)) == ["connected to [::1]:443"]
    tls = Tls("TLSv1.3", "AES", "http/1.1", "a.test")
    assert describe_door(Door(HERE, THERE, tls))[1] == "TLSv1.3, AES, http/1.1, with a.test"
