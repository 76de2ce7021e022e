"""``portside telnet``: a terminal at the other end of a connection, for people and for scripts."""

from __future__ import annotations

import asyncio
import locale
import logging
import os
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from portside.cli import logs, options, recording
from portside.cli.kinds import FILE, SECONDS
from portside.cli.screen import is_watched, tell, tell_freely
from portside.cli.stdin import read_lines
from portside.cli.usage import Command
from portside.errors import UsageError
from portside.interfaces import Address

if TYPE_CHECKING:
    from portside.cli.terminal.log import Log
    from portside.cli.terminal.scripted import Step
    from portside.interfaces import Observer
    from portside.protocols.telnet.client.settings import Settings

PORT = 23
QUIET = 1.0
"""Seconds of silence after which a script's server has said all that it wanted to."""
EXPECTING = 30.0
"""Seconds that ``--expect`` waits."""
STEPS = {"--expect": "expect", "--send": "send", "--send-secret": "secret"}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Telnet(Command):
    """Keeps the order of ``--expect`` and ``--send``, which click would lose: each becomes one of ``--step``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, in_order(args))


def in_order(arguments: Sequence[str]) -> list[str]:
    """``arguments`` with each step as ``--step=WHAT:TEXT``."""
    said: list[str] = []
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        name, equals, value = word.partition("=")
        if name not in STEPS or word == "--":
            said.append(word)
            if word == "--":
                return said + rest
        elif equals:
            said.append(f"--step={STEPS[name]}:{value}")
        elif rest:
            said.append(f"--step={STEPS[name]}:{rest.pop(0)}")
        else:
            said.append(word)  # click says what is missing
    return said


def _environment(_ctx: click.Context, _option: click.Parameter, said: Sequence[str]) -> dict[str, str]:
    found = {}
    for one in said:
        name, equals, value = one.partition("=")
        if not _NAME.fullmatch(name):
            raise click.BadParameter(f"'{one}' is no variable; write NAME, or NAME=VALUE")
        found[name] = value if equals else os.environ.get(name, "")
    return found


def _steps(_ctx: click.Context, _option: click.Parameter, said: Sequence[str]) -> tuple[Step, ...]:
    from portside.cli.terminal.scripted import Do, Step

    steps = []
    for one in said:
        kind, _, text = one.partition(":")
        step = Step(Do(kind), text)
        if step.do is Do.EXPECT:
            try:
                re.compile(text)
            except re.error as error:
                raise click.BadParameter(
                    f"'{text}' is no regular expression: {error}", param_hint="'--expect'"
                ) from error
        steps.append(step)
    return tuple(steps)


def _charset(_ctx: click.Context, _option: click.Parameter, said: str | None) -> str | None:
    from portside.protocols.telnet.client.text import lookup

    if said is not None and lookup(said) is None:
        raise click.BadParameter(f"'{said}' is no character set that is known here")
    return said


def terminals_charset() -> str:
    """The character set of the terminal that we sit at. ASCII is not believed: then nobody has set a locale."""
    from portside.protocols.telnet.client.text import lookup

    name = locale.getencoding()
    found = lookup(name)
    return "utf-8" if found is None or found.name in ("ascii", "utf-8") else name


def settings(values: dict[str, Any], *, sitting: bool) -> Settings:
    """What the values of the options mean for the client: one of a person ``sitting`` there, or of a script.

    Raises ``UsageError``.
    """
    from portside.cli.terminal.tty import characters, window
    from portside.protocols.telnet.client.settings import Settings
    from portside.transport.connect import CONNECT_TIMEOUT

    wants_tls = values["tls"] or values["insecure"] or values["cacert"] or values["ca"]
    return Settings(
        timeout=values["timeout"] or CONNECT_TIMEOUT,
        tls=options.client_tls(values) if wants_tls else None,
        terminal=values["terminal"] or (os.environ.get("TERM") if sitting else None) or "unknown",
        window=window() if sitting else None,
        environment=values["env"],
        charset=values["charset"] or (terminals_charset() if sitting else "utf-8"),
        errors="surrogateescape",
        characters=characters() if sitting else (),
        binary=values["binary"],
        observer=_transcript(tell_freely) if values["verbose"] else None,
        tap=recording.client_tap("telnet"),
    )


def _transcript(say: Callable[[str], None]) -> Observer:
    from portside.cli.terminal.transcript import Transcript

    return Transcript(say)


def _telnet(host: str, port: int, **values: Any) -> None:
    logs.set_up(level=logging.WARNING)
    if not host or not host.isprintable() or " " in host:
        raise UsageError(f"'{host}' is no host")
    address = Address(host[1:-1] if host.startswith("[") and host.endswith("]") else host, port)
    log = _log(values["log"])
    try:
        if values["steps"] or not is_watched(sys.stdin):
            asyncio.run(_script(address, values, log))
        else:
            asyncio.run(_sit(address, values, log))
    finally:
        if log is not None:
            log.close()


def _log(path: Path | None) -> Log | None:
    from portside.cli.terminal.log import Log

    return None if path is None else Log(path)


async def _sit(address: Address, values: dict[str, Any], log: Log | None) -> None:
    from portside.cli.terminal.interactive import Sitting
    from portside.cli.terminal.keys import parse_key, shown_key
    from portside.protocols.telnet.client.connection import connect

    escape = parse_key(values["escape"])
    wanted = settings(values, sitting=True)
    sitting = Sitting(
        escape=escape,
        charset=terminals_charset(),
        theirs=wanted.charset,
        environment=values["env"],
        log=log,
        crlf=values["crlf"],
    )
    if values["verbose"]:
        wanted = replace(wanted, observer=_transcript(sitting.tell))
    connection = await connect(address, wanted, sitting.heard, sitting.lost)
    if not values["quiet"]:
        how = f"; the escape character is {shown_key(escape)}" if escape else ""
        tell(f"connected to {address}{how}")
    try:
        await sitting.run(connection)
    finally:
        connection.abort()
    if not values["quiet"]:
        sitting.tell("portside: " + (f"left {address}" if sitting.left else f"{address} has closed the connection"))


async def _script(address: Address, values: dict[str, Any], log: Log | None) -> None:
    from portside.cli.terminal.scripted import Incoming, Output, carry_out, pass_on
    from portside.protocols.telnet.client.connection import connect
    from portside.protocols.telnet.client.session import telnet

    wanted, output = settings(values, sitting=False), Output(log, exact=values["binary"])
    if values["steps"]:
        async with telnet(address.host, address.port, wanted) as session:
            await carry_out(session, values["steps"], output, values["expect_time"], values["wait"])
        return
    incoming = Incoming()
    incoming.connection = connection = await connect(address, wanted, incoming.heard, incoming.lost)
    try:
        await pass_on(incoming, read_lines(), output, values["wait"], exact=values["binary"])
    finally:
        connection.abort()


command = Telnet(
    "telnet",
    help="""Sit at a terminal on HOST, port 23 unless you name another.

    Each key goes to the server, or whole lines where it wants those; ^] leads to a small prompt of the client's own
    (help, status, close ...). The server is told of the terminal's type and window, and of the variables that --env
    names; of nothing else.

    Where stdin is no terminal its lines are sent, and what the server says goes to stdout. --expect and --send do
    things in their order instead: wait for a regular expression, say a line.

    After kill -9 the terminal may be left as it was set for the server; "stty sane" puts it right.
    """,
    examples=(
        "portside telnet localhost 2323",
        "portside telnet localhost 2323 --expect name --send guest --expect '> ' --send quit",
    ),
    params=[
        click.Argument(["host"]),
        click.Argument(["port"], type=click.IntRange(1, 65535), default=PORT, required=False),
        click.Option(["--tls"], is_flag=True, help="Speak TLS; so do -k, --cacert and --ca."),
        click.Option(
            ["--expect"], multiple=True, metavar="PATTERN", expose_value=False, help="Wait until this has come."
        ),
        click.Option(["--send"], multiple=True, metavar="TEXT", expose_value=False, help="Say this line."),
        click.Option(
            ["--send-secret"],
            multiple=True,
            metavar="NAME",
            expose_value=False,
            help="Say what this variable of the environment holds, as a password.",
        ),
        click.Option(["--step", "steps"], multiple=True, hidden=True, callback=_steps),
        click.Option(
            ["--expect-time"],
            type=SECONDS,
            default=EXPECTING,
            help=f"How long each --expect waits, 0 for ever.  [default: {EXPECTING:g}]",
        ),
        click.Option(
            ["--wait"],
            type=SECONDS,
            default=QUIET,
            help="After the last line, leave once the server has been silent for so long; 0 at once.  "
            f"[default: {QUIET:g}]",
        ),
        click.Option(
            ["--env"],
            multiple=True,
            metavar="NAME[=VALUE]",
            callback=_environment,
            help="Let the server know this variable. May be given several times.",
        ),
        click.Option(["--escape"], default="^]", metavar="KEY", help="The escape character, or none.  [default: ^]]"),
        click.Option(
            ["--terminal"], metavar="TYPE", help="The terminal's type.  [default: what TERM says; a script has none]"
        ),
        click.Option(
            ["--charset"],
            metavar="NAME",
            callback=_charset,
            help="The server's character set, until both sides agree upon one.  [default: the terminal's]",
        ),
        click.Option(["--log"], type=FILE, help="Keep what the server says in this file."),
        click.Option(["--binary", "-8"], is_flag=True, help="Ask for eight bits in both directions."),
        click.Option(["--crlf"], is_flag=True, help="Enter sends CR LF instead of CR NUL."),
        *options.wait_options("30 for connecting"),
        *options.trust_options(),
        click.Option(["--verbose", "-v"], is_flag=True, help="Show on stderr what is negotiated."),
        click.Option(["--quiet", "-q"], is_flag=True, help="Say nothing but errors on stderr."),
        *recording.options(),
        *options.later_options(),
    ],
    callback=_telnet,
)
