"""``portside serve ftp``: a folder by FTP, and the options of its own."""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Callable, Sequence
from dataclasses import replace
from ipaddress import AddressValueError, IPv4Address
from pathlib import Path
from typing import Any

import click

from portside import catalog
from portside.accounts.users import KnownAccounts, Source, User, given, parse_rights
from portside.accounts.users_file import UsersFile
from portside.cli.kinds import FILE, FOLDER, PASSWORD, SECONDS, SIZE
from portside.cli.serving import Running, Serving, ServingCommand, doors
from portside.cli.serving.doors import Values
from portside.errors import UsageError
from portside.interfaces import Tap
from portside.protocols.ftp.rules.limits import ServerLimits
from portside.protocols.ftp.rules.policy import Policy, Tls
from portside.protocols.ftp.server.serving import serve
from portside.protocols.ftp.server.settings import LARGEST_UPLOAD, Anonymous, Settings

SPEC = catalog.spec("ftp")
LONGEST_BANNER = 512
"""Letters of the greeting."""

_LIMITS = ServerLimits()
_RIGHTS = ("ro", "rw", "all")
_PORTS = re.compile(r"([0-9]{1,5})-([0-9]{1,5})")
Account = tuple[str, str, str]
"""A name, a password, and the rights."""


# -------------------------------------------------------------------------------------- values of options


def _users(_ctx: click.Context, _option: click.Parameter, users: Sequence[str]) -> tuple[Account, ...]:
    return tuple(_parse_user(user) for user in users)


def _parse_user(text: str) -> Account:
    """``NAME:PASSWORD``, with the rights behind another colon or without; the password may hold colons, too."""
    head, _, last = text.rpartition(":")
    rest, rights = (head, last) if last in _RIGHTS and head else (text, "ro")
    name, _, password = rest.partition(":")
    password = password or os.environ.get(PASSWORD, "")
    if not name or not password or not (name + password).isprintable():
        raise click.BadParameter(f"write NAME:PASSWORD or NAME:PASSWORD:rw, or NAME with the password in {PASSWORD}")
    return name, password, rights


def _ports(_ctx: click.Context, _option: click.Parameter, text: str | None) -> range | None:
    if text is None:
        return None
    found = _PORTS.fullmatch(text)
    ports = range(int(found[1]), int(found[2]) + 1) if found is not None else range(0)
    if not ports or not ports[0] or ports[-1] > 65535:
        raise click.BadParameter(f"'{text}' is no range of ports; write 50000-50100")
    return ports


def _address(_ctx: click.Context, _option: click.Parameter, text: str) -> str:
    try:
        return str(IPv4Address(text)) if text else ""
    except AddressValueError:
        raise click.BadParameter(f"'{text}' is no IPv4 address; IPv6 needs none") from None


def _banner(_ctx: click.Context, _option: click.Parameter, text: str) -> str:
    if not text.isprintable() or not text.strip() or len(text) > LONGEST_BANNER:
        raise click.BadParameter(f"a banner is one line of at most {LONGEST_BANNER} letters")
    return text


# ----------------------------------------------------------------------------------------------- the server


def settings(values: Values) -> Settings:
    """What the values of the options ask for. Raises ``UsageError`` where they contradict each other."""
    doors.refuse_unix(values, "data connections need a host and a port")
    tls = _tls(values)
    if values["require_session_reuse"] and tls is Tls.OFF:
        raise UsageError("'--require-session-reuse' is about TLS: add --tls, or --implicit")
    accounts = _accounts(values)
    if accounts is None and values["anonymous"] == Anonymous.OFF.value:
        raise UsageError("nobody could come in: add --user NAME:PASSWORD, or --users FILE, or let anonymous in")
    return Settings(
        root=values["target"],
        addresses=doors.addresses(values),
        policy=_policy(values, tls),
        limits=replace(_LIMITS, idle=values["idle_time"] or _LIMITS.idle),
        accounts=accounts,
        anonymous=Anonymous(values["anonymous"]),
        hidden=values["hidden"],
        context=None if tls is Tls.OFF else _context(values),
        largest_upload=values["max_upload"],
        per_address=values["per_address"],
    )


def _policy(values: Values, tls: Tls) -> Policy:
    return Policy(
        banner=values["banner"],
        tls=tls,
        same_session=values["require_session_reuse"],
        active=not values["no_active"],
        passive_ports=values["passive_ports"],
        passive_address=values["passive_address"],
        packing=values["mode_z"],
    )


