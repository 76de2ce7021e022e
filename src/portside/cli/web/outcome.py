"""How a request of the web ended: too late, with an error, or as an object for a program to read."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import time
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from portside.cli.screen import show
from portside.errors import RemoteError, TimedOut
from portside.protocols.http.client.answer import Answer


def run_web(work: Coroutine[Any, Any, int]) -> int:
    """Run ``work`` to its exit code. Ctrl-C ends it at once, even where it is stuck in writing to a pipe nobody reads.

    (asyncio's own way is to cancel the main task, which would first have to come back from there.)
    """
    before = signal.signal(signal.SIGINT, _interrupt)
    try:
        return asyncio.run(work)
    finally:
        signal.signal(signal.SIGINT, before)


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


@contextlib.asynccontextmanager
async def at_most(seconds: float) -> AsyncIterator[None]:
    """As ``asyncio.timeout``, with our own error; 0 seconds are no limit. Raises ``TimedOut``."""
    limit = asyncio.timeout(seconds or None)
    try:
        async with limit:
            yield
    except TimeoutError:
        if not limit.expired():
            raise
        raise TimedOut(f"not done within {seconds:g} s, as --max-time asks") from None


def judge(answer: Answer) -> None:
    """Raises ``RemoteError`` for an answer that is an error."""
    if answer.status >= 400:
        hint = "; log in with -u" if answer.status == 401 else ""
        raise RemoteError(f"{answer.url} answered {answer.status} {answer.head.phrase}".rstrip() + hint, answer.status)


def report(answer: Answer, came: int, began: float, file: Path | None) -> None:
    """Print what happened as one JSON object; ``came`` bytes, ``began`` on the monotonic clock."""
    seconds = time.monotonic() - began
    show(
        json.dumps(
            {
                "url": str(answer.url),
                "status": answer.status,
                "reason": answer.head.phrase,
                "headers": [[name, value] for name, value in answer.headers],
                "redirects": [str(one.url) for one in answer.history],
                "bytes": came,
                "seconds": round(seconds, 6),
                "rate": round(came / seconds) if seconds > 0 else None,
                "file": None if file is None else str(file),
            }
        )
    )
