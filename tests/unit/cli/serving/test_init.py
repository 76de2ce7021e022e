from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click
import pytest

from portside.cli import recording
from portside.cli.recording import Record, Wanted
from portside.cli.serving import DEFAULT, OFFERS, Running, Serving, ServingCommand, offered
from portside.errors import UsageError
from portside.interfaces import Tap


@pytest.mark.parametrize("protocol", list(OFFERS))
def test_each_offer_is_a_command_of_its_name_with_the_options_of_every_server(protocol: str) -> None:
    command = offered(protocol)
    assert isinstance(command, ServingCommand)
    assert command.name == protocol
    names = {name for param in command.params for name in param.opts}
    assert names >= {"--host", "--port", "--tls", "--cert", "--key", "--log-format", "--quiet"}
    assert all(param.help or param.hidden for param in command.params if isinstance(param, click.Option))


def test_the_default_is_offered() -> None:
    assert DEFAULT in OFFERS


def test_to_prepare_is_not_to_run() -> None:
    async def never(tap: Tap | None) -> Running:
        raise AssertionError(f"it was started with {tap}")

    serving = Serving("x", "nothing", "", never)
    command = ServingCommand("x", params=recording.options(), callback=lambda: serving)
    for given, wanted in (([], None), (["--record", "a.pcapng"], Wanted(Record(Path("a.pcapng"))))):
        with command.make_context("x", given) as ctx:
            assert command.prepare(ctx) == replace(serving, protocol="x", watching=wanted)


@pytest.mark.parametrize(
    ("hosts", "refused"),
    [(["unix:a"], True), (["unix:a", "unix:b"], True), (["unix:a", "127.0.0.1"], False), ([], False)],
)
def test_packets_are_not_waited_for_at_unix_sockets_alone(hosts: list[str], refused: bool) -> None:
    given = ["--record", "live:a.pcapng", "--record-secrets", *(word for host in hosts for word in ("--host", host))]
    command = offered("upper")
    with command.make_context("upper", given) as ctx:
        if refused:
            with pytest.raises(UsageError, match="over Unix sockets is no packets; drop 'live:'"):
                command.prepare(ctx)
        else:
            assert command.prepare(ctx).watching is not None
    with command.make_context("upper", ["--record", "a.pcapng", "--host", "unix:a"]) as ctx:
        assert command.prepare(ctx).watching is not None
