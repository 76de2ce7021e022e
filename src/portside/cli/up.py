"""``portside up``: several servers at once, which start together and stop together."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import click

from portside.cli import logs
from portside.cli.configuration import BadLine, Entry, arguments, parse_configuration
from portside.cli.kinds import BASE, FILE
from portside.cli.serving import Serving, offered
from portside.cli.usage import Command
from portside.errors import UsageError

FILE_NAME = "portside.toml"


def _up(file: Path, log_format: str, quiet: bool) -> int:
    from portside.cli import running

    logs.set_up(log_format, logging.WARNING if quiet else logging.INFO)
    servings = read_servings(file)
    return running.run([replace(serving, quiet=serving.quiet or quiet) for serving in servings])


def read_servings(file: Path) -> list[Serving]:
    """What the tables of ``file`` ask for. Raises ``UsageError``, naming the file and the line."""
    try:
        text = file.read_text("utf-8")
    except FileNotFoundError:
        raise UsageError(f"there is no file '{file}'; it holds a table [[serve]] for each server") from None
    except UnicodeDecodeError:
        raise UsageError(f"'{file}' is no text in UTF-8") from None
    except OSError as error:
        raise UsageError(f"cannot read '{file}': {(error.strerror or str(error)).lower()}") from error
    try:
        return [_serving(entry, file.parent) for entry in parse_configuration(text)]
    except BadLine as error:
        where = f"{file}:{error.line}" if error.line else str(file)
        raise UsageError(f"{where}: {error}") from error


def _serving(entry: Entry, folder: Path) -> Serving:
    command = offered(entry.protocol)
    with click.Context(command) as parent:
        parent.meta[BASE] = folder
        try:
            with command.make_context(entry.protocol, arguments(entry, command), parent) as ctx:
                return command.prepare(ctx)
        except BadLine:
            raise
        except click.UsageError as error:
            raise BadLine(" ".join(error.format_message().split()).rstrip("."), _line(entry, error)) from error
        except UsageError as error:
            raise BadLine(str(error), entry.line) from error


def _line(entry: Entry, error: click.UsageError) -> int:
    param = error.param if isinstance(error, click.BadParameter) else None
    names = [name.lstrip("-") for name in (*param.opts, *param.secondary_opts)] if param is not None else []
    return next((entry.lines[name] for name in names if name in entry.lines), entry.line)


command = Command(
    "up",
    help="""Start every server that FILE names (portside.toml, unless you name another), and stop them together.

    FILE holds a table [[serve]] for each server: 'protocol', 'target', and the options of 'portside serve' by their
    names. Relative paths start at the folder of FILE. Where one server cannot start, none does.

    \b
    [[serve]]
    target = "site"
    port = 8000

    \b
    [[serve]]
    protocol = "upper"
    udp = true
    """,
    examples=("portside up", "portside up examples/portside.toml"),
    params=[
        click.Argument(["file"], type=FILE, default=FILE_NAME, metavar="[FILE]"),
        click.Option(
            ["--log-format"],
            type=click.Choice(logs.FORMATS),
            default="text",
            show_default=True,
            help="How the log on stderr is written; each server's access log has a 'log-format' of its own in FILE.",
        ),
        click.Option(["--quiet", "-q"], is_flag=True, help="Say nothing but the lines 'ready', warnings and errors."),
    ],
    callback=_up,
)
