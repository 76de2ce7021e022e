"""The signals that end a command which runs until one comes: SIGTERM, SIGINT and SIGHUP."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator

from portside.cli.endings import INTERRUPTED

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@contextlib.contextmanager
def heard_by(listener: Callable[[signal.Signals], object]) -> Iterator[None]:
    """Within the block ``listener`` hears each of them, in the running loop."""
    loop = asyncio.get_running_loop()
    # Under nohup the hang-up is ignored, and has to stay so.
    wanted = [each for each in SIGNALS if each is not signal.SIGHUP or signal.getsignal(each) is not signal.SIG_IGN]
    for number in wanted:
        loop.add_signal_handler(number, listener, number)
    try:
        yield
    finally:
        for number in wanted:
            loop.remove_signal_handler(number)


def code_of(number: signal.Signals) -> int:
    """The exit code of a command that was ended by it in good order."""
    return INTERRUPTED if number is signal.SIGINT else 0