def _tls(values: Values) -> Tls:
    if values["implicit"]:
        return Tls.IMPLICIT
    if values["tls"]:
        return Tls.REQUIRED
    return Tls.OFFERED if values["cert"] is not None or values["key"] is not None else Tls.OFF


def _context(values: Values) -> Callable[[], ssl.SSLContext]:
    def context() -> ssl.SSLContext:
        made = doors.tls({**values, "tls": True})
        assert made is not None
        return made

    return context


def _accounts(values: Values) -> KnownAccounts | None:
    sources: list[Source] = []
    if values["user"]:
        users = [(User(name, None, parse_rights(rights)), password) for name, password, rights in values["user"]]
        sources.append(given(users))
    if values["users"] is not None:
        sources.append(UsersFile(values["users"]))
    return KnownAccounts(*sources) if sources else None


def _exposed(values: Values, folder: Path) -> str:
    if values["anonymous"] == Anonymous.OFF.value:
        return ""
    may = "read and write" if values["anonymous"] == Anonymous.WRITE.value else "read"
    return f"whoever reaches this machine may {may} {folder}; --anonymous off and --user ask for a login"


def _prepare(**values: Any) -> Serving:
    wanted = settings(values)
    folder = values["target"].resolve()

    async def start(tap: Tap | None) -> Running:
        return await serve(replace(wanted, tap=tap))

    return Serving(
        scheme="ftps" if values["implicit"] else "ftp",
        what=f"serving {folder}",
        exposed=_exposed(values, folder),
        start=start,
        quiet=values["quiet"],
        folders=(values["target"],),
    )


command = ServingCommand(
    "ftp",
    help="""Serve FOLDER (the one you are in, unless you name another) by FTP, to read it, and to write where you allow.

    Anonymous may read, unless you say otherwise. --tls asks everybody to use TLS on both connections (AUTH TLS);
    --implicit begins with it (ftps); --cert alone offers it to those who want it.
    """,
    examples=("portside serve ftp site", "portside serve ftp site --user anna:secret:rw --anonymous off --tls"),
    params=[
        click.Argument(["target"], default=".", metavar="[FOLDER]", type=FOLDER),
        *doors.options(SPEC.port),
        click.Option(
            ["--user"],
            multiple=True,
            metavar="NAME:PASSWORD[:rw]",
            callback=_users,
            help="Let this user in, to read, or with :rw to write, too. A process list shows it: leave out :PASSWORD "
            f"and set {PASSWORD}, or use --users. May be given several times.",
        ),
        click.Option(["--users"], type=FILE, help="Users with rights and folders of their own, by 'portside passwd'."),
        click.Option(
            ["--anonymous"],
            type=click.Choice([each.value for each in Anonymous]),
            default=Anonymous.READ.value,
            show_default=True,
            help="What people without a login may do: read, read and write, nothing.",
        ),
        click.Option(["--hidden"], is_flag=True, help="Show anonymous names that begin with a dot, too."),
        click.Option(["--implicit"], is_flag=True, help="Speak TLS from the first byte, on both connections (ftps)."),
        click.Option(
            ["--require-session-reuse"],
            is_flag=True,
            help="A data connection has to resume the TLS session of its control connection; some clients cannot.",
        ),
        click.Option(
            ["--passive-ports"],
            metavar="FIRST-LAST",
            callback=_ports,
            help="Wait for data connections on these ports only, as a firewall may need it.",
        ),
        click.Option(
            ["--passive-address"],
            default="",
            metavar="IP",
            callback=_address,
            help="Tell clients of other networks this address for data connections: behind NAT, its outer one.",
        ),
        click.Option(["--no-active"], is_flag=True, help="Open no data connection to clients (PORT, EPRT)."),
        click.Option(["--mode-z"], is_flag=True, help="Tell clients that files may go compressed (MODE Z)."),
        click.Option(
            ["--banner"],
            default=Policy().banner,
            show_default=True,
            metavar="TEXT",
            callback=_banner,
            help="What is said to whoever connects.",
        ),
        click.Option(
            ["--max-upload"], type=SIZE, default=LARGEST_UPLOAD, help="The largest file that is taken.  [default: 1T]"
        ),
        click.Option(
            ["--idle-time"],
            type=SECONDS,
            default=_LIMITS.idle,
            help=f"How long a connection may be silent between commands.  [default: {_LIMITS.idle:g}]",
        ),
        doors.per_address(),
    ],
    callback=_prepare,
)
