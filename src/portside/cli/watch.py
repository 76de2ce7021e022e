"""``portside watch``: captures on a page, or as text."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from portside.cli.endings import INTERRUPTED
from portside.cli.kinds import FILE
from portside.cli.recording import PORT
from portside.cli.screen import is_watched, show, tell, warn
from portside.cli.usage import Command
from portside.errors import UsageError

if TYPE_CHECKING:
    from portside.inspector.exports import Format
    from portside.inspector.filters import Filter
    from portside.inspector.story import Story
    from portside.inspector.watched import Watched

SLICE = 256 * 1024
"""Bytes of a capture that are read before somebody else gets a turn."""
PAUSE = 0.1
"""Seconds between two looks at a file that may have grown."""
COLLECT_AFTER = (50_000, 3, 1_000_000)
"""How often Python looks for cycles (``gc.set_threshold``): seldom, since a capture makes many objects that stay, and
among some 250,000 at most, since nobody is answered meanwhile. All are looked at when a story has gone (``Watched``).
"""
NICE = 5
"""How far a window stands back for the server or client it belongs to, where there are too few processors for both."""


def _watch(files: tuple[Path, ...], **values: Any) -> int:
    _check(files, values)
    if not values["until_closed"]:
        return _show(files, values, None)
    from portside.cli.window import remove

    os.nice(NICE)
    try:
        return _show(files, values, Parent(sys.stdin.fileno()))
    finally:
        remove(files[0].parent)


def _check(files: tuple[Path, ...], values: dict[str, Any]) -> None:
    export = values["export"]
    if not files:
        raise UsageError("name a capture: portside watch t.pcapng; 'portside serve --record t.pcapng' makes one")
    if export is not None:
        _format(export)
    if sum([export is not None, values["text"], values["as_json"]]) > 1:
        raise UsageError("--text, --json and --export each show the capture in another way; use one of them")
    if values["until_closed"] and sys.stdin is None:
        raise UsageError("--until-closed needs stdin, and that is closed")


def _show(files: tuple[Path, ...], values: dict[str, Any], parent: Parent | None) -> int:
    from portside.inspector.watched import Watched

    gc.set_threshold(*COLLECT_AFTER)
    watched = Watched(
        files,
        keys=_keys(values["keys"]),
        show_secrets=values["show_secrets"],
        follow=values["follow"],
        more_keys=None if parent is None else parent.take,
    )
    try:
        if values["export"] is not None:
            return _export(watched.story, _filter(values), values["export"])
        if values["text"] or values["as_json"]:
            return _print(watched, _filter(values), as_json=values["as_json"])
        return asyncio.run(_page(watched, values, parent))
    finally:
        watched.close()


class Parent:
    """The process whose window this is: it tells keys of TLS through ``descriptor``, a pipe, until it has ended."""

    def __init__(self, descriptor: int) -> None:
        os.set_blocking(descriptor, False)
        self._descriptor = descriptor
        self.gone = False

    def take(self) -> bytes:
        """What it has told since the last time."""
        pieces = []
        while not self.gone:
            try:
                piece = os.read(self._descriptor, 65536)
            except BlockingIOError:
                break
            self.gone = not piece
            pieces.append(piece)
        return b"".join(pieces)


def _keys(path: Path | None) -> bytes:
    try:
        return b"" if path is None else path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error


def _filter(values: dict[str, Any]) -> Filter:
    from portside.inspector.filters import Filter

    return Filter(
        protocol=values["protocol"] or "",
        host=values["at_host"] or "",
        text=values["find"] or "",
        conversation=values["conversation"] or 0,
    )


# --------------------------------------------------------------------------------------------- as text


def _print(watched: Watched, wanted: Filter, *, as_json: bool) -> int:
    """Print what ``wanted`` finds; with ``--follow`` until somebody has had enough."""
    from portside.inspector.ladder import record, rung

    width = os.get_terminal_size().columns if is_watched(sys.stdout) else 0
    story, printed = watched.story, 0

    def show_more() -> None:
        nonlocal printed
        numbers = story.find(wanted)
        for number in numbers[printed:]:
            message = story.message(number)
            show(json.dumps(record(message)) if as_json else rung(message, story.began, width))
        printed = len(numbers)

    def go_on() -> None:
        nonlocal story, printed
        show_more()
        if watched.story is not story:  # the record has gone on in a new file; the old one's last words were said
            story, printed = watched.story, 0
            show_more()

    code = _read(watched, go_on if watched.live else lambda: None)
    go_on()
    for remark in watched.story.remarks:
        tell(remark)
    return code


def _read(watched: Watched | Story, each: Callable[[], None]) -> int:
    """Read to the end; where the capture is followed, until a signal comes. Returns the exit code.

    Ctrl-C in the middle of a capture that is whole raises ``KeyboardInterrupt``: nobody wants half of it.
    """
    if watched.live:
        return asyncio.run(_follow(watched, each))
    while watched.read(SLICE):
        each()
    watched.finish()
    return 0


async def _follow(watched: Watched | Story, each: Callable[[], None]) -> int:
    stopped: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    _stop_on_signals(stopped)
    while not stopped.done():
        if watched.read(SLICE):
            each()
            await asyncio.sleep(0)
        else:
            await asyncio.wait({stopped}, timeout=PAUSE)
    watched.finish()
    return stopped.result()


def _stop_on_signals(stopped: asyncio.Future[int]) -> None:
    """The first signal sets the exit code."""

    def stop(code: int) -> None:
        if not stopped.done():
            stopped.set_result(code)

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, stop, INTERRUPTED)
    loop.add_signal_handler(signal.SIGTERM, stop, 0)


# -------------------------------------------------------------------------------------------- as a file


def _export(story: Story, wanted: Filter, path: Path) -> int:
    code = _read(story, lambda: None)
    numbers = story.find(wanted)
    kind = _format(path)
    try:
        _write_whole(path, kind.pieces(story, numbers))
    except OSError as error:
        raise UsageError(f"cannot write {path}: {(error.strerror or str(error)).lower()}") from error
    if is_watched(sys.stderr):
        tell(f"{len(numbers):,} messages are in {path}")
    return code


def _format(path: Path) -> Format:
    """The format that the name ``path`` asks for. Raises ``UsageError``."""
    from portside.inspector.exports import FORMATS

    for kind in FORMATS.values():
        if kind.suffix == path.suffix:
            return kind
    raise UsageError(f"'{path}' tells no format; name it .pcapng, .har or .txt")


def _write_whole(path: Path, pieces: Iterator[bytes]) -> None:
    """Write a file that is there whole or not at all, so that it may even take the place of the capture itself."""
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    target = path.resolve()
    descriptor, name = tempfile.mkstemp(".part", ".portside-", target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(descriptor)
        Path(name).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


# ------------------------------------------------------------------------------------------- as a page


async def _page(watched: Watched, values: dict[str, Any], parent: Parent | None) -> int:
    from portside.inspector.page.serving import serve

    stopped: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    _stop_on_signals(stopped)
    server = await serve(watched, values["port"])
    try:
        with contextlib.ExitStack() as private:
            show(f"ready {server.url}")
            if values["open_page"]:
                _open(server.url, private)
            return await _until_stopped(watched, parent, stopped)
    finally:
        await server.stop()


def _open(url: str, private: contextlib.ExitStack) -> None:
    """Open the page in a browser; what that needs is there until ``private`` is closed."""
    from portside.cli import browser

    try:
        found = private.enter_context(browser.opened(url))
    except OSError as error:
        warn(f"no browser was opened: {(error.strerror or str(error)).lower()} (TMPDIR says where)")
    else:
        if not found:
            warn("no browser was found; open the address yourself")


async def _until_stopped(watched: Watched, parent: Parent | None, stopped: asyncio.Future[int]) -> int:
    """Read on until a signal comes or the parent is gone; returns the exit code."""
    reading = asyncio.ensure_future(_read_for_page(watched, parent))
    both: set[asyncio.Future[Any]] = {stopped, reading}
    await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    if reading.done():
        reading.result()
        if parent is not None:
            return 0
    code = await stopped
    reading.cancel()
    return code


async def _read_for_page(watched: Watched, parent: Parent | None) -> None:
    """Read on; returns when nothing can follow, or the parent is gone."""
    while True:
        if watched.read(SLICE):
            await asyncio.sleep(0)  # the page gets its turn
        elif not watched.live:
            watched.finish()
            return
        elif parent is not None and parent.gone:
            return
        else:
            await asyncio.sleep(PAUSE)


command = Command(
    "watch",
    help="""Show what captures tell: who said what to whom, when, and how it was wrapped, layer by layer.

    The page is at the address in the line 'ready', for whoever knows it on this machine. Captures are pcapng or pcap:
    those of '--record', of tcpdump and of Wireshark. TLS is opened by keys in the capture, or in --keys. Credentials
    are overwritten by '*' unless --show-secrets asks for them.
    """,
    short_help="Show a capture on a page, layer by layer, or as text.",
    examples=("portside watch t.pcapng", "portside watch --text t.pcapng", "portside watch t.pcapng --export t.har"),
    params=[
        click.Argument(["files"], type=FILE, nargs=-1, metavar="FILE..."),
        click.Option(["--text"], is_flag=True, help="Print the ladder instead, one line for each message."),
        click.Option(["--json", "as_json"], is_flag=True, help="Print one JSON object for each message instead."),
        click.Option(["--export"], type=FILE, help="Write what is found to FILE: .pcapng, .har (HTTP) or .txt."),
        click.Option(["--follow", "-f"], is_flag=True, help="Go on as the capture grows, until Ctrl-C."),
        click.Option(["--keys"], type=FILE, help="Open TLS with these keys (as of SSLKEYLOGFILE)."),
        click.Option(["--show-secrets"], is_flag=True, help="Show logins, cookies and keys as they are."),
        click.Option(
            ["--protocol"],
            metavar="NAME",
            help="Only what this protocol says or carries (http, tls ...); tcp and udp: rows of their own alone.",
        ),
        click.Option(["--host", "at_host"], metavar="TEXT", help="Only where an end's address or name holds TEXT."),
        click.Option(["--find"], metavar="TEXT", help="Only messages that hold TEXT in their line or their fields."),
        click.Option(["--conversation"], type=click.IntRange(1), metavar="N", help="Only this conversation."),
        click.Option(
            ["--port"],
            type=click.IntRange(0, 65535),
            default=PORT,
            metavar="PORT",
            help=f"Show the page at this port; 0 takes a free one.  [default: {PORT}]",
        ),
        click.Option(["--open", "open_page"], is_flag=True, help="Open the page in a browser."),
        click.Option(
            ["--until-closed"], is_flag=True, hidden=True, help="Take keys of TLS from stdin, and end with it."
        ),
    ],
    callback=_watch,
)
