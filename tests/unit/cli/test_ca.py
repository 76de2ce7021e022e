from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from portside.transport.authority import folder, stores
from portside.transport.authority.local import leaf
from portside.transport.authority.stores import Outcome

Call = Callable[..., Any]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(folder.HOME_VARIABLE, str(tmp_path / "portside"))
    return tmp_path / "portside"


def test_it_shows_the_authority_and_makes_it_once(command: Call, home: Path) -> None:
    first, second = command("ca"), command("ca")
    assert (first.code, first.stderr) == (0, "")
    assert first == second
    assert str(home / "ca" / "ca.pem") in first.stdout
    assert "SHA-256" in first.stdout
    assert "portside ca --install" in first.stdout


def test_it_shows_every_authority(command: Call) -> None:
    leaf(["box.example"])
    ended = command("ca")
    described = json.loads(command("ca", "--json").stdout)
    assert [each["names"] for each in described] == [[], ["box.example"]]
    assert all(each["certificate"] in ended.stdout and each["sha256"] in ended.stdout for each in described)


def test_installing_and_uninstalling_at_once_makes_no_sense(command: Call) -> None:
    ended = command("ca", "--install", "--uninstall")
    assert (ended.code, ended.stderr.count("\n")) == (2, 1)


@pytest.mark.parametrize("what", ["install", "uninstall"])
def test_what_became_of_each_store_is_said(what: str, command: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes = [Outcome("system", False, "needs root: sudo x"), Outcome("Firefox", True)]
    monkeypatch.setattr(stores, what, lambda known: outcomes)
    ended = command("ca", f"--{what}")
    assert (ended.code, ended.stdout) == (1, "Firefox: done\n")
    assert ended.stderr == "portside: system: needs root: sudo x\n"
    assert json.loads(command("ca", f"--{what}", "--json").stdout) == [
        {"store": "system", "done": False, "detail": "needs root: sudo x"},
        {"store": "Firefox", "done": True, "detail": ""},
    ]


def test_all_stores_done_is_success(command: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "install", lambda known: [Outcome("system", True)])
    assert command("ca", "--install").code == 0


def test_to_uninstall_makes_no_authority(command: Call, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "uninstall", lambda known: [Outcome("system", True, "was not there")])
    assert command("ca", "--uninstall").stdout == "system: was not there\n"
    assert not home.exists()


def test_a_broken_authority_is_one_line(command: Call, home: Path) -> None:
    command("ca")
    (home / "ca" / "ca.pem").write_text("no certificate")
    ended = command("ca")
    assert (ended.code, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)
