"""``portside serve``: a web server, and the options of its own."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from portside import catalog
from portside.cli.kinds import ACCOUNT, FILE, SECONDS, SIZE, placed
from portside.cli.serving import OFFERS, Running, Serving, ServingCommand, doors
from portside.cli.serving.doors import Values
from portside.cli.usage import LaterOption, not_built
from portside.cli.verbs import LATER_PROTOCOLS
from portside.errors import UsageError
from portside.interfaces import Tap
from portside.protocols.http.rules.limits import ServerLimits
from portside.protocols.http.server import FolderSettings, Settings, serve
from portside.transport.authority.names import parse_name

OWN_FIELDS = {"connection", "content-length", "date", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
"""Fields that the server itself answers for; a second opinion would tear a connection apart."""

_LIMITS = ServerLimits()
_APPLICATION = re.compile(r"[^\W\d][\w.]*:[^\W\d][\w.]*")
_FIELD_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_FIELD_VALUE = re.compile(r"[!-~](?:[\t -~]*[!-~])?")


# -------------------------------------------------------------------------------------- values of options


def _header(_ctx: click.Context, _option: click.Parameter, lines: Sequence[str]) -> tuple[tuple[str, str], ...]:
    return tuple(_parse_header(line) for line in lines)


def _parse_header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    value = value.strip(" \t")
    if not colon or not _FIELD_NAME.fullmatch(name) or not _FIELD_VALUE.fullmatch(value):
        raise click.BadParameter(f"'{line}' is no field; write 'Name: value' in ASCII")
    if name.lower() in OWN_FIELDS:
        raise click.BadParameter(f"the server sets {name} itself")
    return name, value


def _cache_control(_ctx: click.Context, _option: click.Parameter, value: str) -> str:
    if value and not _FIELD_VALUE.fullmatch(value):
        raise click.BadParameter(f"'{value}' is no Cache-Control; write 'max-age=3600', or '' for none")
    return value


def _index(_ctx: click.Context, _option: click.Parameter, names: Sequence[str]) -> tuple[str, ...]:
    for name in names:
        if not name or name in (".", "..") or set(name) & set("/\0"):
            raise click.BadParameter(f"'{name}' is no name of a file within each folder")
    return tuple(names)


def _names(_ctx: click.Context, _option: click.Parameter, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(_parse_host_name(name) for name in names)


def _parse_host_name(text: str) -> str:
    try:
        return str(parse_name(text))
    except UsageError as error:
        raise click.BadParameter(str(error)) from error


def _site(ctx: click.Context, _option: click.Parameter, sites: Sequence[str]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for site in sites:
        host, equals, folder = site.partition("=")
        if not equals or not host or not folder:
            raise click.BadParameter(f"'{site}' is no site; write HOST=FOLDER")
        name = _parse_host_name(host)
        if name in found:
            raise click.BadParameter(f"{name} has two folders; one site has one")
        found[name] = _folder(placed(folder, ctx), folder)
    return found


def _folder(path: Path, named: str) -> Path:
    """``path``, which is a folder that can be read; ``named`` is how the user wrote it."""
    try:
        next(path.iterdir(), None)
    except FileNotFoundError:
        raise UsageError(f"there is no folder '{named}'") from None
    except NotADirectoryError:
        raise UsageError(f"'{named}' is a file; name the folder that it is in") from None
    except OSError as error:
        raise UsageError(f"cannot read the folder '{named}': {(error.strerror or str(error)).lower()}") from error
    return path


def _target(ctx: click.Context, _argument: click.Parameter, target: str) -> Path:
    if "\0" in target or not target:
        raise click.BadParameter("a path is neither empty nor holds a NUL")
    path = placed(target, ctx)
    if not path.exists() and _APPLICATION.fullmatch(target):
        raise not_built(f"module:app ({target})")
    if not path.exists() and "/" not in target:
        raise UsageError(f"'{target}' is neither a protocol nor a folder{_suggestion(path)}")
    return _folder(path, target)


def _suggestion(path: Path) -> str:
    beside = [entry.name for entry in path.parent.iterdir() if entry.is_dir()] if path.parent.is_dir() else []
    near = difflib.get_close_matches(path.name, [*OFFERS, *LATER_PROTOCOLS, *beside], n=1)
    return f"; did you mean '{near[0]}'?" if near else "; 'portside protocols' lists the protocols"


def _complete_target(_ctx: click.Context, _argument: click.Parameter, incomplete: str) -> list[CompletionItem]:
    protocols = [CompletionItem(name) for name in OFFERS if name.startswith(incomplete)]
    return [*protocols, CompletionItem(incomplete, type="dir")]


# ---------------------------------------------------------------------------------------------- the options

_TARGET = click.Argument(["target"], default=".", metavar="[FOLDER]", callback=_target, shell_complete=_complete_target)

_FOLDERS: list[click.Parameter] = [
    click.Option(["--upload"], is_flag=True, help="Let people put files into the folder (PUT, and a form)."),
    click.Option(["--hidden"], is_flag=True, help="Serve names that begin with a dot, too."),
    click.Option(
        ["--listing/--no-listing"], default=True, help="List folders that have no index file.  [default: listing]"
    ),
    click.Option(
        ["--index"],
        multiple=True,
        default=FolderSettings(Path()).index,
        metavar="NAME",
        callback=_index,
        help="The file that is shown for its folder; given several times, the first that exists.  "
        "[default: index.html, index.htm]",
    ),
    click.Option(
        ["--compress/--no-compress"],
        default=True,
        help="Compress text where the client can read it.  [default: compress]",
    ),
    click.Option(
        ["--cache-control"],
        default=FolderSettings(Path()).cache_control,
        show_default=True,
        metavar="VALUE",
        callback=_cache_control,
        help="How long others may keep a file, such as 'max-age=3600'; '' says nothing about it.",
    ),
    click.Option(
        ["--header"],
        multiple=True,
        metavar="'NAME: VALUE'",
        callback=_header,
        help="Add this field to every response. May be given several times.",
    ),
]

_WHO: list[click.Parameter] = [
    click.Option(
        ["--auth"],
        type=ACCOUNT,
        metavar="USER:PASSWORD",
        help="Ask everybody for this login. A process list shows it: leave out :PASSWORD and set PORTSIDE_PASSWORD.",
    ),
    click.Option(
        ["--site"],
        multiple=True,
        metavar="HOST=FOLDER",
        callback=_site,
        help="Serve another folder to those who ask for HOST. May be given several times.",
    ),
    click.Option(
        ["--name"],
        multiple=True,
        metavar="HOST",
        callback=_names,
        help="A further name of this server, for its certificate too; others get 421 on loopback. May be repeated.",
    ),
    click.Option(
        ["--access-log"],
        type=FILE,
        help="Append the access log to this file instead of showing it; SIGUSR1 opens it anew, once it was moved.",
    ),
    click.Option(["--no-access-log"], is_flag=True, help="Do not log requests."),
]


def _limit(name: str, kind: Any, default: float, help_text: str, shown: str = "") -> click.Option:
    """An option for a limit; ``shown`` is how its default is written."""
    metavar = None if kind in (SIZE, SECONDS) else "NUMBER"
    text = f"{help_text}  [default: {shown or format(default, 'g')}]"
    return click.Option([name], type=kind, default=default, metavar=metavar, help=text)


_SOME = click.IntRange(1, 100_000)
_ANY = click.IntRange(0, 1_000_000)
_LIMIT_OPTIONS: list[click.Parameter] = [
    _limit("--max-head", SIZE, _LIMITS.heads.head, "The largest head of a request.", "64K"),
    _limit("--max-fields", _SOME, _LIMITS.heads.fields, "The most header fields in a request."),
    _limit("--max-url", SIZE, _LIMITS.heads.target, "The longest URL of a request.", "16K"),
    _limit("--max-body", SIZE, _LIMITS.body, "The largest body of a request.", "16G"),
    _limit(
        "--first-byte-time", SECONDS, _LIMITS.first_byte,
        "How long a new connection may be silent; for this and every other time, 0 sets no limit.",
    ),
    _limit("--head-time", SECONDS, _LIMITS.head_time, "How long the whole head of a request may take."),
    _limit(
        "--body-time", SECONDS, _LIMITS.body_grace,
        "How long a body may take, beyond a second for each 1,000 bytes that have come.",
    ),
    _limit("--idle-time", SECONDS, _LIMITS.idle, "How long a connection is kept between requests."),
    doors.per_address(),
]  # fmt: skip

_LATER: list[click.Parameter] = [
    LaterOption(["--workers"], metavar="N"),
    LaterOption(["--reload"], is_flag=True),
    LaterOption(["--proxy"], multiple=True, metavar="PREFIX=URL"),
    LaterOption(["--http2/--no-http2"]),
    LaterOption(["--http3"], is_flag=True),
]


# ----------------------------------------------------------------------------------------------- the server


def settings(values: Values) -> Settings:
    """What the values of the options ask for. Raises ``UsageError`` where they contradict each other."""
    if values["no_access_log"] and values["access_log"] is not None:
        raise UsageError("'--access-log' and '--no-access-log' contradict each other")
    silent = values["no_access_log"] or (values["quiet"] and values["access_log"] is None)
    site = _folder_settings(values)
    return Settings(
        site=site,
        addresses=doors.addresses(values),
        tls=doors.tls(values, [*values["name"], *values["site"]], alpn=["http/1.1"]),
        sites={host: replace(site, root=root) for host, root in values["site"].items()},
        hosts=(*values["name"], *doors.host_names(values)),
        auth=values["auth"],
        access_log=None if silent else values["log_format"],
        log_file=values["access_log"],
        limits=_limits(values),
        per_address=values["per_address"],
    )


def _folder_settings(values: Values) -> FolderSettings:
    return FolderSettings(
        root=values["target"],
        upload=values["upload"],
        hidden=values["hidden"],
        listing=values["listing"],
        index=values["index"],
        compress=values["compress"],
        cache_control=values["cache_control"],
        headers=values["header"],
    )


def _limits(values: Values) -> ServerLimits:
    heads = replace(_LIMITS.heads, head=values["max_head"], fields=values["max_fields"], target=values["max_url"])
    return replace(
        _LIMITS,
        heads=heads,
        body=values["max_body"],
        first_byte=values["first_byte_time"],
        head_time=values["head_time"],
        body_grace=values["body_time"],
        idle=values["idle_time"],
    )


def _prepare(**values: Any) -> Serving:
    wanted = settings(values)
    may = "read and write" if values["upload"] else "read"
    folder = values["target"].resolve()

    async def start(tap: Tap | None) -> Running:
        return await serve(replace(wanted, tap=tap))

    return Serving(
        scheme="http" if wanted.tls is None else "https",
        what=f"serving {folder}",
        exposed="" if wanted.auth else f"whoever reaches this machine may {may} {folder}; --auth asks for a login",
        start=start,
        quiet=values["quiet"],
        folders=(values["target"], *values["site"].values()),
    )


command = ServingCommand(
    "http",
    help="""Serve FOLDER (the one you are in, unless you name another) to browsers and every other HTTP client.

    Other protocols have servers and options of their own: 'portside serve upper --help'. A word that is a
    protocol's name is the protocol; write ./upper for a folder of that name.
    """,
    examples=("portside serve site", "portside serve site --port 0 --tls --upload"),
    params=[_TARGET, *doors.options(catalog.spec("http").port), *_FOLDERS, *_WHO, *_LIMIT_OPTIONS, *_LATER],
    callback=_prepare,
)
