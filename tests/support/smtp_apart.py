"""A mail server in a thread beside the test, for commands that have the event loop of this one."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator

from tests.support.smtp_mailing import PATIENCE
from tests.support.smtp_scripted import Scripted


@contextlib.contextmanager
def apart(server: Scripted | None = None) -> Iterator[Scripted]:
    """``server``, open."""
    script = server or Scripted()
    ready, done = threading.Event(), threading.Event()

    async def run() -> None:
        async with script.open():
            ready.set()
            await asyncio.to_thread(done.wait)

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    try:
        assert ready.wait(PATIENCE), "the server did not begin"
        yield script
    finally:
        done.set()
        thread.join()
