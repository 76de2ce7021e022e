"""Files that are private and whole from their first byte."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from portside.errors import LocalError
from portside.transport.authority import folder


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_data_folder_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PORTSIDE_HOME", str(tmp_path))
    assert folder.ca_folder() == tmp_path / "ca"


@pytest.mark.parametrize("value", [None, ""])
def test_the_data_folder_is_the_platforms_unless_named(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    monkeypatch.delenv("PORTSIDE_HOME", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", "/somewhere")
    if value is not None:
        monkeypatch.setenv("PORTSIDE_HOME", value)
    assert folder.data_folder().name == "portside"
    assert folder.data_folder().is_absolute()


def test_a_new_folder_is_for_its_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        folder.make_private(tmp_path / "a" / "ca")
    finally:
        os.umask(before)
    assert mode(tmp_path / "a" / "ca") == 0o700


@pytest.mark.parametrize("bits", [0o770, 0o702, 0o777])
def test_a_folder_that_others_may_write_in_is_refused(tmp_path: Path, bits: int) -> None:
    tmp_path.chmod(bits)
    with pytest.raises(LocalError, match="others may write"):
        folder.make_private(tmp_path)


def test_a_folder_that_cannot_be_made_is_one_line_that_names_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LocalError, match="set PORTSIDE_HOME"):
        folder.make_private(tmp_path / "file" / "ca")


@pytest.mark.parametrize("write", [folder.publish, folder.replace])
def test_a_secret_is_never_readable_by_others_even_with_an_open_umask(
    tmp_path: Path, write: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    real = os.fsync

    def look(descriptor: int) -> None:
        seen.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", look)
    assert callable(write)
    before = os.umask(0)
    try:
        write(tmp_path / "secret", b"key")
    finally:
        os.umask(before)
    assert seen[0] == 0o600
    assert mode(tmp_path / "secret") == 0o600


def test_the_first_writer_wins(tmp_path: Path) -> None:
    assert folder.publish(tmp_path / "x", b"first") is True
    assert folder.publish(tmp_path / "x", b"second") is False
    assert (tmp_path / "x").read_bytes() == b"first"


def test_a_replaced_file_is_another_file_and_no_rewritten_one(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"old")
    with (tmp_path / "x").open("rb") as reader:
        folder.replace(tmp_path / "x", b"new")
        assert reader.read() == b"old"
    assert (tmp_path / "x").read_bytes() == b"new"


@pytest.mark.parametrize("write", [folder.publish, folder.replace])
def test_a_link_under_the_final_name_is_not_written_through(tmp_path: Path, write: object) -> None:
    (tmp_path / "victim").write_bytes(b"untouched")
    (tmp_path / "x").symlink_to(tmp_path / "victim")
    assert callable(write)
    write(tmp_path / "x", b"data")
    assert (tmp_path / "victim").read_bytes() == b"untouched"


@pytest.mark.parametrize("write", [folder.publish, folder.replace])
@pytest.mark.parametrize("call", ["fsync", "open"])
def test_a_write_that_fails_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: object, call: str
) -> None:
    def full(*args: object) -> int:
        raise OSError(28, "No space left on device")

    assert callable(write)
    with monkeypatch.context() as patch:
        patch.setattr(os, call, full)
        with pytest.raises(LocalError, match=r"cannot write .*x: No space left on device"):
            write(tmp_path / "x", b"data")
    assert list(tmp_path.iterdir()) == []


def test_reading_tells_missing_large_and_unreadable_apart(tmp_path: Path) -> None:
    assert folder.read(tmp_path / "none") is None
    (tmp_path / "large").write_bytes(bytes(folder.MAX_FILE + 1))
    with pytest.raises(LocalError, match="larger than any file"):
        folder.read(tmp_path / "large")
    with pytest.raises(LocalError, match="cannot read"):
        folder.read(tmp_path)


@pytest.mark.parametrize("bits", [0o640, 0o604, 0o620, 0o644])
def test_a_secret_that_others_may_read_is_refused(tmp_path: Path, bits: int) -> None:
    (tmp_path / "x").write_bytes(b"key")
    (tmp_path / "x").chmod(bits)
    with pytest.raises(LocalError, match="chmod 600"):
        folder.read_secret(tmp_path / "x")


def test_what_a_killed_process_left_is_swept_and_nothing_else(tmp_path: Path) -> None:
    for name in (".ca.key.0123.new", ".ca.key.4567.new", "ca.key", "ca.new"):
        (tmp_path / name).touch()
    for name in (".ca.key.0123.new", "ca.key", "ca.new"):
        os.utime(tmp_path / name, (0, 0))
    folder.sweep(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".ca.key.4567.new", "ca.key", "ca.new"]


def test_the_authorities_of_a_folder_are_listed_main_one_first_and_bounded(tmp_path: Path) -> None:
    assert folder.authority_files(tmp_path / "none") == []
    for name in ("ca-a.pem", "ca.pem", "ca.key", "leaf-localhost.pem"):
        (tmp_path / name).touch()
    assert [path.name for path in folder.authority_files(tmp_path)] == ["ca.pem", "ca-a.pem"]
    for number in range(2 * folder.MAX_AUTHORITIES):
        (tmp_path / f"ca-{number}.pem").touch()
    assert len(folder.authority_files(tmp_path)) == folder.MAX_AUTHORITIES
