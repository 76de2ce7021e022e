"""The options of ``portside serve ftp``, and what they ask for."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import click
import pytest

from portside.accounts.users import READ_ONLY, READ_WRITE, User
from portside.cli.kinds import PASSWORD
from portside.cli.serving import Serving
from portside.cli.serving.ftp import command, settings
from portside.errors import UsageError
from portside.interfaces import Address
from portside.protocols.ftp.rules.policy import Tls
from portside.protocols.ftp.server.settings import Anonymous, Settings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "site").mkdir()
    return tmp_path / "site"


def context_of(*arguments: str | Path) -> click.Context:
    return command.make_context("ftp", [str(argument) for argument in arguments])


def settings_of(*arguments: str | Path) -> Settings:
    return settings(context_of(*arguments).params)


def serving_of(*arguments: str | Path) -> Serving:
    return command.prepare(context_of(*arguments))


def test_a_server_without_options_is_a_safe_one(folder: Path) -> None:
    wanted = settings_of(folder)
    assert wanted.addresses == (Address("127.0.0.1", 2121),)
    assert (wanted.root, wanted.anonymous, wanted.policy.tls) == (folder, Anonymous.READ, Tls.OFF)
    assert wanted.accounts is None
    assert wanted.context is None


@pytest.mark.parametrize(
    ("options", "tls"),
    [([], Tls.OFF), (["--tls"], Tls.REQUIRED), (["--cert", "c.pem"], Tls.OFFERED), (["--implicit"], Tls.IMPLICIT),
     (["--tls", "--cert", "c.pem"], Tls.REQUIRED), (["--implicit", "--tls"], Tls.IMPLICIT)],
)  # fmt: skip
def test_how_tls_is_asked_for(folder: Path, options: list[str], tls: Tls) -> None:
    wanted = settings_of(folder, *options)
    assert wanted.policy.tls is tls
    assert (wanted.context is None) is (tls is Tls.OFF)


def test_other_options_reach_the_server(folder: Path) -> None:
    wanted = settings_of(
        folder, "--anonymous", "rw", "--passive-ports", "50000-50010", "--passive-address", "192.0.2.1", "--no-active",
        "--banner", "Hello there.", "--max-upload", "10M", "--idle-time", "20", "--per-address", "3", "--hidden",
        "--mode-z",
    )  # fmt: skip
    policy = wanted.policy
    assert (policy.passive_ports, policy.passive_address) == (range(50000, 50011), "192.0.2.1")
    assert (policy.active, policy.banner, policy.packing) == (False, "Hello there.", True)
    assert (wanted.anonymous, wanted.largest_upload) == (Anonymous.WRITE, 10 * 1024**2)
    assert (wanted.limits.idle, wanted.per_address, wanted.hidden) == (20.0, 3, True)


@pytest.mark.parametrize(
    ("text", "password", "rights"),
    [("anna:secret", "secret", READ_ONLY), ("anna:secret:rw", "secret", READ_WRITE),
     ("anna:se:cr:et", "se:cr:et", READ_ONLY), ("anna:se:cret:ro", "se:cret", READ_ONLY),
     ("anna:rw:rw", "rw", READ_WRITE)],
)  # fmt: skip
def test_a_user_has_a_password_and_rights(folder: Path, text: str, password: str, rights: frozenset[str]) -> None:
    accounts = settings_of(folder, "--user", text).accounts
    assert accounts is not None
    assert asyncio.run(accounts.check("anna", password)) == User("anna", None, rights)
    assert asyncio.run(accounts.check("anna", password + "x")) is None


def test_a_password_may_come_from_the_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSWORD, "from there")
    for text in ("anna", "anna:"):
        accounts = settings_of(folder, "--user", text).accounts
        assert accounts is not None
        assert asyncio.run(accounts.check("anna", "from there")) is not None


@pytest.mark.parametrize(
    "options",
    [
        ["--user", "anna"],
        ["--user", ":x"],
        ["--user", "a:b", "--user", "a:c"],
        ["--user", "a:\x07"],
        ["--passive-ports", "5"],
        ["--passive-ports", "10-5"],
        ["--passive-ports", "0-5"],
        ["--passive-ports", "1-70000"],
        ["--passive-address", "localhost"],
        ["--passive-address", "::1"],
        ["--banner", ""],
        ["--banner", "two\nlines"],
        ["--anonymous", "off"],
        ["--require-session-reuse"],
        ["--host", "unix:x"],
        ["--users", "nowhere"],
        ["--anonymous", "maybe"],
    ],
)
def test_what_makes_no_sense_is_refused(folder: Path, options: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PASSWORD, raising=False)
    with pytest.raises((UsageError, click.UsageError)):
        settings_of(folder, *options)


@pytest.mark.parametrize(
    ("options", "scheme", "exposed"),
    [
        ([], "ftp", "read"),
        (["--anonymous", "rw"], "ftp", "read and write"),
        (["--anonymous", "off", "--user", "a:b"], "ftp", ""),
        (["--implicit"], "ftps", "read"),
    ],
)
def test_what_runs_is_told(folder: Path, options: list[str], scheme: str, exposed: str) -> None:
    serving = serving_of(folder, *options)
    assert (serving.scheme, serving.folders, serving.protocol) == (scheme, (folder,), "ftp")
    assert serving.what == f"serving {folder}"
    assert bool(serving.exposed) is bool(exposed)
    assert f"may {exposed} {folder}" in serving.exposed or not exposed


def test_it_starts_and_stops(folder: Path) -> None:
    async def run() -> Any:
        server = await serving_of(folder, "--port", "0").start(None)
        addresses = server.addresses
        await server.stop()
        return addresses

    (address,) = asyncio.run(run())
    assert address.port > 0


def test_a_folder_that_is_none_is_told_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        asyncio.run(serving_of(tmp_path / "nowhere").start(None))  # type: ignore[arg-type]
