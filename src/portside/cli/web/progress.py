"""A bar on stderr for a person who waits: how much, how fast, how long yet. Drawn only where it takes a while."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

from portside.cli.screen import is_watched
from portside.syntax.visible import visible

AFTER = 1.0
"""Seconds before a bar appears: what is done by then needs none."""
EVERY = 0.2
"""Seconds between two looks."""

Look = Callable[[], tuple[int, int | None]]
"""Bytes done, and bytes in all where that is known."""


@contextlib.asynccontextmanager
async def bar(what: str, look: Look, *, wanted: bool) -> AsyncIterator[None]:
    """A bar while the block runs, if it is ``wanted`` and somebody sits at stderr."""
    if not wanted or not is_watched(sys.stderr):
        yield
        return
    drawing = asyncio.ensure_future(_draw(what, look))
    try:
        yield
    finally:
        drawing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await drawing


async def _draw(what: str, look: Look) -> None:
    await asyncio.sleep(AFTER)
    with _columns() as progress:
        done, total = look()
        task = progress.add_task(visible(what), total=total, completed=done)
        while True:
            done, total = look()
            progress.update(task, completed=done, total=total)
            await asyncio.sleep(EVERY)


def _columns() -> Any:
    from rich.console import Console  # imported here: few commands ever draw a bar
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(binary_units=True),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
