"""Running servers: from their start, over the line ``ready``, to a stop that leaves nothing behind.

The first SIGTERM, SIGINT or SIGHUP asks every server to finish what runs, which they may take ``GRACE`` seconds
for; a second signal ends them at once. SIGINT gives the exit code 130, the others 0. SIGUSR1 has the log files
opened anew, after they were moved away: SIGHUP is what a closed terminal sends, so it cannot mean that.
"""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from portside.cli.recording import Recordings
from portside.cli.screen import is_watched, show, tell, warn
from portside.cli.serving import KeepsLog, Running, Serving
from portside.cli.serving.privacy import keep_private
from portside.cli.signals import code_of, heard_by
from portside.engine.server import GRACE
from portside.interfaces import Address
from portside.syntax.hosts import is_loopback
from portside.transport.limits import raise_open_files

MARGIN = 2.0
"""Seconds beyond ``GRACE`` after which a server that still has not stopped is cut off."""
COLLECT_AFTER = 50_000
"""New objects after which Python looks for cycles: its usual 700 would mean in every few requests."""

Pending = asyncio.Queue[signal.Signals]


@dataclass(frozen=True, slots=True)
class _Started:
    serving: Serving
    server: Running


def run(servings: Sequence[Serving]) -> int:
    """Start ``servings``, and run them until a signal comes; returns the exit code.

    Where one cannot start, none runs. Raises ``ListenError`` then, and ``UsageError`` where a record would be served.
    """
    keep_private(servings)
    raise_open_files()
    return asyncio.run(_run(servings))


async def _run(servings: Sequence[Serving]) -> int:
    signals: Pending = asyncio.Queue()
    with heard_by(signals.put_nowait):
        return await _run_until(signals, servings)


async def _run_until(signals: Pending, servings: Sequence[Serving]) -> int:
    started: list[_Started] = []
    recordings = Recordings()
    try:
        starting = asyncio.ensure_future(_start(servings, started, recordings))
        early = await _first(starting, signals)
        if early is not None:
            return code_of(early)
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, _reopen_logs, started)
        for each in started:
            _announce(each)
        recordings.announce()
        _settle_memory()
        return await _until_stopped([each.server for each in started], signals)
    finally:
        for each in started:
            each.server.abort()
        await asyncio.sleep(0)  # what is cut off is told to the record in the loop's next turn
        recordings.close(quiet=all(serving.quiet for serving in servings))


async def _start(servings: Sequence[Serving], started: list[_Started], recordings: Recordings) -> None:
    for serving in servings:
        tap = None if serving.watching is None else recordings.tap(serving.watching, serving.protocol)
        if serving.window_at is not None:
            serving.window_at(recordings.window_of(serving.watching))
        started.append(_Started(serving, await serving.start(tap)))


async def _first(work: asyncio.Future[None], signals: Pending) -> signal.Signals | None:
    """Wait for ``work``; the signal that came before it was done, and cut it off, or None. Raises what it raises."""
    waiting = asyncio.ensure_future(signals.get())
    both: set[asyncio.Future[Any]] = {work, waiting}
    await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    if work.done():
        waiting.cancel()
        work.result()
        return None
    work.cancel()
    await asyncio.wait({work})
    return waiting.result()


async def _until_stopped(servers: Sequence[Running], signals: Pending) -> int:
    asked = await signals.get()
    stopping = asyncio.ensure_future(_stop_all(servers))
    again = await _first(stopping, signals)
    return code_of(again or asked)


async def _stop_all(servers: Sequence[Running]) -> None:
    try:
        async with asyncio.timeout(GRACE + MARGIN):
            await asyncio.gather(*(server.stop(GRACE) for server in servers))
    except TimeoutError:
        warn("a server did not stop in time, and was cut off")


def _reopen_logs(started: Sequence[_Started]) -> None:
    for each in started:
        if isinstance(each.server, KeepsLog):
            each.server.reopen_log()


def _settle_memory() -> None:
    """What is loaded by now stays for ever: no search for cycles needs to look at it again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 100)


# ------------------------------------------------------------------------------------------- what is said


def _announce(started: _Started) -> None:
    serving, addresses = started.serving, started.server.addresses
    if serving.exposed and any(not is_near(address) for address in addresses):
        warn(serving.exposed)
    if not serving.quiet and is_watched(sys.stderr):
        where = " and ".join(url(serving.scheme, address) for address in addresses)
        tell(f"{serving.what} at {where} (Ctrl-C stops it)")
    for address in addresses:
        show(f"ready {url(serving.scheme, address)}")


def is_near(address: Address) -> bool:
    """Whether only this machine reaches ``address``."""
    return bool(address.path) or is_loopback(address.host)


def url(scheme: str, address: Address) -> str:
    """The URL of a server. A Unix socket's path ends with a colon, as in nginx's ``http://unix:/run/a.sock:/``."""
    return f"{scheme}://{address}{':' if address.path else ''}/"
