from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from portside import catalog
from portside.apps.shell import VARIABLES, Shell
from portside.apps.world import WorldApp
from portside.cli.kinds import BASE
from portside.cli.serving import Serving, telnet
from portside.cli.serving.telnet import application, command, settings
from portside.errors import UsageError
from portside.interfaces import Address
from portside.protocols.telnet.server import Settings, Typing

APP = """
async def app(visitor): ...
class Place:
    async def __call__(self, visitor): ...
place = Place()
def plain(visitor): ...
number = 3
"""


@pytest.fixture(autouse=True)
def nobody_special(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who runs the tests is not root."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "telnet_trial.py").write_text(APP)
    return tmp_path


def _values(*arguments: str) -> dict[str, Any]:
    with command.make_context("telnet", list(arguments)) as ctx:
        return dict(ctx.params)


def _application(folder: Path, *arguments: str) -> object:
    values = _values(*arguments)
    return application(values, values["target"], folder)


def _serving(*arguments: str, folder: Path | None = None) -> Serving:
    with command.make_context("telnet", list(arguments)) as ctx:
        ctx.meta[BASE] = folder
        return command.prepare(ctx)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], Settings(addresses=(Address("127.0.0.1", catalog.spec("telnet").port),))),
        (["--port=0", "--idle-time", "2.5"], Settings((Address("127.0.0.1", 0),), idle=2.5)),
        (["--port=0", "--idle-time", "0"], Settings((Address("127.0.0.1", 0),), idle=None)),
        (["--port=0", "--per-address", "3"], Settings((Address("127.0.0.1", 0),), per_address=3)),
        (["--port=0", "--typing", "keys"], Settings((Address("127.0.0.1", 0),), typing=Typing.KEYS)),
    ],
)
def test_options_become_settings(arguments: list[str], expected: Settings) -> None:
    assert settings(_values(*arguments)) == expected


def test_tls_is_of_the_local_authority() -> None:
    assert settings(_values("--tls")).tls is not None


def test_without_a_target_it_is_the_world(folder: Path) -> None:
    async def work() -> None:
        world = _application(folder, "--save", ":memory:")
        assert isinstance(world, WorldApp)
        await world.close()

    asyncio.run(work())


@pytest.mark.parametrize("target", ["telnet_trial:app", "telnet_trial:place"])
def test_a_target_is_a_coroutine_function_or_what_is_called_like_one(folder: Path, target: str) -> None:
    assert callable(_application(folder, target))


@pytest.mark.parametrize("target", ["telnet_trial:plain", "telnet_trial:number", "telnet_trial:Place"])
def test_what_is_no_application_is_said_to_be(folder: Path, target: str) -> None:
    with pytest.raises(UsageError, match="has to be a coroutine function"):
        _application(folder, target)


def test_a_shell_is_for_users_that_are_given(folder: Path) -> None:
    assert isinstance(_application(folder, "--shell", "--user", "ann:sesame"), Shell)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--shell"], "a shell needs a login"),
        (["--shell", "telnet_trial:app"], "not both"),
        (["--user", "ann:sesame"], "'--user' is for '--shell'"),
        (["--allow-root"], "'--allow-root' is for '--shell'"),
        (["telnet_trial:app", "--save", "x"], "'--save' is for the demonstration world"),
        (["--shell", "--user", "ann:x", "--world", "x.toml"], "'--world' is for the demonstration world"),
        (["--shell", "--user", "ann:x", "--user", "ann:y"], "given twice"),
        (["--shell", "--users", "missing"], "missing"),
    ],
)
def test_what_makes_no_sense_together_is_refused(folder: Path, arguments: list[str], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        _application(folder, *arguments)


def test_root_gives_no_shells_unless_it_is_told_to(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(UsageError, match="--allow-root"):
        _application(folder, "--shell", "--user", "ann:sesame")
    assert isinstance(_application(folder, "--shell", "--user", "ann:sesame", "--allow-root"), Shell)


def test_a_server_says_what_it_is_and_who_may_come(folder: Path) -> None:
    hosted = _serving("telnet_trial:app", folder=folder)
    assert (hosted.scheme, hosted.what) == ("telnet", "hosting telnet_trial:app")
    assert "nobody is asked for a login" in hosted.exposed
    shell = _serving("--shell", "--user", "ann:sesame")
    assert (shell.what, shell.exposed) == ("a login shell", "")


@pytest.mark.parametrize(("arguments", "warned"), [([], True), (["--tls"], False)])
def test_a_shell_in_the_clear_is_warned_of(
    arguments: list[str], warned: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Settings] = []

    async def serve(wanted: Settings, _hosted: object) -> None:
        asked.append(wanted)

    monkeypatch.setattr(telnet, "serve", serve)
    asyncio.run(_start(_serving("--shell", "--user", "ann:sesame", *arguments)))
    assert ("Telnet is cleartext" in capsys.readouterr().err) is warned
    assert asked[0].environment == VARIABLES
    assert not asked[0].world


async def _start(serving: Serving) -> None:
    await serving.start(None)
