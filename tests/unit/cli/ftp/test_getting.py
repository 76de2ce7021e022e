"""``portside get ftp://...`` at our own server."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from portside.cli.ftp.getting import finish
from portside.cli.web.options import WebOptions
from portside.errors import RemoteError
from portside.protocols.ftp.client.mirror.tally import Tally

Command = Callable[..., Any]


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_file_goes_to_stdout(command: Command, site: Any) -> None:
    (site.root / "a b").write_bytes(b"hello\n")
    ended = command("get", site.url + "a%20b")
    assert (ended.code, ended.stdout, ended.stderr) == (0, "hello\n", "")


def test_a_file_that_is_not_there_is_exit_code_1(command: Command, site: Any) -> None:
    ended = command("get", site.url + "none")
    assert ended.code == 1 and "550" in ended.stderr and ended.stderr.count("\n") == 1


def test_a_wrong_password_is_exit_code_4(command: Command, site: Any) -> None:
    assert command("get", "-u", "u:wrong", site.url + "a").code == 4


def test_nobody_there_is_exit_code_3(command: Command) -> None:
    assert command("get", "ftp://127.0.0.1:1/a").code == 3


@pytest.mark.parametrize("option", [("-O",), ("-o", "."), ("-o", "a"), ("-O", "--segments", "3")])
def test_a_file_is_saved_whole(command: Command, site: Any, here: Path, option: tuple[str, ...]) -> None:
    (site.root / "a").write_bytes(b"x" * 5_000_000)
    ended = command("get", *option, "--json", site.url + "a")
    assert ended.code == 0 and (here / "a").stat().st_size == 5_000_000 and names(here) == {"a"}
    assert json.loads(ended.stdout)["bytes"] == 5_000_000


def test_a_pattern_saves_many(command: Command, site: Any, here: Path) -> None:
    for name in ("a.txt", "b.txt", "c.md"):
        (site.root / name).write_bytes(name.encode())
    assert command("get", "-O", site.url + "*.txt").code == 0
    assert names(here) == {"a.txt", "b.txt"}
    assert command("get", site.url + "*.txt").code == 2


def test_a_folder_is_listed(command: Command, site: Any) -> None:
    (site.root / "a").write_bytes(b"abc")
    assert command("get", site.url).stdout.endswith(" a\n")
    assert json.loads(command("get", "--json", site.url).stdout)["size"] == 3


def test_a_folder_is_mirrored(command: Command, site: Any, here: Path) -> None:
    (site.root / "docs/sub").mkdir(parents=True)
    (site.root / "docs/a").write_bytes(b"abc")
    (site.root / "docs/sub/b").write_bytes(b"b")
    assert command("get", "--recursive", site.url + "docs/").code == 0
    assert names(here) == {"docs/a", "docs/sub/b"}
    ended = command("get", "--recursive", "--json", site.url + "docs/")
    assert json.loads(ended.stdout)["same"] == 2
    (here / "docs/old").write_bytes(b"")
    command("get", "--recursive", "--delete", "-q", site.url + "docs/")
    assert names(here) == {"docs/a", "docs/sub/b"}


def test_a_hidden_name_is_not_saved_by_chance(command: Command, site: Any, here: Path) -> None:
    assert command("get", "-O", site.url + ".profile").code == 2


def test_a_mirror_with_failures_is_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    web = WebOptions((), None, 0, 0.0, None, False, False, False, False, False, None, None, None)
    with pytest.raises(RemoteError, match="1 of the files"):
        finish(Tally(failures=["a: no\x1b[2J"]), web, "ftp://h/", "fetched", 1.0)
    assert "\x1b" not in capfd.readouterr().err
