from __future__ import annotations

import click
import pytest

from portside.cli.usage import Command, LaterOption, OptionalValue, not_built, settled
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
    assert not_built("call").exit_code == 2


WINDOW = Command(
    "x",
    params=[
        OptionalValue(["--window", "-w"], alone=4040, type=click.IntRange(0, 65535)),
        click.Argument(["words"], nargs=-1),
    ],
    callback=lambda **values: values,
)


@pytest.mark.parametrize(
    ("arguments", "value", "words"),
    [
        ([], None, ()),
        (["--window"], 4040, ()),
        (["--window", "0"], 0, ()),
        (["--window=7"], 7, ()),
        (["-w", "7"], 7, ()),
        (["-w"], 4040, ()),
        (["--window", "site"], 4040, ("site",)),
        (["site", "--window"], 4040, ("site",)),
        (["--window", "7", "site"], 7, ("site",)),
        (["--window", "7", "8"], 7, ("8",)),
        (["--window", "./7"], 4040, ("./7",)),
        (["--window", "\u0667"], 4040, ("\u0667",)),
        (["--window", "7up"], 4040, ("7up",)),
        (["--window", ""], 4040, ("",)),
        (["--window", "--", "7"], 4040, ("7",)),
        (["--", "--window"], None, ("--window",)),
        (["--window", "--window", "7"], 7, ()),
    ],
)
def test_a_number_behind_an_option_that_may_stand_alone_is_its_value(
    arguments: list[str], value: int | None, words: tuple[str, ...]
) -> None:
    with WINDOW.make_context("x", list(arguments)) as ctx:
        assert WINDOW.invoke(ctx) == {"window": value, "words": words}


@pytest.mark.parametrize("arguments", [["--window", "65536"], ["--window=x"], ["--window="]])
def test_a_value_that_is_none_is_refused(arguments: list[str]) -> None:
    with pytest.raises(click.BadParameter):
        WINDOW.make_context("x", arguments)


def test_arguments_stay_as_they_were_given() -> None:
    given = ["--window", "site"]
    assert settled(given, WINDOW.params) == ["--window=4040", "site"]
    assert given == ["--window", "site"]
    assert settled(given, []) == given
