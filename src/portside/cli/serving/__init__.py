"""What each protocol's server is told on the command line: one module per protocol, all of the same shape.

A module here holds ``command``, a ``ServingCommand``: the protocol's own options beside those of every server
(``doors``), and a callback that turns their values into a ``Serving``. ``portside serve`` runs one of them,
``portside up`` several. A new protocol is one module and one line in ``OFFERS``.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, runtime_checkable

import click

from portside.cli import recording
from portside.cli.recording import Wanted
from portside.cli.usage import Command
from portside.errors import UsageError
from portside.interfaces import Address, Tap

OFFERS = {
    "http": "portside.cli.serving.http",
    "ftp": "portside.cli.serving.ftp",
    "smtp": "portside.cli.serving.smtp",
    "telnet": "portside.cli.serving.telnet",
    "upper": "portside.cli.serving.upper",
}
"""The protocols that can be served, and who knows their options. The first is served where none is named."""

DEFAULT = "http"


class Running(Protocol):
    """A server that accepts."""

    @property
    def addresses(self) -> Sequence[Address]:
        """Where it really listens."""
        ...

    async def stop(self, grace: float = ...) -> None:
        """Accept no more, and let what runs finish for ``grace`` seconds."""
        ...

    def abort(self) -> None:
        """Stop at once."""
        ...


@runtime_checkable
class KeepsLog(Protocol):
    """A server with a log file of its own."""

    def reopen_log(self) -> None:
        """Open the file anew, after it was moved away."""
        ...


@dataclass(frozen=True, slots=True)
class Serving:
    """One server, ready to be started.

    - ``scheme``: stands before its address in the line ``ready SCHEME://HOST:PORT/``.
    - ``what``: what it serves, in words.
    - ``exposed``: what anybody may do who reaches it from elsewhere; "" where a login is asked for.
    - ``start``: returns once it accepts; it is given the tap that watches it. Raises ``ListenError``.
    - ``quiet``: nobody wants to hear that it runs.
    - ``folders``: whose files anybody may be given who asks for them: no record may lie there.
    - ``window_at``: told the address of the window that shows it ("": there is none), before it is started.
    - ``protocol``: its name in the catalog. ``watching``: what to record and to show of it, if anything.
    """

    scheme: str
    what: str
    exposed: str
    start: Callable[[Tap | None], Awaitable[Running]]
    quiet: bool = False
    folders: tuple[Path, ...] = ()
    window_at: Callable[[str], object] | None = None
    protocol: str = DEFAULT
    watching: Wanted | None = None


class ServingCommand(Command):
    """``portside serve PROTOCOL``: its callback returns a ``Serving``; to invoke the command is to run that."""

    def prepare(self, ctx: click.Context) -> Serving:
        """What the values in ``ctx`` ask for. Raises ``UsageError`` for values that make no sense together."""
        serving: Serving = super().invoke(ctx)
        watching = recording.wanted(ctx)
        _refuse_sockets_without_packets(watching, ctx.params.get("host", ()))
        return replace(serving, protocol=self.name or DEFAULT, watching=watching)

    def invoke(self, ctx: click.Context) -> int:
        from portside.cli import logs, running

        quiet = bool(ctx.params["quiet"])
        logs.set_up(ctx.params["log_format"], logging.WARNING if quiet else logging.INFO)
        return running.run([self.prepare(ctx)])


def _refuse_sockets_without_packets(watching: Wanted | None, hosts: Sequence[Address]) -> None:
    live = watching is not None and watching.record is not None and watching.record.live
    if live and hosts and all(host.path for host in hosts):
        raise UsageError("what passes over Unix sockets is no packets; drop 'live:' to record at the sockets")


def offered(protocol: str) -> ServingCommand:
    """The command that serves ``protocol``, one of ``OFFERS``."""
    command: ServingCommand = importlib.import_module(OFFERS[protocol]).command
    return command
