"""The options of every server: where it listens, with which certificate, and how much it says."""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from typing import Any

import click

from portside.cli import recording
from portside.cli.kinds import FILE, placed
from portside.cli.logs import FORMATS
from portside.cli.usage import LaterOption
from portside.engine.server import CONNECTIONS_PER_ADDRESS
from portside.errors import UsageError
from portside.interfaces import Address
from portside.syntax.hosts import is_loopback
from portside.transport.authority.names import names_of_host
from portside.transport.trust import server_context

UNIX = "unix:"
Values = Mapping[str, Any]
"""The values of a command's options by name, as click hands them over."""


def host_address(ctx: click.Context, _option: click.Parameter, hosts: Sequence[str]) -> tuple[Address, ...]:
    """Where each ``--host`` points to, still without a port."""
    return tuple(_parse_host(host, ctx) for host in hosts)


def _parse_host(text: str, ctx: click.Context) -> Address:
    if text.startswith(UNIX):
        path = text.removeprefix(UNIX)
        if not path or "\0" in path:
            raise click.BadParameter("a Unix socket needs a path: unix:/run/portside.sock")
        return Address("", 0, str(placed(path, ctx)))
    host = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if not host or not host.isprintable() or set(host) & set(" /[]"):
        raise click.BadParameter(f"'{text}' is no host; write a name, an address, or unix:PATH")
    if host.count(":") == 1:
        raise click.BadParameter(f"'{text}' holds a port; write it as --port {host.partition(':')[2]}")
    return Address(host)


def options(default_port: int) -> list[click.Parameter]:
    """The options of every server, for one whose port is ``default_port`` unless it is told another."""
    return [
        click.Option(
            ["--host"],
            multiple=True,
            default=("127.0.0.1",),
            metavar="HOST",
            callback=host_address,
            help="Listen here: a name, an IPv4 or IPv6 address, or unix:PATH. May be given several times.  "
            "[default: 127.0.0.1, this machine only]",
        ),
        click.Option(
            ["--port"],
            type=click.IntRange(0, 65535),
            default=default_port,
            metavar="PORT",
            help="Listen on this port; 0 takes a free one, and the line 'ready' says which.  "
            f"[default: {default_port}]",
        ),
        click.Option(
            ["--tls"], is_flag=True, help="Speak TLS from the first byte, with a certificate of the local CA."
        ),
        click.Option(["--cert"], type=FILE, help="Speak TLS with this certificate (PEM) instead."),
        click.Option(["--key"], type=FILE, help="Its key (PEM), where the certificate's file does not hold it."),
        click.Option(
            ["--log-format"],
            type=click.Choice(FORMATS),
            default="text",
            show_default=True,
            help="How the log on stderr is written; 'combined' is for access logs of web servers.",
        ),
        click.Option(["--quiet", "-q"], is_flag=True, help="Say nothing but the line 'ready', warnings and errors."),
        *recording.options(),
        LaterOption(["--conditions"], metavar="SPEC"),
    ]


def per_address(whose: str = "connections") -> click.Option:
    """The option that bounds how many ``whose`` may come from one address."""
    return click.Option(
        ["--per-address"],
        type=click.IntRange(0, 1_000_000),
        default=CONNECTIONS_PER_ADDRESS,
        metavar="NUMBER",
        help=f"The most {whose} from one address, 0 for any number; loopback has no limit.  "
        f"[default: {CONNECTIONS_PER_ADDRESS}]",
    )


def addresses(values: Values) -> tuple[Address, ...]:
    """Where to listen."""
    port = values["port"]
    return tuple(host if host.path else Address(host.host, port) for host in values["host"])


def host_names(values: Values) -> list[str]:
    """The names and addresses that were asked for by ``--host``, but for those of loopback and of all at once."""
    hosts = [name for address in values["host"] if not address.path for name in names_of_host(address.host)]
    return [host.lower() for host in hosts if not is_loopback(host)]


def tls(values: Values, names: Sequence[str] = (), alpn: Sequence[str] = ()) -> ssl.SSLContext | None:
    """The TLS of this server, or None where it speaks in the clear.

    ``names`` are those by which it is called beyond the hosts that it listens on. Raises ``UsageError``.
    """
    if not values["tls"] and values["cert"] is None and values["key"] is None:
        return None
    asked = [name for name in dict.fromkeys([*names, *host_names(values)]) if not is_loopback(name)]
    return server_context(values["cert"], values["key"], asked, alpn)


def refuse_unix(values: Values, why: str) -> None:
    """Raise ``UsageError`` where a Unix socket is among the hosts."""
    if any(host.path for host in values["host"]):
        raise UsageError(f"a Unix socket cannot be used here: {why}")
