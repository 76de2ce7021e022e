"""``portside upper``: the client of the uppercase application, over TCP, TLS and UDP."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import sys
from collections.abc import Iterable
from contextlib import aclosing
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import click

from portside import catalog
from portside.cli import logs, options, recording
from portside.cli.kinds import SECONDS
from portside.cli.screen import is_watched, show, tell_freely
from portside.cli.stdin import read_lines
from portside.cli.usage import Command
from portside.errors import UsageError
from portside.interfaces import Address, Send, Step
from portside.syntax.visible import visible

if TYPE_CHECKING:
    from portside.protocols.upper.client import Lines, Ping, RoundTrips, Settings

SPEC = catalog.spec("upper")
INTERVAL = 1.0
"""Seconds between two pings, as ping tools have it."""

_WITH_PORT = re.compile(r"(?:\[([^\]]+)\]|([^:\[\]]+))(?::([0-9]{1,5}))?", re.ASCII)


def parse_server(text: str, default_port: int = SPEC.port) -> Address:
    """``HOST``, ``HOST:PORT``, an IPv6 address, ``[IPv6]:PORT`` or ``unix:PATH``. Raises ``UsageError``."""
    if text.startswith("unix:") and len(text) > len("unix:"):
        return Address("", 0, text.removeprefix("unix:"))
    found = _WITH_PORT.fullmatch(text)
    host, port = text, default_port
    if found is not None:
        host, port = found[1] or found[2], int(found[3] or default_port)
    elif not _is_ipv6(text):
        raise UsageError(f"'{text}' is no server; write HOST or HOST:PORT")
    if port > 65535 or not host.isprintable() or " " in host:
        raise UsageError(f"'{text}' is no server; write HOST or HOST:PORT, the port up to 65535")
    return Address(host, port)


def _is_ipv6(text: str) -> bool:
    try:
        return ip_address(text).version == 6
    except ValueError:
        return False


def _upper(server: str, text: str | None, **values: Any) -> None:
    logs.set_up(level=logging.WARNING)
    address = parse_server(server)
    if values["pings"] is not None:
        asyncio.run(_measure(address, text, values))
        return
    asyncio.run(_ask(address, text, values))


def settings(values: dict[str, Any]) -> Settings:
    """What the values of the options mean for the client. Raises ``UsageError``."""
    from portside.protocols.upper.client import Settings

    wants_tls = values["tls"] or values["insecure"] or values["cacert"] or values["ca"]
    return Settings(
        udp=values["udp"],
        tls=options.client_tls(values) if wants_tls else None,
        timeout=values["timeout"],
        observer=Transcript() if values["verbose"] else None,
        tap=recording.client_tap("upper"),
    )


async def _ask(address: Address, text: str | None, values: dict[str, Any]) -> None:
    from portside.protocols.upper.client import ask

    lines: Lines = read_lines() if text is None else _lines(text, whole=values["udp"])
    async with aclosing(ask(address, lines, settings(values))) as replies:
        async for reply in replies:
            _print_reply(reply, values["as_json"], end=text is not None)


def _lines(text: str, *, whole: bool) -> Iterable[bytes]:
    """The argument as it was typed, byte for byte; over UDP it is one datagram whatever stands in it."""
    data = os.fsencode(text)
    return [data] if whole else data.splitlines(keepends=True) or [b""]


def _print_reply(reply: bytes, as_json: bool, *, end: bool) -> None:
    if as_json:
        show(json.dumps({"reply": reply.decode("utf-8", "backslashreplace")}))
    elif is_watched(sys.stdout):
        show(_readable(reply))
    else:
        sys.stdout.buffer.write(reply + b"\n" if end and not reply.endswith(b"\n") else reply)
        sys.stdout.buffer.flush()


def _readable(data: bytes) -> str:
    return visible(data.decode("utf-8", "backslashreplace").removesuffix("\n"))


# --------------------------------------------------------------------------------------------------- pings


async def _measure(address: Address, text: str | None, values: dict[str, Any]) -> None:
    from portside.protocols.upper.client import pings
    from portside.protocols.upper.rules.client import FIRST_WAIT

    if values["tls"]:
        raise UsageError("'--pings' measures with datagrams, and TLS needs a stream")
    last: list[Ping] = []

    def heard(ping: Ping) -> None:
        last[:] = [ping]
        if not values["quiet"]:
            show(_ping_json(ping) if values["as_json"] else _ping_line(ping))

    result = await pings(
        address,
        values["pings"],
        interval=values["interval"],
        timeout=values["timeout"] if values["timeout"] is not None else FIRST_WAIT,
        text=None if text is None else os.fsencode(text),
        heard=heard,
        observer=Transcript() if values["verbose"] else None,
        tap=recording.client_tap("upper"),
    )
    for line in [_result_json(result)] if values["as_json"] else _result_lines(result):
        show(line)
    if result.received == 0 and last and last[0].error is not None:
        raise last[0].error


def _ping_line(ping: Ping) -> str:
    if ping.rtt is None:
        return f"{ping.number}: {ping.error}"
    return f"{ping.number}: {_readable(ping.answer)} from {ping.address} in {_ms(ping.rtt)} ms"


def _ping_json(ping: Ping) -> str:
    rtt = None if ping.rtt is None else round(ping.rtt * 1000, 3)
    return json.dumps({"ping": ping.number, "rtt_ms": rtt, "error": None if ping.error is None else str(ping.error)})


def _result_lines(result: RoundTrips) -> list[str]:
    lines = [f"{result.sent} sent, {result.received} received, {result.loss:.0%} lost"]
    if result.minimum is not None and result.mean is not None and result.maximum is not None:
        times = "/".join(map(_ms, (result.minimum, result.mean, result.maximum)))
        lines.append(f"round trip min/mean/max = {times} ms")
    return lines


def _result_json(result: RoundTrips) -> str:
    times = {"min_ms": result.minimum, "mean_ms": result.mean, "max_ms": result.maximum}
    rounded = {name: None if value is None else round(value * 1000, 3) for name, value in times.items()}
    return json.dumps({"sent": result.sent, "received": result.received, "loss": round(result.loss, 4), **rounded})


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.3f}"


# --------------------------------------------------------------------------------------------- the conversation


class Transcript:
    """Shows what is said on stderr: ``>`` what leaves, ``<`` what comes."""

    def saw(self, step: Step) -> None:
        if step.event == "received" and isinstance(step.given, bytes):
            tell_freely(f"< {_readable(step.given)}")
        for output in step.outputs:
            if isinstance(output, Send):
                tell_freely(f"> {_readable(bytes(output.data))}")


command = Command(
    "upper",
    help="""Have the server at HOST answer TEXT in upper case; without TEXT, each line of stdin.

    Over TCP an answer ends at its newline or where the server closes. Over UDP each line is one datagram, sent again
    a few times where no answer comes. '--pings' measures round trips and loss, with datagrams.
    """,
    examples=("portside upper localhost 'hello there'", "portside upper --pings 10 localhost"),
    params=[
        click.Argument(["server"], metavar="HOST[:PORT]"),
        click.Argument(["text"], required=False),
        click.Option(["--udp"], is_flag=True, help="Ask with datagrams."),
        click.Option(["--tls"], is_flag=True, help="Ask over TLS; so do -k, --cacert and --ca."),
        click.Option(
            ["--pings"], type=click.IntRange(1, 1_000_000), metavar="NUMBER", help="Measure with so many datagrams."
        ),
        click.Option(
            ["--interval"],
            type=SECONDS,
            default=INTERVAL,
            help=f"Seconds between two pings.  [default: {INTERVAL:g}]",
        ),
        *options.wait_options("30 over TCP; 1 over UDP, for the first attempt"),
        *options.trust_options(),
        *options.talk_options(),
        *recording.options(),
        *options.later_options(),
    ],
    callback=_upper,
)
