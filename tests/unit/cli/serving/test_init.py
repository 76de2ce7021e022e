from __future__ import annotations

import click
import pytest

from portside.cli.serving import DEFAULT, OFFERS, Serving, ServingCommand, offered


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
    async def never() -> None:
        raise AssertionError("it was started")

    serving = Serving("x", "nothing", "", never)  # type: ignore[arg-type]
    command = ServingCommand("x", callback=lambda: serving)
    with command.make_context("x", []) as ctx:
        assert command.prepare(ctx) is serving
