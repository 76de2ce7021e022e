"""Which signals end a command, and with which code."""

from __future__ import annotations

import asyncio
import signal

import pytest

from portside.cli.signals import SIGNALS, code_of, heard_by
from tests.support.conversations import until


@pytest.mark.parametrize("number", SIGNALS)
def test_each_is_heard_within_the_block_and_no_more_behind_it(number: signal.Signals) -> None:
    async def main() -> None:
        heard: list[signal.Signals] = []
        with heard_by(heard.append):
            signal.raise_signal(number)
            signal.raise_signal(number)
            await until(lambda: heard)
        assert set(heard) == {number}
        assert signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler)

    asyncio.run(main())


def test_a_hang_up_that_is_ignored_stays_so() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)

    async def main() -> None:
        heard: list[signal.Signals] = []
        with heard_by(heard.append):
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
            signal.raise_signal(signal.SIGHUP)
            signal.raise_signal(signal.SIGTERM)
            await until(lambda: heard)
        assert heard == [signal.SIGTERM]

    asyncio.run(main())


def test_an_interrupt_has_a_code_of_its_own() -> None:
    assert [code_of(number) for number in SIGNALS] == [0, 130, 0]
