"""``--record`` for every server and every client: what was asked for, and the recorder that does it.

The options are the same everywhere and keep their values in click's context, so that a verb has nothing to hand on:
a client's settings ask for ``client_tap``, a server's command puts ``wanted`` into its ``Serving``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from portside.cli.kinds import SIZE, placed
from portside.cli.screen import is_watched, tell
from portside.cli.usage import not_built
from portside.errors import UsageError

if TYPE_CHECKING:
    from portside.capture.recorder import Recorder
    from portside.interfaces import Tap
    from portside.protocols.explaining import Mask

KEY = "portside.record"
"""Where a click context's ``meta`` keeps what was said."""
OPEN = "portside.recordings"
LIVE = "live:"
FILES = 10
"""Files of one record that stay where it is divided by size."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to record: where, with secrets or without, in files of which size (bytes; 0: one), and how many of them."""

    path: Path
    secrets: bool = False
    size: int = 0
    files: int = FILES


def options() -> list[click.Parameter]:
    """The options of every verb that speaks."""
    return [
        _option("--record", metavar="FILE.pcapng", help="Record the conversation, as packets that Wireshark reads."),
        _option(
            "--record-secrets",
            is_flag=True,
            help="Record logins and the keys of TLS, too; without it they are hidden.",
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
    ]


def _option(name: str, **settings: Any) -> click.Option:
    return click.Option([name], expose_value=False, callback=_keep, **settings)


def _keep(ctx: click.Context, option: click.Parameter, value: object) -> None:
    if value not in (None, False):
        ctx.meta.setdefault(KEY, {})[(id(ctx.command), option.name)] = value


def wanted(ctx: click.Context) -> Wanted | None:
    """What the command line of ``ctx`` asks for. Raises ``UsageError`` for what makes no sense."""
    said = {name: value for (command, name), value in ctx.meta.get(KEY, {}).items() if command == id(ctx.command)}
    file = said.get("record")
    if file is None:
        lonely = next((name for name in said), "")
        if lonely:
            raise UsageError(f"'--{lonely.replace('_', '-')}' needs '--record FILE.pcapng'")
        return None
    if str(file).startswith(LIVE):
        raise not_built("--record live:FILE")
    if not file or "\0" in file:
        raise UsageError("'--record' needs a file: --record t.pcapng")
    path = placed(file, ctx)
    return Wanted(path, bool(said.get("record_secrets")), said.get("record_size", 0), said.get("record_files", FILES))


class Recordings:
    """The recorders of one process: one for each file, however many servers write to it."""

    def __init__(self) -> None:
        self._open: dict[Path, tuple[Wanted, Recorder]] = {}

    def tap(self, asked: Wanted, protocol: str) -> Tap:
        """The tap of a server or client of ``protocol``. Raises ``UsageError`` where the file can't be written."""
        from portside import __version__, catalog
        from portside.capture.recorder import Recorder

        where = asked.path.absolute()
        known = self._open.get(where)
        if known is None:
            recorder = Recorder(
                asked.path,
                program=f"portside {__version__}",
                secrets=asked.secrets,
                size=asked.size,
                files=asked.files,
            )
            known = self._open[where] = (asked, recorder)
        elif replace(known[0], path=asked.path) != asked:
            raise UsageError(f"two servers record to {asked.path}, each in its own way")
        return known[1].tap(_mask_of(protocol), catalog.spec(protocol).port)

    def close(self, *, quiet: bool = True) -> None:
        """End all records."""
        for asked, recorder in self._open.values():
            recorder.close()
            if not quiet and is_watched(sys.stderr):
                tell(f"recorded {recorder.packets:,} packets to {asked.path}")
        self._open.clear()


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
    if recordings is None:
        recordings = ctx.meta[OPEN] = Recordings()
        ctx.call_on_close(recordings.close)
    return recordings.tap(asked, protocol)
