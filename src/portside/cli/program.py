"""``portside`` itself: finds the verb, loads its module alone, and ends with one exit code."""

from __future__ import annotations

import difflib
import importlib
import os
import sys
from typing import Any

import click
from click.shell_completion import CompletionItem, shell_complete

from portside import __version__
from portside.cli.endings import end
from portside.cli.usage import CONTEXT_SETTINGS, not_built, write_examples
from portside.cli.verbs import LATER_VERBS, VERBS
from portside.errors import UsageError

NAME = "portside"
COMPLETE = "_PORTSIDE_COMPLETE"
"""The environment variable by which a shell asks for completions."""
EXAMPLES = ("portside serve site", "portside get http://localhost:8080/")
HELP = """Both sides of every port: servers and clients of the protocols that the Internet speaks.

'portside serve' makes the folder you are in a web site on this machine; 'portside VERB --help' tells more.
"""


class Program(click.Group):
    """The group of all verbs. Its help reads the table only; a verb's module is loaded when the verb is called."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        verb = VERBS.get(cmd_name)
        if verb is None:
            return None
        command: click.Command = importlib.import_module(verb.module).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in VERBS and not args[0].startswith("-") and not ctx.resilient_parsing:
            raise _unknown_verb(args[0])
        return super().resolve_command(ctx, args)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_examples(EXAMPLES, formatter)
        super().format_help(ctx, formatter)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl([(verb.name, verb.help) for verb in VERBS.values()])
        with formatter.section("Not built yet"):
            formatter.write_text(", ".join(LATER_VERBS))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """As click's, but from the table: a shell asks at every press of the key."""
        verbs = [CompletionItem(verb.name, help=verb.help) for verb in VERBS.values()]
        options = [] if not incomplete.startswith("-") else click.Command.shell_complete(self, ctx, incomplete)
        return [item for item in verbs if item.value.startswith(incomplete)] + options


def _unknown_verb(word: str) -> UsageError:
    if word in LATER_VERBS:
        return not_built(word)
    near = difflib.get_close_matches(word, [*VERBS, *LATER_VERBS], n=1)
    hint = f"did you mean '{near[0]}'?" if near else "'portside --help' lists them"
    return UsageError(f"there is no verb '{word}'; {hint}")


program = Program(
    NAME,
    help=HELP,
    context_settings=CONTEXT_SETTINGS,
    subcommand_metavar="VERB [ARGUMENTS]...",
    params=[
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=lambda ctx, _option, asked: _show_version(ctx, asked),
            help="Print the version and exit.",
        )
    ],
)


def _show_version(ctx: click.Context, asked: bool) -> None:
    if asked and not ctx.resilient_parsing:
        click.echo(f"{NAME} {__version__}")
        ctx.exit()


def run(arguments: list[str]) -> int:
    """Run the command line ``arguments``; returns the exit code."""
    try:
        code = _invoke(arguments or ["--help"])
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except BaseException as error:  # `end` raises again what is not a command's own ending
        return end(error)


def _invoke(arguments: list[str]) -> int:
    asked: str | None = os.environ.get(COMPLETE)
    if asked:
        return shell_complete(program, {}, NAME, COMPLETE, asked)
    with program.make_context(NAME, list(arguments)) as ctx:
        code: Any = program.invoke(ctx)
    return code if isinstance(code, int) else 0
