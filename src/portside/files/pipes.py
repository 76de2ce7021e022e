"""Pipes and terminals, which are read as they come.

No thread waits for them, since nothing could make one stop that reads from a terminal.
"""

from __future__ import annotations

import asyncio


async def until_readable(descriptor: int) -> None:
    """Return once something can be read, or the end is there; at once for a regular file, which always has something.

    Raises ``OSError`` for what cannot be waited for.
    """
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    try:
        loop.add_reader(descriptor, ready.set)
    except PermissionError:  # a regular file
        return
    try:
        await ready.wait()
    finally:
        loop.remove_reader(descriptor)
