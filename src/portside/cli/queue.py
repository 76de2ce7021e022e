"""``portside queue``: the durable queue is shown, sent, and put in order."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from portside.cli.clients import run_client
from portside.cli.kinds import FOLDER
from portside.cli.outbox.options import RunOptions, run_options
from portside.cli.screen import show, tell
from portside.cli.usage import CONTEXT_SETTINGS, Command, write_examples
from portside.errors import RemoteError, UsageError

if TYPE_CHECKING:
    from portside.apps.outbox.outbox import Outbox

EXAMPLES = (
    "portside send --queue --to ann@example.com --body Hi smtp://mail.example.com",
    "portside queue",
    "portside queue run",
)

outbox_option = click.option("--outbox", type=FOLDER, metavar="DIR", help="Another queue than your own.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


class Verbs(click.Group):
    """A verb with verbs of its own; alone it has a meaning, too."""

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_examples(EXAMPLES, formatter)
        super().format_help(ctx, formatter)


@click.group(
    "queue",
    cls=Verbs,
    invoke_without_command=True,
    context_settings=CONTEXT_SETTINGS,
    subcommand_metavar="[VERB [ARGUMENTS]...]",
    short_help="Show the mail that waits, and send it.",
)
@outbox_option
@json_option
@click.option("--all", "everything", is_flag=True, help="Show what was delivered or has failed, too.")
@click.pass_context
def command(ctx: click.Context, outbox: Path | None, as_json: bool, everything: bool) -> int | None:
    """Show the mail that 'portside send --queue' has left here, or do something with it.

    Each recipient is tried for five days, and each failure comes back to the sender as a report. A message is named by
    any part of its name.
    """
    ctx.obj = outbox, as_json
    if ctx.invoked_subcommand is not None:
        return None
    return _run(ctx, lambda queue: _list(queue, as_json, everything), outbox)


def _run(ctx: click.Context, work: Callable[[Outbox], Awaitable[int]], folder: Path | None) -> int:
    """Do ``work`` with the queue that was named, here or before the verb."""
    from portside.apps.outbox.outbox import Outbox

    async def main() -> int:
        async with Outbox(folder or ctx.obj[0]) as outbox:
            return await work(outbox)

    return run_client(main())


def _as_json(ctx: click.Context, here: bool) -> bool:
    return here or bool(ctx.obj[1])


async def _list(outbox: Outbox, as_json: bool, everything: bool) -> int:
    from portside.cli.outbox import showing

    messages, now = await outbox.messages(finished=everything), time.time()
    for message in messages:
        for line in [showing.serialise(message)] if as_json else showing.lines(message, now):
            show(line)
    if as_json:
        return 0
    for line in showing.down_lines(await outbox.down(), now):
        tell(line)
    idle = "" if outbox.is_run() or not messages else "; nobody is sending it: 'portside queue run' does"
    tell(f"{showing.summary(messages)}{idle}" if messages else f"the queue in {outbox.folder} is empty")
    return 0


@command.command(
    "run", cls=Command, examples=("portside queue run", "portside queue run --once --retry 1m,5m,30m --expire 1d")
)
@outbox_option
@run_options
@click.pass_context
def _run_queue(ctx: click.Context, outbox: Path | None, run: RunOptions) -> int:
    """Send the queue until you stop it, or once.

    A password for a server that wants one is taken from PORTSIDE_PASSWORD or the netrc file. One run at a time works on
    a queue; it may be stopped, or killed, at any moment: nothing is lost.
    """
    import asyncio

    from portside.cli.outbox.running import run_queue

    return asyncio.run(run_queue(outbox or ctx.obj[0], run))


@command.command("show", cls=Command, examples=("portside queue show 4f2k",))
@click.argument("name", metavar="ID")
@click.option("--content", is_flag=True, help="Print the message itself.")
@outbox_option
@json_option
@click.pass_context
def _show(ctx: click.Context, name: str, content: bool, outbox: Path | None, as_json: bool) -> int:
    """Show one message with what has happened to it, or the message itself."""
    if content:
        return _run(ctx, lambda queue: _print_content(queue, name), outbox)
    return _run(ctx, lambda queue: _show_one(queue, name, _as_json(ctx, as_json)), outbox)


async def _show_one(outbox: Outbox, name: str, as_json: bool) -> int:
    from portside.cli.outbox import showing

    name = await outbox.find(name)
    message, history = await outbox.message(name), await outbox.history(name)
    if message is None:
        raise RemoteError(f"{name} has just left the queue")
    if as_json:
        show(showing.serialise(message, history))
        return 0
    for line in (*showing.lines(message, time.time()), *showing.history_lines(history)):
        show(line)
    return 0


async def _print_content(outbox: Outbox, name: str) -> int:
    from portside.cli.outbox.printing import print_content

    await print_content(outbox, await outbox.find(name))
    return 0


@command.command("retry", cls=Command, examples=("portside queue retry 4f2k", "portside queue retry --all"))
@click.argument("name", metavar="[ID]", required=False)
@click.option("--all", "everything", is_flag=True, help="All that wait.")
@outbox_option
@click.pass_context
def _retry(ctx: click.Context, name: str | None, everything: bool, outbox: Path | None) -> int:
    """Try a message at once, or all, whatever was said of when."""
    if (name is None) is not everything:
        raise UsageError("name one message, or say --all")

    async def work(queue: Outbox) -> int:
        count = await queue.retry(None if name is None else await queue.find(name))
        when = "at once" if queue.is_run() else "as soon as 'portside queue run' is at work"
        tell(f"{_recipients(count)} tried {when}")
        return 0

    return _run(ctx, work, outbox)


@command.command("hold", cls=Command, examples=("portside queue hold 4f2k",))
@click.argument("name", metavar="ID")
@outbox_option
@click.pass_context
def _hold(ctx: click.Context, name: str, outbox: Path | None) -> int:
    """Keep a message back until it is released."""
    return _order(ctx, name, outbox, lambda queue, found: queue.hold(found), "held")


@command.command("release", cls=Command, examples=("portside queue release 4f2k",))
@click.argument("name", metavar="ID")
@outbox_option
@click.pass_context
def _release(ctx: click.Context, name: str, outbox: Path | None) -> int:
    """Let a message go that was held."""
    return _order(ctx, name, outbox, lambda queue, found: queue.release(found), "released")


@command.command("remove", cls=Command, examples=("portside queue remove 4f2k",))
@click.argument("names", metavar="ID...", nargs=-1, required=True)
@outbox_option
@click.pass_context
def _remove(ctx: click.Context, names: tuple[str, ...], outbox: Path | None) -> int:
    """Take messages away unsent; nobody is told."""

    async def work(queue: Outbox) -> int:
        for name in names:
            found = await queue.find(name)
            stay = await queue.remove(found)
            tell(f"{found} is removed" + (f", but is just being sent to {_recipients(stay, '')}" if stay else ""))
        return 0

    return _run(ctx, work, outbox)


def _order(
    ctx: click.Context, name: str, folder: Path | None, order: Callable[[Outbox, str], Awaitable[int]], done: str
) -> int:
    async def work(queue: Outbox) -> int:
        found = await queue.find(name)
        count = await order(queue, found)
        why = "" if count else f"; none is in a state for it, see 'portside queue show {found}'"
        tell(f"{found}: {_recipients(count)} {done}{why}")
        return 0

    return _run(ctx, work, folder)


def _recipients(count: int, verb: str = " are") -> str:
    return f"1 recipient{' is' if verb else ''}" if count == 1 else f"{count:,} recipients{verb}"
