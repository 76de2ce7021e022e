"""``portside serve upper``: the uppercase application, and the options of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from portside import catalog
from portside.cli.kinds import SECONDS
from portside.cli.serving import Running, Serving, ServingCommand, doors
from portside.cli.serving.doors import Values
from portside.errors import UsageError
from portside.interfaces import Tap
from portside.protocols.upper.server import Settings, serve

SPEC = catalog.spec("upper")


def settings(values: Values) -> Settings:
    """What the values of the options ask for. Raises ``UsageError`` where they contradict each other."""
    if values["udp"]:
        doors.refuse_unix(values, "UDP needs a host and a port")
        if values["tls"] or values["cert"] or values["key"]:
            raise UsageError("TLS needs a stream: serve either with TLS or over UDP")
    return Settings(
        addresses=doors.addresses(values),
        udp=values["udp"],
        tls=doors.tls(values),
        idle=values["idle_time"] or None,
        per_address=values["per_address"],
    )


def _prepare(**values: Any) -> Serving:
    wanted = settings(values)

    async def start(tap: Tap | None) -> Running:
        return await serve(replace(wanted, tap=tap))

    over = "UDP" if wanted.udp else "TCP" if wanted.tls is None else "TLS"
    return Serving(
        scheme="upper",
        what=f"answering in upper case over {over}",
        exposed="whoever reaches this machine may use this server: it knows no login",
        start=start,
        quiet=values["quiet"],
    )


command = ServingCommand(
    "upper",
    help="""Answer whatever arrives, at once and in order, in upper case: the smallest application there is.

    'portside upper' is the client; anything that sends text will do as well.
    """,
    examples=("portside serve upper", "portside serve upper --udp"),
    params=[
        *doors.options(SPEC.port),
        click.Option(["--udp"], is_flag=True, help="Speak UDP instead of TCP: one datagram in, one datagram out."),
        click.Option(
            ["--idle-time"],
            type=SECONDS,
            default=0.0,
            help="End a connection that is silent for so long.  [default: 0, never]",
        ),
        doors.per_address(),
    ],
    callback=_prepare,
)
