"""The options that every client of the web has."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from portside.cli import recording
from portside.cli.kinds import FILE, PASSWORD, SECONDS
from portside.cli.options import gathered
from portside.cli.screen import is_watched
from portside.cli.usage import LaterOption
from portside.errors import UsageError


@dataclass(frozen=True, slots=True)
class WebOptions:
    """What was said on the command line, apart from what is to be fetched or stored."""

    header: tuple[str, ...]
    user: str | None
    retries: int
    max_time: float
    timeout: float | None
    no_redirects: bool
    verbose: bool
    quiet: bool
    json: bool
    insecure: bool
    cacert: Path | None
    ca: str | None
    unix_socket: Path | None


def account(said: str, environment: Mapping[str, str]) -> tuple[str, str]:
    """``USER:PASSWORD``, or ``USER`` with the password from the environment or a prompt. Raises ``UsageError``."""
    user, colon, password = said.partition(":")
    if not colon:
        password = environment.get(PASSWORD, "")
        if not password:
            password = _asked_password(user)
    if not (user + password).isprintable():
        raise UsageError("a user and a password hold no control characters")
    return user, password


def _asked_password(user: str) -> str:
    if not is_watched(sys.stdin) or not is_watched(sys.stderr):
        raise UsageError(f"-u {user!r}: write USER:PASSWORD, or put the password into {PASSWORD}")
    return getpass.getpass(f"password of {user!r}: ", sys.stderr)


OPTIONS = (
    click.option("-H", "header", multiple=True, metavar="LINE", help="Send this field; 'Name:' drops a usual one."),
    click.option("-u", "user", metavar="USER[:PASSWORD]", help="Log in (basic or digest, as the server asks)."),
    click.option("--retries", type=click.IntRange(0, 1000), default=0, metavar="N",
                 help="Try again after a failure that may pass, N times at most."),
    click.option("--max-time", type=SECONDS, default=0.0, metavar="S", help="Give up after S seconds in all."),
    click.option("--timeout", type=SECONDS, metavar="S",
                 help="Give up when nothing happens for S seconds (60; 0: never)."),
    click.option("--no-redirects", is_flag=True, help="Take a redirect as the answer."),
    click.option("-v", "--verbose", is_flag=True, help="Show the conversation on stderr."),
    click.option("-q", "--quiet", is_flag=True, help="Show no progress."),
    click.option("--json", is_flag=True, help="Print what happened as one JSON object for each URL."),
    click.option("-k", "insecure", is_flag=True, help="Do not verify the server's certificate."),
    click.option("--cacert", type=FILE, metavar="FILE", help="Trust the authorities in FILE (PEM) alone."),
    click.option("--ca", type=click.Choice(["local"]), help="Trust the local authority beyond loopback too."),
    click.option("--unix-socket", type=FILE, metavar="PATH", help="Connect to this Unix socket instead."),
    click.option("--http1", is_flag=True, expose_value=False, help="Speak HTTP/1.1 (what is spoken anyway)."),
    click.option("--http2", is_flag=True, cls=LaterOption),
    click.option("--http3", is_flag=True, cls=LaterOption),
    click.option("--conditions", cls=LaterOption),
)  # fmt: skip

web_options = gathered("web", WebOptions, OPTIONS, recording.options())
"""Adds ``OPTIONS``; the command gets them as one argument ``web``."""
