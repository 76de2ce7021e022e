"""``portside completion``: what a shell has to read so that it can complete verbs, options and paths."""

from __future__ import annotations

import click
from click.shell_completion import ShellComplete, get_completion_class

from portside.cli.usage import Command

SHELLS = ("bash", "zsh", "fish")


def _print_script(shell: str) -> None:
    from portside.cli.program import COMPLETE, NAME, program

    kind = get_completion_class(shell)
    assert kind is not None, f"click completes no {shell}"
    # The plain method: bash's own one first runs a bash to ask for its version, and there may be none here.
    click.echo(ShellComplete.source(kind(program, {}, NAME, COMPLETE)))


command = Command(
    "completion",
    help="""Print the script that lets SHELL complete what you type.

    \b
    bash  eval "$(portside completion bash)"      in ~/.bashrc (bash 4.4 or newer)
    zsh   eval "$(portside completion zsh)"       in ~/.zshrc, behind compinit
    fish  portside completion fish | source       in ~/.config/fish/config.fish
    """,
    examples=('eval "$(portside completion bash)"',),
    params=[click.Argument(["shell"], type=click.Choice(SHELLS))],
    callback=_print_script,
)
