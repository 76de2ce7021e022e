"""``portside put ... ftp://...`` at our own server."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]


def test_a_file_is_stored_under_the_name_said_or_its_own(command: Command, site: Any, here: Path) -> None:
    (here / "a #b").write_bytes(b"abc")
    (site.root / "sub").mkdir()
    assert command("put", "a #b", site.url + "c").code == 0
    ended = command("put", "--json", "a #b", site.url + "sub/")
    assert ended.code == 0 and json.loads(ended.stdout)["bytes"] == 3
    assert (site.root / "c").read_bytes() == (site.root / "sub/a #b").read_bytes() == b"abc"


def test_stdin_is_stored(command: Command, site: Any, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "in").write_bytes(b"piped")
    with (here / "in").open("rb") as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        assert command("put", "-", site.url + "c").code == 0
    assert (site.root / "c").read_bytes() == b"piped"


def test_a_folder_is_mirrored(command: Command, site: Any, here: Path) -> None:
    (here / "docs/sub").mkdir(parents=True)
    (here / "docs/sub/a").write_bytes(b"abc")
    assert command("put", "--recursive", "docs", site.url + "x/y/").code == 0
    assert (site.root / "x/y/sub/a").read_bytes() == b"abc"


def test_what_is_there_whole_is_not_sent_again(command: Command, site: Any, here: Path) -> None:
    (here / "a").write_bytes(b"abc")
    (site.root / "a").write_bytes(b"abc")
    assert command("put", "--resume", "a", site.url + "a").code == 0


def test_a_refusal_is_exit_code_1(command: Command, site: Any, here: Path) -> None:
    (here / "a").write_bytes(b"abc")
    assert command("put", "a", site.url + "none/a").code == 1
