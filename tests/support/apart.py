"""A server in a thread beside the test, for commands that have the event loop of this one."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 30.0
"""Seconds for the server to begin."""


@contextlib.contextmanager
def apart(door: AbstractAsyncContextManager[T]) -> Iterator[T]:
    """What ``door`` opens, as long as the block runs."""
    ready, done = threading.Event(), threading.Event()
    found: list[T] = []

    async def run() -> None:
        async with door as inside:
            found.append(inside)
            ready.set()
            await asyncio.to_thread(done.wait)

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    try:
        assert ready.wait(PATIENCE), "the server did not begin"
        yield found[0]
    finally:
        done.set()
        thread.join()
