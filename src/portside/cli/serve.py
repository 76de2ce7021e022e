"""``portside serve [PROTOCOL] [TARGET]``: finds the protocol, whose own command then reads everything else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from portside.cli.serving import DEFAULT, OFFERS, ServingCommand, offered
from portside.cli.usage import Command, not_built, settled
from portside.cli.verbs import LATER_PROTOCOLS


class Serve(Command):
    """Stands for one command per protocol: making a context for this one makes it for the one that is meant."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        protocol, rest = find_protocol(args)
        if protocol in LATER_PROTOCOLS:
            raise not_built(f"serve {protocol}")
        name = info_name if protocol is None else f"{info_name} {protocol}"
        return offered(protocol or DEFAULT).make_context(name, rest, parent, **extra)


def find_protocol(arguments: Sequence[str]) -> tuple[str | None, list[str]]:
    """The protocol that ``arguments`` name, or None, and the arguments without it.

    It is the first word that is neither an option nor an option's value, if a protocol has this name.
    """
    index = 0
    if arguments and arguments[0].startswith("-"):  # only now do the protocols have to be loaded
        commands = [offered(protocol) for protocol in OFFERS]
        arguments = settled(arguments, [option for command in commands for option in command.params])
        takes_value = options_with_values(commands)
        while index < len(arguments) and arguments[index].startswith("-") and arguments[index] != "--":
            index += 2 if arguments[index] in takes_value else 1
    if index < len(arguments) and (arguments[index] in OFFERS or arguments[index] in LATER_PROTOCOLS):
        return arguments[index], [*arguments[:index], *arguments[index + 1 :]]
    return None, list(arguments)


def options_with_values(commands: Sequence[ServingCommand]) -> set[str]:
    """The options of ``commands`` behind which a value stands; an option of one name is alike in all of them."""
    options = [option for command in commands for option in command.params if isinstance(option, click.Option)]
    return {name for option in options if not option.is_flag for name in option.opts}


command = Serve("serve", help="Serve a folder to browsers, or speak another protocol's server side.")
