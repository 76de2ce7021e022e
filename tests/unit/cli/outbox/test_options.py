"""What can be said to whoever runs the queue."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from portside.cli.outbox.options import RunOptions, run_options


def parsed(*arguments: str) -> RunOptions:
    seen: list[RunOptions] = []

    @click.command()
    @run_options
    def command(run: RunOptions) -> None:
        seen.append(run)

    command.main(list(arguments), standalone_mode=False)
    return seen[0]


def test_without_a_word_the_usual_holds() -> None:
    run = parsed()
    assert (run.once, run.retry, run.expire, run.delay_report) == (False, None, None, None)
    assert (run.connections, run.per_server, run.mx_port, run.starttls) == (20, 4, 25, None)


def test_times_are_read() -> None:
    run = parsed("--retry", "1m,5m,30m", "--expire", "1d", "--delay-report", "90s", "--once")
    assert (run.retry, run.expire, run.delay_report, run.once) == ((60, 300, 1800), 86400, 90, True)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--retry", "soon"], "'soon' is no time; write 30s, 5m, 4h or 5d"),
        (["--retry", "0"], "cannot be tried again without any pause"),
        (["--expire", "5w"], "'5w' is no time"),
        (["--connections", "0"], "0 is not in the range"),
        (["--log-format", "combined"], "'combined' is not one of"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: list[str], line: str) -> None:
    with pytest.raises(click.BadParameter, match=line):
        parsed(*arguments)


def test_the_help_knows_every_option() -> None:
    @click.command()
    @run_options
    def command(run: RunOptions) -> None:
        """Run."""

    said = CliRunner().invoke(command, ["--help"]).output
    assert all(f"--{name.replace('_', '-')}" in said for name in RunOptions.__slots__)
