from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from portside.accounts import passwords
from portside.accounts.scram import derive_keys
from portside.accounts.users import READ_ONLY, READ_WRITE
from portside.accounts.users_file import UsersFile
from portside.cli import passwd

Call = Callable[..., Any]


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwd, "hash_password", lambda password: passwords.hash_password(password, cost=4))
    monkeypatch.delenv("PORTSIDE_PASSWORD", raising=False)


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    def give(data: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))

    return give


@pytest.fixture
def types(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """``types("a", "b")``: somebody sits at the terminal and types that; gives the prompts."""

    def give(*answers: str) -> list[str]:
        prompts: list[str] = []
        left = list(answers)
        monkeypatch.setattr(passwd, "is_watched", lambda stream: True)
        monkeypatch.setattr(passwd.getpass, "getpass", lambda prompt, stream: (prompts.append(prompt), left.pop(0))[1])
        return prompts

    return give


def fits(path: Path, name: str, password: str) -> bool:
    return UsersFile(path)()[name].hashed.matches(password)


def test_a_user_is_made_and_gets_a_new_password(command: Call, tmp_path: Path, says: Callable[[bytes], None]) -> None:
    path = tmp_path / "users"
    says(b"first\n")
    ended = command("passwd", str(path), "anna")
    assert (ended.code, ended.stdout, ended.stderr) == (0, "", f"portside: anna is a user in {path} now\n")
    assert fits(path, "anna", "first") and UsersFile(path)()["anna"].user.rights == READ_WRITE
    says(b"second\r\nand more\n")
    ended = command("passwd", str(path), "anna", "--rights", "ro", "--root", "home")
    assert (ended.code, ended.stderr) == (0, f"portside: anna has a new password in {path}\n")
    user = UsersFile(path)()["anna"].user
    assert fits(path, "anna", "second")
    assert (user.rights, user.root) == (READ_ONLY, Path.cwd() / "home")


def test_the_password_comes_from_the_environment_first(
    command: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: Callable[[bytes], None]
) -> None:
    monkeypatch.setenv("PORTSIDE_PASSWORD", "pässword")
    says(b"other\n")
    assert command("passwd", str(tmp_path / "users"), "anna").code == 0
    assert fits(tmp_path / "users", "anna", "pässword")


def test_at_a_terminal_it_is_asked_for_twice(command: Call, tmp_path: Path, types: Callable[..., list[str]]) -> None:
    prompts = types("secret", "secret")
    assert command("passwd", str(tmp_path / "users"), "anna").code == 0
    assert prompts == ["new password of anna: ", "the same again: "]
    assert fits(tmp_path / "users", "anna", "secret")


def test_two_passwords_that_differ_change_nothing(
    command: Call, tmp_path: Path, types: Callable[..., list[str]]
) -> None:
    types("secret", "Secret")
    ended = command("passwd", str(tmp_path / "users"), "anna")
    assert (ended.code, ended.stderr) == (2, "portside: the two passwords differ; nothing was changed\n")
    assert not (tmp_path / "users").exists()


def test_a_user_is_taken_away(command: Call, tmp_path: Path, says: Callable[[bytes], None]) -> None:
    path = tmp_path / "users"
    says(b"secret\n")
    command("passwd", str(path), "anna")
    ended = command("passwd", str(path), "anna", "--delete")
    assert (ended.code, ended.stderr) == (0, f"portside: anna is no user in {path} any more\n")
    assert UsersFile(path)() == {}
    ended = command("passwd", str(path), "anna", "--delete")
    assert (ended.code, ended.stderr) == (2, f"portside: there is no user anna in {path}\n")


@pytest.mark.parametrize("arguments, said", [
    (("anna", "--delete", "--rights", "ro"), b"x\n"), (("anna", "--rights", "rx"), b"x\n"), (("an:na",), b"x\n"),
    (("anna",), b""), (("anna",), b"\n"), (("anna",), b"\xff\n"), (("anna",), b"a\tb\n"), (("anna",), b"x" * 2000),
])  # fmt: skip
def test_nonsense_is_refused_in_one_line(
    command: Call, tmp_path: Path, says: Callable[[bytes], None], arguments: tuple[str, ...], said: bytes
) -> None:
    says(said)
    ended = command("passwd", str(tmp_path / "users"), *arguments)
    assert (ended.code, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert not (tmp_path / "users").exists()


def test_what_scram_needs_is_kept_where_it_is_asked_for_and_goes_with_the_next_password(
    command: Call, tmp_path: Path, says: Callable[[bytes], None]
) -> None:
    path = tmp_path / "users"
    says(b"secret\n")
    assert command("passwd", str(path), "anna", "--scram").code == 0
    keys = UsersFile(path)()["anna"].keys
    assert keys is not None
    assert keys == derive_keys("secret", keys.salt)
    assert fits(path, "anna", "secret")
    says(b"other\n")
    assert command("passwd", str(path), "anna").code == 0
    assert UsersFile(path)()["anna"].keys is None
