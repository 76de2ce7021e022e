from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import click
import pytest

from portside import catalog
from portside.cli.serving.http import OWN_FIELDS, command, settings
from portside.errors import UsageError
from portside.interfaces import Address
from portside.protocols.http.rules.limits import ServerLimits
from portside.protocols.http.server import FolderSettings, Settings
from portside.protocols.http.syntax.heads import HeadLimits


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "site").mkdir()
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path)
    return Path("site")


def _settings(*arguments: str) -> Settings:
    with command.make_context("http", list(arguments)) as ctx:
        return settings(ctx.params)


def test_without_options_it_is_what_the_server_is_by_itself(site: Path) -> None:
    default = Settings(FolderSettings(site), (Address("127.0.0.1", catalog.spec("http").port),))
    assert _settings("site") == default
    assert _settings() == dataclasses.replace(default, site=FolderSettings(Path()))


@pytest.mark.parametrize(
    ("arguments", "changes"),
    [
        (["--upload"], {"upload": True}),
        (["--hidden"], {"hidden": True}),
        (["--no-listing"], {"listing": False}),
        (["--no-compress"], {"compress": False}),
        (["--index", "a.html", "--index", "b.html"], {"index": ("a.html", "b.html")}),
        (["--cache-control", "max-age=60"], {"cache_control": "max-age=60"}),
        (["--cache-control", ""], {"cache_control": ""}),
        (["--header", "X-A: b c", "--header", "X-D:e"], {"headers": (("X-A", "b c"), ("X-D", "e"))}),
    ],
)
def test_how_folders_are_served(site: Path, arguments: list[str], changes: dict[str, Any]) -> None:
    wanted = _settings("site", "--site", "a.test=other", *arguments)
    assert wanted.site == dataclasses.replace(FolderSettings(site), **changes)
    assert wanted.sites == {"a.test": dataclasses.replace(wanted.site, root=Path("other"))}


@pytest.mark.parametrize(
    ("arguments", "changes"),
    [
        (["--max-body", "10M"], {"body": 10 * 1024**2}),
        (["--first-byte-time", "1"], {"first_byte": 1.0}),
        (["--head-time", "2.5"], {"head_time": 2.5}),
        (["--body-time", "3"], {"body_grace": 3.0}),
        (["--idle-time", "0"], {"idle": 0.0}),
        (
            ["--max-head", "8K", "--max-fields", "9", "--max-url", "1K"],
            {"heads": HeadLimits(head=8192, fields=9, target=1024)},
        ),
    ],
)
def test_every_limit_has_an_option(site: Path, arguments: list[str], changes: dict[str, Any]) -> None:
    assert _settings("site", *arguments).limits == dataclasses.replace(ServerLimits(), **changes)


def test_who_may_come_and_by_which_name(site: Path) -> None:
    wanted = _settings(
        "site", "--auth", "ann:secret", "--name", "BOX.test", "--name", "xn--mll-hoa.test", "--per-address", "3"
    )
    assert wanted.auth == ("ann", "secret")
    assert wanted.hosts == ("box.test", "xn--mll-hoa.test")
    assert wanted.per_address == 3
    assert _settings("site", "--host", "box.example", "--name", "b.test").hosts == ("b.test", "box.example")


@pytest.mark.parametrize(
    ("arguments", "access_log", "log_file"),
    [
        ([], "text", None),
        (["--log-format", "json"], "json", None),
        (["--log-format", "combined", "--access-log", "a.log"], "combined", Path("a.log")),
        (["--no-access-log"], None, None),
        (["--quiet"], None, None),
        (["--quiet", "--access-log", "a.log"], "text", Path("a.log")),
    ],
)
def test_where_requests_are_logged(
    site: Path, arguments: list[str], access_log: str | None, log_file: Path | None
) -> None:
    wanted = _settings("site", *arguments)
    assert (wanted.access_log, wanted.log_file) == (access_log, log_file)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--access-log", "a.log", "--no-access-log"],
        ["--header", "no colon"],
        ["--header", "A : b"],
        ["--header", "A: b\r\nC: d"],
        ["--header", "A:"],
        ["--header", "A: \u00e4"],
        *(["--header", f"{name.title()}: x"] for name in sorted(OWN_FIELDS)),
        ["--cache-control", "a\nb"],
        ["--index", "a/b"],
        ["--index", ".."],
        ["--site", "a.test"],
        ["--site", "=other"],
        ["--site", "a.test="],
        ["--site", "a.test=none"],
        ["--site", "a b=other"],
        ["--site", "a.test=other", "--site", "A.test=site"],
        ["--name", "a/b"],
        ["--name", "a:80"],
        ["--auth", "ann"],
        ["--max-fields", "0"],
        ["--max-body", "-1"],
        ["--idle-time", "nan"],
        ["--per-address", "-1"],
    ],
)
def test_what_makes_no_sense_is_refused(site: Path, arguments: list[str]) -> None:
    with pytest.raises((UsageError, click.UsageError)):
        _settings("site", *arguments)


@pytest.mark.parametrize("target", ["", "a\0b", "none", "./none", "a.py:x", "file"])
def test_what_is_no_folder_is_refused(site: Path, target: str) -> None:
    Path("file").touch()
    with pytest.raises((UsageError, click.UsageError)):
        _settings(target)


def test_a_folder_may_be_named_like_an_application(site: Path) -> None:
    Path("a:b").mkdir()
    assert _settings("a:b").site.root == Path("a:b")


@pytest.mark.parametrize(
    ("arguments", "exposed"),
    [([], "may read "), (["--upload"], "may read and write "), (["--auth", "ann:secret"], None)],
)
def test_a_server_without_a_login_says_what_others_may_do(
    site: Path, arguments: list[str], exposed: str | None
) -> None:
    with command.make_context("http", ["site", *arguments]) as ctx:
        serving = command.prepare(ctx)
    assert serving.scheme == "http"
    assert serving.what == f"serving {site.resolve()}"
    assert serving.exposed == "" if exposed is None else exposed in serving.exposed


def test_tls_changes_the_scheme(site: Path) -> None:
    with command.make_context("http", ["site", "--tls"]) as ctx:
        assert command.prepare(ctx).scheme == "https"
