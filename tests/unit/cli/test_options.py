from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click
import pytest

from portside.cli import options
from portside.errors import UsageError
from portside.transport.dial import ClientTls


def _values(*arguments: str) -> dict[str, object]:
    params = [
        *options.talk_options(),
        *options.trust_options(),
        *options.wait_options("30"),
        *options.later_options(),
    ]
    with click.Command("x", params=params).make_context("x", list(arguments)) as ctx:
        return ctx.params


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], ClientTls()),
        (["-k"], ClientTls(verify=False)),
        (["--insecure"], ClientTls(verify=False)),
        (["--cacert", "roots.pem"], ClientTls(cafile=Path("roots.pem"))),
        (["--ca", "local"], ClientTls(local_ca=True)),
    ],
)
def test_options_say_whom_to_trust(arguments: list[str], expected: ClientTls) -> None:
    assert options.client_tls(_values(*arguments)) == expected


def test_the_offered_protocols_are_handed_on() -> None:
    assert options.client_tls(_values(), ("http/1.1",)).alpn == ("http/1.1",)


def test_other_authorities_than_the_local_one_have_no_name() -> None:
    with pytest.raises(click.BadParameter):
        _values("--ca", "other")


def test_talk_and_wait_have_their_values() -> None:
    values = _values("-v", "-q", "--json", "--timeout", "2.5")
    assert (values["verbose"], values["quiet"], values["as_json"], values["timeout"]) == (True, True, True, 2.5)
    assert _values()["timeout"] is None


@dataclass(frozen=True, slots=True)
class Trust:
    insecure: bool = False
    cacert: Path | None = None
    ca: str | None = None


def test_options_that_were_gathered_say_whom_to_trust(tmp_path: Path) -> None:
    file = tmp_path / "roots.pem"
    file.write_text("x")
    assert options.trust_of(Trust()) == ClientTls()
    assert options.trust_of(Trust(True, file, "local"), ("http/1.1",)) == ClientTls(False, file, True, ("http/1.1",))


def test_an_authority_that_is_not_there_is_told_before_anything_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        options.trust_of(Trust(cacert=tmp_path / "roots.pem"))


@dataclass(frozen=True, slots=True)
class Talk:
    """What a command is told in one argument."""

    loud: bool
    insecure: bool


def test_options_are_gathered_in_one_argument_and_stand_in_their_order() -> None:
    found: list[tuple[Talk, dict[str, object]]] = []
    loud = click.option("--loud", is_flag=True)

    @click.command()
    @click.argument("what")
    @options.gathered("talk", Talk, [loud], options.trust_options())
    def command(talk: Talk, **others: object) -> None:
        """What it does."""
        found.append((talk, others))

    command.main(["it", "-k"], standalone_mode=False)
    assert found == [(Talk(loud=False, insecure=True), {"what": "it", "cacert": None, "ca": None})]
    assert [param.name for param in command.params] == ["what", "loud", "insecure", "cacert", "ca"]
    assert command.help == "What it does."
