"""Commands run inside the tests' own process here: what they change of it is put back."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from portside.cli.program import run
from portside.cli.signals import SIGNALS


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it said."""

    code: int
    stdout: str
    stderr: str


@pytest.fixture(autouse=True)
def quiet_loggers() -> Iterator[None]:
    """Loggers as they were: a command takes them for itself, and the next test wants them back."""
    loggers = [logging.getLogger(name) for name in ("portside", "asyncio")]
    before = [(logger.handlers, logger.level, logger.propagate) for logger in loggers]
    raising = logging.raiseExceptions
    yield
    logging.raiseExceptions = raising
    for logger, (handlers, level, propagate) in zip(loggers, before, strict=True):
        logger.handlers, logger.propagate = handlers, propagate
        logger.setLevel(level)


@pytest.fixture(autouse=True)
def signals_that_count() -> Iterator[None]:
    """Signals as they are at a terminal: who runs the tests under nohup ignores the hang-up, as its children do."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    """``command("serve", "--port", "x")`` runs ``portside`` with those arguments, here."""

    def call(*arguments: str) -> Ended:
        code = run(list(arguments))
        said = capfd.readouterr()
        return Ended(code, said.out, said.err)

    return call
