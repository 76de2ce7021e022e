"""Commands whose help begins with an example, and options that have a name but no work yet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import click

from portside.errors import UsageError

WIDTH = 110
"""Columns of help at most: a wide terminal does not make long lines easier to read."""
CONTEXT_SETTINGS: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": WIDTH}


class Command(click.Command):
    """A verb: ``examples`` are the command lines that its help begins with."""

    def __init__(self, *arguments: Any, examples: Sequence[str] = (), **settings: Any) -> None:
        settings.setdefault("context_settings", CONTEXT_SETTINGS)
        super().__init__(*arguments, **settings)
        self.examples = tuple(examples)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, settled(args, self.params))

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_examples(self.examples, formatter)
        super().format_help(ctx, formatter)


def write_examples(examples: Sequence[str], formatter: click.HelpFormatter) -> None:
    """The first lines of a help: what one would type."""
    formatter.write("Example:\n" if len(examples) == 1 else "Examples:\n")
    formatter.write("".join(f"  {example}\n" for example in examples) + "\n")


class OptionalValue(click.Option):
    """An option that may stand alone: the word behind it is its value only where that is a number.

    click would take any word, and that is the folder in ``portside serve --window site``.
    """

    def __init__(self, declarations: Sequence[str], *, alone: int, **settings: Any) -> None:
        super().__init__(declarations, is_flag=False, flag_value=alone, **settings)
        self.alone = alone


def settled(arguments: Sequence[str], options: Iterable[click.Parameter]) -> list[str]:
    """``arguments``, with its value behind each ``OptionalValue`` that stands alone."""
    alone = {name: one.alone for one in options if isinstance(one, OptionalValue) for name in one.opts}
    said = list(arguments)
    for index, word in enumerate(said):
        if word == "--":
            break
        if word in alone and not any(_is_number(following) for following in said[index + 1 : index + 2]):
            said[index] = f"{word}={alone[word]}" if word.startswith("--") else f"{word}{alone[word]}"
    return said


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdecimal()


class LaterOption(click.Option):
    """An option of the contract that is not built yet: it is known, kept out of the help, and refused in one line."""

    def __init__(self, declarations: Sequence[str], **settings: Any) -> None:
        settings.update(hidden=True, is_eager=True, expose_value=False, default=None)
        super().__init__(declarations, callback=_refuse, **settings)


def _refuse(_ctx: click.Context, option: click.Parameter, value: object) -> None:
    if value not in (None, False, ()) or (value is False and option.secondary_opts):
        raise not_built(option.opts[0])


def not_built(what: str) -> UsageError:
    """The error for what the contract names and later work brings."""
    return UsageError(f"'{what}' is not built yet")
