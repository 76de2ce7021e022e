from __future__ import annotations

import click
import pytest

from portside.cli.usage import Command, LaterOption, not_built
from portside.errors import UsageError


def test_help_begins_with_the_example() -> None:
    command = Command("x", help="What it does.", examples=("portside x y",))
    with click.Context(command, info_name="x") as ctx:
        assert command.get_help(ctx).startswith("Example:\n  portside x y\n\nUsage: x")


def test_several_examples_are_called_so() -> None:
    command = Command("x", examples=("a", "b"))
    with click.Context(command, info_name="x") as ctx:
        assert command.get_help(ctx).startswith("Examples:\n  a\n  b\n\n")


LATER = Command(
    "x",
    params=[
        LaterOption(["--flag"], is_flag=True),
        LaterOption(["--value"], metavar="V"),
        LaterOption(["--maybe"], is_flag=False, flag_value="4"),
        LaterOption(["--many"], multiple=True),
        LaterOption(["--on/--off"]),
    ],
    callback=lambda: "ran",
)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--flag"], "--flag"),
        (["--value", "1"], "--value"),
        (["--maybe"], "--maybe"),
        (["--maybe", "5"], "--maybe"),
        (["--many", "a", "--many", "b"], "--many"),
        (["--on"], "--on"),
        (["--off"], "--on"),
    ],
)
def test_an_option_of_later_is_refused_by_name(arguments: list[str], named: str) -> None:
    with pytest.raises(UsageError, match=f"^'{named}' is not built yet$"):
        LATER.make_context("x", arguments)


def test_an_option_of_later_that_is_not_used_is_not_there() -> None:
    with LATER.make_context("x", []) as ctx:
        assert LATER.invoke(ctx) == "ran"
        assert ctx.params == {}
        assert "--flag" not in LATER.get_help(ctx)


def test_not_built_is_wrong_usage() -> None:
    assert not_built("send").exit_code == 2
