"""Logins in a user's netrc file: found by the host, and only where nobody else can read them."""

from __future__ import annotations

from pathlib import Path

import pytest

from portside.accounts.netrc_file import account_in, netrc_file
from portside.errors import UsageError


def netrc(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / ".netrc"
    path.write_text(text)
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    ("text", "account"),
    [
        ("machine a login me password pw", ("me", "pw")),
        ('machine a\n  login "my name"\n  password "p \\"w"', ("my name", 'p "w')),
        ("machine b login x password y\nmachine a login me password pw", ("me", "pw")),
        ("machine b login x password y\ndefault login d password e", ("d", "e")),
        ("machine b login x password y", None),
        ("machine a", None),
        ("", None),
        ("# machine a login me password pw", None),
    ],
)
def test_netrc_says_who_we_are(text: str, account: tuple[str, str] | None, tmp_path: Path) -> None:
    assert account_in(netrc(tmp_path, text), "a") == account


def test_no_file_says_nothing(tmp_path: Path) -> None:
    assert account_in(tmp_path / "none", "a") is None


@pytest.mark.parametrize("text", ["machine", "nonsense here"])
def test_a_file_that_cannot_be_read_is_told(text: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="netrc"):
        account_in(netrc(tmp_path, text), "a")


def test_a_password_that_others_may_read_is_not_used(tmp_path: Path) -> None:
    path = netrc(tmp_path, "machine a login me password pw", 0o644)
    with pytest.raises(UsageError, match="chmod 600"):
        account_in(path, "a")
    assert account_in(path, "b") is None


def test_a_user_who_is_not_the_one_of_the_file_is_not_answered_for(tmp_path: Path) -> None:
    path = netrc(tmp_path, "machine a login me password pw")
    assert account_in(path, "a", "me") == ("me", "pw")
    assert account_in(path, "a", "you") is None


def test_the_environment_may_name_another_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert netrc_file({}) == netrc_file({"NETRC": ""}) == tmp_path / ".netrc"
    assert netrc_file({"NETRC": "/n"}) == Path("/n")
