"""A record is never in a folder that the same command serves."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from portside.cli.recording import Record, Wanted
from portside.cli.serving import Running, Serving
from portside.cli.serving.privacy import keep_private
from portside.errors import UsageError
from portside.interfaces import Tap

Call = Callable[..., Any]


async def never(tap: Tap | None) -> Running:
    raise AssertionError(f"it was started with {tap}")


def serving(*folders: Path, record: Path | None = None, window: int | None = None) -> Serving:
    watching = Wanted(None if record is None else Record(record), window)
    return Serving("x", "nothing", "", never, folders=folders, watching=watching)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the user is: folders ``site``, ``site/deep`` and ``other``, and links to them."""
    (tmp_path / "site" / "deep").mkdir(parents=True)
    (tmp_path / "other").mkdir()
    (tmp_path / "link").symlink_to("site")
    (tmp_path / "other" / "in").symlink_to("../site/deep")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("served", "record", "instead"),
    [
        (".", "t.pcapng", "../t.pcapng"),
        ("site", "site/t.pcapng", "t.pcapng"),
        ("site", "site/deep/t.pcapng", "t.pcapng"),
        ("site", "link/t.pcapng", "t.pcapng"),
        ("link", "site/t.pcapng", "t.pcapng"),
        ("site", "other/in/t.pcapng", "t.pcapng"),
        ("site", "other/../site/t.pcapng", "t.pcapng"),
    ],
)
def test_a_record_in_a_folder_that_is_served_is_refused(served: str, record: str, instead: str, home: Path) -> None:
    with pytest.raises(UsageError) as caught:
        keep_private([serving(Path(served), record=Path(record))])
    assert str(caught.value) == (
        f"'{record}' lies in a folder that is served, for all to read; record elsewhere: --record {instead}"
    )
    keep_private([serving(Path(served), record=Path(instead))])


def test_an_absolute_path_is_answered_by_one(home: Path) -> None:
    with pytest.raises(UsageError, match=f"--record {home}/t.pcapng$"):
        keep_private([serving(Path("site"), record=home / "site" / "t.pcapng")])


@pytest.mark.parametrize("record", ["t.pcapng", "other/t.pcapng", "site.pcapng", "site/../t.pcapng", "none/t.pcapng"])
def test_a_record_elsewhere_is_taken(record: str, home: Path) -> None:
    keep_private([serving(Path("site"), record=Path(record)), serving(record=Path("site2.pcapng"))])


def test_the_folders_of_all_servers_count(home: Path) -> None:
    with pytest.raises(UsageError, match=r"--record t\.pcapng$"):
        keep_private([serving(Path("other"), Path("site")), serving(record=Path("site/t.pcapng"))])
    with pytest.raises(UsageError, match=r"record elsewhere: --record \.\./t\.pcapng$"):
        keep_private([serving(Path("site"), Path()), serving(record=Path("site/t.pcapng"))])


def test_where_everything_is_served_nothing_is_proposed(home: Path) -> None:
    with pytest.raises(UsageError, match=r"record elsewhere$"):
        keep_private([serving(Path("/"), record=Path("t.pcapng"))])


def test_a_windows_private_files_are_not_served_either(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(home / "link"))
    keep_private([serving(home / "other", window=0)])
    with pytest.raises(UsageError, match="set TMPDIR to another folder"):
        keep_private([serving(home / "site", window=0)])


@pytest.mark.parametrize(
    "given",
    [
        ["serve", "--record", "t.pcapng"],
        ["serve", "site", "--record", "site/deep/t.pcapng"],
        ["serve", "other", "--site", "a.test=site", "--record", "link/t.pcapng"],
        ["serve", "site", "--record", "live:site/t.pcapng", "--record-secrets"],
        ["up", "two.toml"],
    ],
)
def test_the_command_ends_before_it_has_begun(given: list[str], home: Path, command: Call) -> None:
    Path("two.toml").write_text(
        '[[serve]]\ntarget = "site"\nport = 0\n[[serve]]\nprotocol = "upper"\nport = 0\nrecord = "site/t.pcapng"\n'
    )
    ended = command(*given, *([] if given[0] == "up" else ["--port", "0"]))
    assert (ended.code, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert "in a folder that is served" in ended.stderr and "--record " in ended.stderr
    assert list(home.rglob("*.pcapng")) == []
