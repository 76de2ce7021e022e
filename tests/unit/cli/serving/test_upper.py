from __future__ import annotations

import pytest

from portside import catalog
from portside.cli.serving.upper import command, settings
from portside.errors import UsageError
from portside.interfaces import Address
from portside.protocols.upper.server import Settings


def _settings(*arguments: str) -> Settings:
    with command.make_context("upper", list(arguments)) as ctx:
        return settings(ctx.params)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], Settings(addresses=(Address("127.0.0.1", catalog.spec("upper").port),))),
        (["--udp", "--port", "7"], Settings(addresses=(Address("127.0.0.1", 7),), udp=True)),
        (["--port=0", "--host=::1", "--host", "localhost"], Settings((Address("::1", 0), Address("localhost", 0)))),
        (["--port=0", "--idle-time", "2.5"], Settings((Address("127.0.0.1", 0),), idle=2.5)),
        (["--port=0", "--per-address", "0"], Settings((Address("127.0.0.1", 0),), per_address=0)),
    ],
)
def test_options_become_settings(arguments: list[str], expected: Settings) -> None:
    assert _settings(*arguments) == expected


def test_tls_is_of_the_local_authority() -> None:
    assert _settings("--tls").tls is not None


@pytest.mark.parametrize(
    "arguments", [["--udp", "--tls"], ["--udp", "--cert", "x"], ["--udp", "--host", "unix:/run/x.sock"]]
)
def test_what_contradicts_itself_is_refused(arguments: list[str]) -> None:
    with pytest.raises(UsageError):
        _settings(*arguments)


@pytest.mark.parametrize(("arguments", "over"), [([], "TCP"), (["--udp"], "UDP"), (["--tls"], "TLS")])
def test_it_says_what_it_serves(arguments: list[str], over: str) -> None:
    with command.make_context("upper", arguments) as ctx:
        serving = command.prepare(ctx)
    assert (serving.scheme, serving.what) == ("upper", f"answering in upper case over {over}")
    assert "no login" in serving.exposed
