"""What can be said to whoever runs the queue."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from portside.cli import recording
from portside.cli.kinds import FOLDER
from portside.cli.logs import FORMATS
from portside.cli.mail.options import SERVERS
from portside.cli.options import gathered, trust_options
from portside.errors import UsageError


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What was said on the command line, apart from the queue itself."""

    once: bool
    retry: tuple[float, ...] | None
    expire: float | None
    delay_report: float | None
    mailbox: Path | None
    domain: tuple[str, ...]
    name: str
    connections: int
    per_server: int
    starttls: str | None
    mx_port: int
    dns: tuple[str, ...]
    timeout: float | None
    log_format: str
    verbose: bool
    quiet: bool
    insecure: bool
    cacert: Path | None
    ca: str | None


class Span(click.ParamType):  # type: ignore[type-arg]  # generic in new versions of click only
    """A time: ``30s``, ``5m``, ``4h`` or ``5d``."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        return value if isinstance(value, float) else _parsed("parse_span", value)


class Retries(click.ParamType):  # type: ignore[type-arg]  # generic in new versions of click only
    """Times between tries: ``1m,5m,30m``."""

    name = "times"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, ...]:
        return value if isinstance(value, tuple) else _parsed("parse_retries", value)


def _parsed(parse: str, value: str) -> Any:
    from portside.apps.outbox import schedule  # with it comes the whole queue, which a help text does without

    try:
        return getattr(schedule, parse)(value)
    except UsageError as error:
        raise click.BadParameter(str(error)) from error


OPTIONS = (
    click.option("--once", is_flag=True, help="Send what is due, and end."),
    click.option("--retry", type=Retries(), metavar="TIMES",
                 help="Pauses between tries, the last one for ever (10m,30m,1h,2h,3h)."),
    click.option("--expire", type=Span(), metavar="TIME", help="Give up after this long (5d)."),
    click.option("--delay-report", type=Span(), metavar="TIME",
                 help="Tell the sender of a delay after this long (4h)."),
    click.option("--mailbox", type=FOLDER, metavar="DIR", help="Keep reports in this Maildir, and do not send them."),
    click.option("--domain", multiple=True, metavar="NAME",
                 help="Only reports to senders of this domain; may be said several times."),
    click.option("--name", default="", metavar="NAME", help="Our own name, towards servers and in reports."),
    click.option("--connections", type=click.IntRange(1, 256), default=20, metavar="N",
                 help="So many connections at the same time (20)."),
    click.option("--per-server", type=click.IntRange(1, 64), default=4, metavar="N",
                 help="So many of them for one destination (4)."),
    *SERVERS,
    click.option("--log-format", type=click.Choice([name for name in FORMATS if name != "combined"]), default="text",
                 help="How the log on stderr is written (text)."),
    click.option("-v", "--verbose", is_flag=True, help="Show the conversations on stderr."),
    click.option("-q", "--quiet", is_flag=True, help="Log nothing but warnings."),
)  # fmt: skip

run_options = gathered("run", RunOptions, OPTIONS, [*trust_options(), *recording.options()])
"""Adds ``OPTIONS``; the command gets them as one argument ``run``."""
