"""The file of users: read when it changes, written in one step, and never trusted where others may write it."""

from __future__ import annotations

import logging
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from portside.accounts.passwords import hash_password
from portside.accounts.scram import derive_keys
from portside.accounts.users import READ_ONLY, READ_WRITE, User
from portside.accounts.users_file import LARGEST, UsersFile, parse_users, remove_user, store_user
from portside.errors import LocalError, UsageError

ONE, TWO = (hash_password(password, cost=4) for password in ("one", "two"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "users"


def users_of(path: Path) -> dict[str, User]:
    return {name: entry.user for name, entry in UsersFile(path)().items()}


def write(path: Path, text: str, mode: int = 0o600) -> None:
    path.write_text(text, "utf-8")
    path.chmod(mode)


def test_a_line_names_a_user_with_rights_and_a_root(path: Path) -> None:
    write(path, f"# who may\n\nanna:{ONE}:ro:/srv/a:b\nberta:{ONE}\ncarl:{TWO}:list,read:carl\ndora:{TWO}::x\n")
    assert users_of(path) == {
        "anna": User("anna", Path("/srv/a:b"), READ_ONLY),
        "berta": User("berta", None, READ_WRITE),
        "carl": User("carl", path.parent / "carl", READ_ONLY),
        "dora": User("dora", path.parent / "x", READ_WRITE),
    }


@pytest.mark.parametrize("line", [
    "anna", "anna:", "anna:secret", f":{ONE}", f"anna:{ONE}:rx", f"anna:{ONE}:ro:\0", f" anna:{ONE}",
    f"zoe:{ONE}\nzoe:{ONE}",
])  # fmt: skip
def test_a_line_that_is_none_is_named_without_its_hash(path: Path, line: str) -> None:
    write(path, f"first:{ONE}\n{line}\n")
    with pytest.raises(UsageError) as caught:
        UsersFile(path)
    assert f"{path}, line {2 + line.count(chr(10))}: " in str(caught.value)
    assert "secret" not in str(caught.value) and "$scrypt" not in str(caught.value)


def test_a_file_that_is_missing_endless_or_no_text_is_refused(path: Path) -> None:
    with pytest.raises(UsageError):
        UsersFile(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError):
        UsersFile(path)
    write(path, "#" * (LARGEST + 1))
    with pytest.raises(UsageError):
        UsersFile(path)


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_may_write_is_refused(path: Path, mode: int) -> None:
    write(path, f"anna:{ONE}\n", mode)
    with pytest.raises(UsageError, match="chmod 600"):
        UsersFile(path)


def test_a_file_that_others_may_read_is_warned_of(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(path, f"anna:{ONE}\n", 0o644)
    with caplog.at_level(logging.WARNING, "portside.accounts"):
        assert set(users_of(path)) == {"anna"}
    assert [record.levelname for record in caplog.records] == ["WARNING"] and "chmod 600" in caplog.text


def test_a_changed_file_is_read_anew(path: Path) -> None:
    write(path, f"anna:{ONE}\n")
    file = UsersFile(path)
    store_user(path, "berta", TWO, None, None)
    assert set(file()) == {"anna", "berta"}
    remove_user(path, "anna")
    assert set(file()) == {"berta"}
    before = file()
    assert file() is before  # and an unchanged one is not


def test_a_file_that_breaks_later_is_told_of_once_and_its_users_stay(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(path, f"anna:{ONE}\n")
    file = UsersFile(path)
    write(path, "nonsense\n")
    assert [set(file()) for _ in range(3)] == [{"anna"}] * 3
    path.unlink()
    assert [set(file()) for _ in range(3)] == [{"anna"}] * 3
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 2
    write(path, f"berta:{TWO}\n")
    assert set(file()) == {"berta"}


def test_a_user_is_stored_and_keeps_what_is_not_said_anew(path: Path) -> None:
    assert store_user(path, "anna", ONE, READ_ONLY, "/srv/anna")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not store_user(path, "anna", TWO, None, None)
    assert path.read_text() == f"anna:{TWO}:ro:/srv/anna\n"
    store_user(path, "anna", TWO, READ_WRITE, "")
    assert path.read_text() == f"anna:{TWO}:rw\n"


def test_other_lines_stay_as_they_are(path: Path) -> None:
    write(path, f"# ours\nanna:{ONE}\n\n#berta:{ONE}\n", 0o640)
    store_user(path, "berta", TWO, None, None)
    store_user(path, "anna", TWO, None, None)
    remove_user(path, "berta")
    assert path.read_text() == f"# ours\nanna:{TWO}\n\n#berta:{ONE}\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [entry.name for entry in path.parent.iterdir()] == ["users"]


def test_a_file_of_something_else_is_not_touched(path: Path) -> None:
    write(path, "my diary\n")
    for attempt in (lambda: store_user(path, "anna", ONE, None, None), lambda: remove_user(path, "anna")):
        with pytest.raises(UsageError):
            attempt()
    assert path.read_text() == "my diary\n" and [entry.name for entry in path.parent.iterdir()] == ["users"]


def test_through_a_link_the_file_itself_is_replaced(path: Path, tmp_path: Path) -> None:
    (tmp_path / "true").mkdir()
    path.symlink_to("true/users")
    store_user(path, "anna", ONE, None, None)
    assert path.is_symlink() and set(users_of(tmp_path / "true" / "users")) == {"anna"}


def test_writers_at_once_lose_nobody(path: Path) -> None:
    names = [f"user{number}" for number in range(24)]
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda name: store_user(path, name, ONE, None, None), names))
    assert set(users_of(path)) == set(names)


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="no such file"):
        store_user(tmp_path / "missing" / "users", "anna", ONE, None, None)
    with pytest.raises(UsageError):
        remove_user(tmp_path / "users", "anna")
    with pytest.raises(UsageError):
        store_user(tmp_path / "users", "anna", ONE, None, "/a\nroot:x")
    with pytest.raises(UsageError):
        store_user(tmp_path / "users", "a:b", ONE, None, None)


def test_text_of_users_is_seen_from_its_file() -> None:
    assert parse_users(f"anna:{ONE}::home", Path("/etc/portside/users"))["anna"].user.root == Path("/etc/portside/home")


def test_keys_for_scram_stand_behind_the_hash(path: Path) -> None:
    keys = derive_keys("one", b"0123456789abcdef", 4096)
    write(path, f"anna:{ONE};{keys}:ro\nbert:{TWO}\n")
    entries = UsersFile(path)()
    assert (entries["anna"].keys, entries["anna"].user.rights) == (keys, READ_ONLY)
    assert entries["bert"].keys is None
    write(path, f"anna:{ONE};damaged:ro\n")
    with pytest.raises(UsageError, match="line 1: these are no SCRAM keys"):
        UsersFile(path)
