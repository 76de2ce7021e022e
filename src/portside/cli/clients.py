"""What the verbs of all clients share: how their work is run to its end, and what ``-v`` tells of a connection."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager
from types import FrameType
from typing import Any, NoReturn

from portside.interfaces import Door
from portside.transport import patience


def run_client(work: Coroutine[Any, Any, int]) -> int:
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


def at_most(seconds: float) -> AbstractAsyncContextManager[None]:
    """The limit of ``--max-time``; 0 seconds are none. Raises ``TimedOut``."""
    return patience.at_most(seconds, f"not done within {seconds:g} s, as --max-time asks")


def describe_door(door: Door) -> list[str]:
    """What a connection goes through."""
    lines = [f"connected to {door.remote}"]
    if door.tls is not None:
        alpn = f", {door.tls.alpn}" if door.tls.alpn else ""
        lines.append(f"{door.tls.version}, {door.tls.cipher}{alpn}, with {door.tls.server_name}")
    return lines
