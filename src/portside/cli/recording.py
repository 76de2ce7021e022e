"""``--record`` and ``--window`` for every server and every client: what was asked for, and who does it.

The options are the same everywhere and keep their values in click's context, so that a verb has nothing to hand on:
a client's settings ask for ``client_tap``, a server's command puts ``wanted`` into its ``Serving``.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import click

from portside.cli.endings import end
from portside.cli.kinds import SIZE, placed
from portside.cli.screen import is_watched, tell
from portside.cli.usage import OptionalValue
from portside.errors import UsageError

if TYPE_CHECKING:
    from portside.capture.keylog import MemoryKeyLog
    from portside.cli.window import Window
    from portside.interfaces import Tap
    from portside.protocols.explaining import Mask

KEY = "portside.record"
"""Where a click context's ``meta`` keeps what was said."""
OPEN = "portside.recordings"
LIVE = "live:"
FILES = 10
"""Files of one record that stay where it is divided by size."""
PORT = 4040
"""Where a window is, unless one asks for another port."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record: where, of the kernel's packets or of what the sockets say, in files of which size and number."""

    path: Path
    live: bool = False
    size: int = 0
    files: int = FILES


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to keep and what to show of a conversation, and whether with its secrets.

    - ``record``: None: nothing is recorded. ``window``: the page's port; None: no page.
    """

    record: Record | None = None
    window: int | None = None
    secrets: bool = False


def options() -> list[click.Parameter]:
    """The options of every verb that speaks."""
    return [
        _option(
            "--record",
            metavar="FILE.pcapng",
            help="Record the conversation, as packets that Wireshark reads; live:FILE takes the kernel's own packets.",
        ),
        _option(
            "--record-secrets",
            is_flag=True,
            help="Record and show logins and the keys of TLS, too; without it they are hidden.",
        ),
        _option(
            "--record-size",
            type=SIZE,
            metavar="SIZE",
            help="Begin a new file of the record after SIZE (64M, 1G); the last files stay (--record-files).",
        ),
        _option(
            "--record-files",
            type=click.IntRange(1, 100_000),
            metavar="NUMBER",
            help=f"How many files of a record stay.  [default: {FILES}]",
        ),
        OptionalValue(
            ["--window"],
            alone=PORT,
            expose_value=False,
            callback=_keep,
            type=click.IntRange(0, 65535),
            metavar="[PORT]",
            help=f"Show the conversation on a page at PORT of this machine ({PORT}; 0: a free one), layer by layer.",
        ),
    ]


def _option(name: str, **settings: Any) -> click.Option:
    return click.Option([name], expose_value=False, callback=_keep, **settings)


def _keep(ctx: click.Context, option: click.Parameter, value: object) -> None:
    if value is not None and value is not False:
        ctx.meta.setdefault(KEY, {})[(id(ctx.command), option.name)] = value


def wanted(ctx: click.Context) -> Wanted | None:
    """What the command line of ``ctx`` asks for. Raises ``UsageError`` for what makes no sense."""
    said = {name: value for (command, name), value in ctx.meta.get(KEY, {}).items() if command == id(ctx.command)}
    record, window = _record(said, ctx), said.get("window")
    if record is None and window is None:
        if "record_secrets" in said:
            raise UsageError("'--record-secrets' needs '--record FILE.pcapng' or '--window'")
        return None
    secrets = bool(said.get("record_secrets"))
    if record is not None and record.live and not secrets:
        raise UsageError("'--record live:' takes packets as they are, with all logins in them: add '--record-secrets'")
    return Wanted(record, window, secrets)


def _record(said: dict[str, Any], ctx: click.Context) -> Record | None:
    file = said.get("record")
    if file is None:
        for name in ("record_size", "record_files"):
            if name in said:
                raise UsageError(f"'--{name.replace('_', '-')}' needs '--record FILE.pcapng'")
        return None
    live = file.startswith(LIVE)
    name = file.removeprefix(LIVE)
    if not name or "\0" in name:
        raise UsageError("'--record' needs a file: --record t.pcapng")
    return Record(placed(name, ctx), live, said.get("record_size", 0), said.get("record_files", FILES))


class Recording(Protocol):
    """Who writes a record."""

    @property
    def packets(self) -> int: ...
    def tap(self, mask: Callable[[], Mask] | None = None, port: int = 0, protocol: str = "") -> Tap: ...
    def close(self) -> None: ...


class Recordings:
    """The recorders and windows of one process: one for each file and each page, however many servers they watch."""

    def __init__(self) -> None:
        self._records: dict[Path, tuple[Wanted, Recording]] = {}
        self._windows: dict[int, tuple[Wanted, Window]] = {}
        self._keys: dict[bool, MemoryKeyLog] = {}

    def tap(self, asked: Wanted, protocol: str) -> Tap:
        """The tap of a server or client of ``protocol``.

        Raises ``UsageError`` where the file can't be written, ``WindowError`` where the page can't be shown.
        """
        from portside import catalog
        from portside.capture.taps import Taps

        mask, port = _mask_of(protocol), catalog.spec(protocol).port
        taps = []
        if asked.record is not None:
            taps.append(self._recorder(asked, asked.record).tap(mask, port, protocol))
        if asked.window is not None:
            taps.append(self._window(asked, asked.window).recorder.tap(mask, port, protocol))
        return taps[0] if len(taps) == 1 else Taps(taps)

    def window_of(self, asked: Wanted | None) -> str:
        """The address of the window that shows what is ``asked`` for; "" where there is none."""
        known = None if asked is None or asked.window is None else self._windows.get(asked.window)
        return "" if known is None else known[1].url

    def _recorder(self, asked: Wanted, record: Record) -> Recording:
        where = record.path.absolute()
        known = self._records.get(where)
        if known is None:
            known = self._records[where] = (asked, self._open_record(asked, record))
        elif replace(asked, window=None) != replace(known[0], window=None):
            raise UsageError(f"two servers record to {record.path}, each in its own way")
        return known[1]

    def _open_record(self, asked: Wanted, record: Record) -> Recording:
        keys = self._new_keys(asked) if asked.secrets else None
        if record.live:
            from portside.capture.live.recorder import LiveRecorder

            return LiveRecorder(record.path, program=_program(), size=record.size, files=record.files, keys=keys)
        from portside.capture.recorder import Recorder

        return Recorder(
            record.path,
            program=_program(),
            secrets=asked.secrets,
            keys=keys,
            size=record.size,
            files=record.files,
        )

    def _window(self, asked: Wanted, port: int) -> Window:
        known = self._windows.get(port)
        if known is None:
            from portside.cli.window import Window

            window = Window(port, program=_program(), secrets=asked.secrets, keys=self._new_keys(asked))
            known = self._windows[port] = (asked, window)
        elif known[0].secrets != asked.secrets:
            raise UsageError(f"two servers share the window at {port}, one with its secrets and one without")
        return known[1]

    def _new_keys(self, asked: Wanted) -> MemoryKeyLog:
        """A further reader of the keys: OpenSSL logs all those of one server to one path.

        Servers that keep their secrets have a path of their own, so that no record of others holds their keys.
        """
        from portside.capture.keylog import MemoryKeyLog

        keys = self._keys[asked.secrets] = MemoryKeyLog(beside=self._keys.get(asked.secrets))
        return keys

    def announce(self) -> None:
        """Tell where the windows are."""
        for _, window in self._windows.values():
            tell(f"the window is at {window.url}")

    def flush(self) -> None:
        """Have the windows show all there is."""
        for _, window in self._windows.values():
            window.recorder.flush()

    @property
    def shown(self) -> bool:
        """Whether there is a window."""
        return bool(self._windows)

    def wait(self, enough: threading.Event) -> None:
        """Let people look at the windows until they have had ``enough``."""
        if self._windows and is_watched(sys.stderr):
            tell("the window stays until Ctrl-C")
        for _, window in self._windows.values():
            window.wait(enough)

    def close(self, *, quiet: bool = True) -> None:
        """End all records and windows."""
        for _, window in self._windows.values():
            window.close()
        for asked, recorder in self._records.values():
            recorder.close()
            if not quiet and is_watched(sys.stderr) and asked.record is not None:
                tell(f"recorded {recorder.packets:,} packets to {asked.record.path}")
        self._records.clear()
        self._windows.clear()


def _program() -> str:
    from portside import __version__

    return f"portside {__version__}"


def _mask_of(protocol: str) -> Callable[[], Mask] | None:
    """What hides the credentials of ``protocol``; None where nobody can tell them."""
    import importlib

    from portside import catalog

    if "explain" not in catalog.spec(protocol).rooms:
        return None
    mask: Callable[[], Mask] = importlib.import_module(catalog.room(protocol, "explain")).mask
    return mask


def client_tap(protocol: str) -> Tap | None:
    """The tap of the client whose command runs, which ends with the command; None where nothing is to be recorded."""
    ctx = click.get_current_context(silent=True)
    asked = None if ctx is None else wanted(ctx)
    if ctx is None or asked is None:
        return None
    recordings: Recordings | None = ctx.meta.get(OPEN)
    if recordings is not None:
        return recordings.tap(asked, protocol)
    recordings = ctx.meta[OPEN] = Recordings()
    ctx.call_on_close(lambda: _end(recordings))
    tap = recordings.tap(asked, protocol)
    recordings.announce()
    return tap


def _end(recordings: Recordings) -> None:
    """Close what the command has opened. What it failed by is told before people look at its window."""
    error = sys.exception()
    code = None
    try:
        recordings.flush()
        if recordings.shown and not isinstance(error, KeyboardInterrupt):
            with _interruptible() as enough:
                code = None if error is None else end(error)
                recordings.wait(enough)
    finally:
        recordings.close()
    if code is not None:
        raise click.exceptions.Exit(code)


@contextmanager
def _interruptible() -> Iterator[threading.Event]:
    """While this lasts, Ctrl-C means that people have had enough of a window: the work and its exit code are done."""
    enough = threading.Event()
    before = signal.signal(signal.SIGINT, lambda *_: enough.set())
    try:
        yield enough
    finally:
        signal.signal(signal.SIGINT, before)
