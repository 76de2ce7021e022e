"""``portside serve telnet``: a coroutine for each visitor, a login shell, or the demonstration world."""

from __future__ import annotations

import inspect
import os
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import click

from portside import catalog
from portside.cli.kinds import ACCOUNT, BASE, FILE, SECONDS
from portside.cli.serving import Running, Serving, ServingCommand, applications, doors
from portside.cli.serving.doors import Values
from portside.errors import UsageError
from portside.interfaces import Tap
from portside.protocols.telnet.server import Application, Settings, Typing, serve
from portside.protocols.telnet.server.serving import IDLE

SPEC = catalog.spec("telnet")
OF_THE_WORLD: tuple[str, ...] = ("world", "save")
OF_THE_SHELL: tuple[str, ...] = ("user", "users", "allow_root")
_CALL = "__call__"  # an object that is called is an application as a function is


def settings(values: Values) -> Settings:
    """What the values of the options ask for."""
    return Settings(
        addresses=doors.addresses(values),
        tls=doors.tls(values),
        idle=values["idle_time"] or None,
        per_address=values["per_address"],
        typing=Typing(values["typing"]),
    )


def application(values: Values, target: str | None, folder: Path) -> Application:
    """What is hosted: a target, the shell, or the world. Raises ``UsageError`` where options contradict each other."""
    _refuse_strangers(values, target)
    if values["shell"]:
        return _shell(values)
    if target is None:
        from portside.apps.world import make_app

        return make_app(values["world"], values["save"])
    return _coroutine(applications.find(target, folder), target)


def _refuse_strangers(values: Values, target: str | None) -> None:
    """Options that mean nothing for what is hosted."""
    if values["shell"] and target is not None:
        raise UsageError(f"serve either '{target}' or a shell, not both")
    strangers = () if values["shell"] else OF_THE_SHELL
    if values["shell"] or target is not None:
        strangers += OF_THE_WORLD
    for name in strangers:
        if values[name]:
            means = "the demonstration world" if name in OF_THE_WORLD else "'--shell'"
            raise UsageError(f"'--{name.replace('_', '-')}' is for {means}, which is not what is served here")


def _coroutine(found: object, target: str) -> Application:
    call = found if inspect.isroutine(found) else getattr(found, _CALL, None)
    if isinstance(found, type) or not inspect.iscoroutinefunction(call):
        raise UsageError(f"'{target}' is no application: it has to be a coroutine function that takes the visitor")
    return cast(Application, found)


def _shell(values: Values) -> Application:
    from portside.accounts.users import KnownAccounts, Source, User, given
    from portside.accounts.users_file import UsersFile
    from portside.apps.shell import Shell

    if os.geteuid() == 0 and not values["allow_root"]:
        raise UsageError("a shell for root is nothing to hand out: serve as another user, or say --allow-root")
    sources: list[Source] = [given([(User(name), password) for name, password in values["user"]])]
    if values["users"] is not None:
        sources.append(UsersFile(values["users"]))
    if not values["user"] and values["users"] is None:
        raise UsageError(
            "a shell needs a login: add --user NAME:PASSWORD, or --users FILE ('portside passwd' makes it)"
        )
    return Shell(KnownAccounts(*sources))


def _prepare(**values: Any) -> Serving:
    context = click.get_current_context(silent=True)
    folder = Path(context.meta.get(BASE) or ".") if context is not None else Path()
    wanted = settings(values)
    hosted = application(values, values["target"], folder)
    if values["shell"]:
        from portside.apps.shell import VARIABLES

        wanted = replace(wanted, world=False, environment=VARIABLES)

    async def start(tap: Tap | None) -> Running:
        if values["shell"] and wanted.tls is None:
            from portside.cli.screen import warn

            warn("Telnet is cleartext: whoever is on the way reads passwords and all else; --tls hides them")
        return await serve(replace(wanted, tap=tap), hosted)

    return Serving(
        scheme="telnet",
        what=_what(values),
        exposed="" if values["shell"] else "whoever reaches this machine may come in: nobody is asked for a login here",
        start=start,
        quiet=values["quiet"],
    )


def _what(values: Values) -> str:
    if values["shell"]:
        return "a login shell"
    return f"hosting {values['target'] or values['world'] or 'the demonstration world'}"


command = ServingCommand(
    "telnet",
    help="""Host an application for everybody who comes by Telnet: a coroutine for each visitor.

    MODULE:APP is yours, looked for in the folder you are in; without one, it is the demonstration world, a small game
    for several players. --shell gives a login shell of this machine instead, behind a password.
    """,
    examples=(
        "portside serve telnet",
        "portside serve telnet guestbook:app",
        "portside serve telnet --shell --user ann",
    ),
    params=[
        click.Argument(["target"], required=False, metavar="[MODULE:APP]"),
        *doors.options(SPEC.port),
        click.Option(["--world"], type=FILE, help="Host the world that this file describes."),
        click.Option(["--save"], type=FILE, help="Keep the world's players and things in this file."),
        click.Option(["--shell"], is_flag=True, help="Give a login shell, which runs as the user who serves."),
        click.Option(
            ["--user"],
            type=ACCOUNT,
            multiple=True,
            metavar="NAME:PASSWORD",
            help="Who may have a shell; leave out :PASSWORD and set PORTSIDE_PASSWORD. May be given several times.",
        ),
        click.Option(["--users"], type=FILE, help="Who may have a shell: a file that 'portside passwd' makes."),
        click.Option(["--allow-root"], is_flag=True, help="Give shells even where it is root who serves."),
        click.Option(
            ["--typing"],
            type=click.Choice([each.value for each in Typing]),
            default=Typing.AUTO.value,
            show_default=True,
            help="Who edits the lines that visitors type: their own side (lines), the server (keys), or whoever can.",
        ),
        click.Option(
            ["--idle-time"],
            type=SECONDS,
            default=IDLE,
            help=f"End a visit after so long without a key, 0 for never.  [default: {IDLE:g}]",
        ),
        doors.per_address("visitors"),
    ],
    callback=_prepare,
)
