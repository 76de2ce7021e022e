"""Uploads in the making: hidden, locked, gone on with, and swept."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

import pytest

from portside.errors import RemoteError
from portside.files.refusals import Refusal, Why
from portside.files.root import TEMPORARY_PREFIX, Root
from portside.protocols.ftp.server import parts
from portside.protocols.ftp.server.parts import KEPT, Part


@pytest.fixture
def root(tmp_path: Path) -> Root:
    return Root(tmp_path, hidden=True)


def written(root: Root, data: bytes, *names: str, user: str = "u") -> Part:
    part = Part(root, user, names)
    part.start_at(0)
    part.write([data])
    return part


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_it_has_no_name_before_it_is_whole(root: Root, tmp_path: Path) -> None:
    part = written(root, b"whole", "a")
    assert not (tmp_path / "a").exists()
    assert all(name.startswith(TEMPORARY_PREFIX) for name in names_in(tmp_path))
    found = root.open([])
    assert root.entries(found, []) == []
    found.close()
    part.sync()
    part.place()
    assert names_in(tmp_path) == {"a"}
    assert (tmp_path / "a").read_bytes() == b"whole"


def test_what_was_cut_off_is_its_users_alone(root: Root) -> None:
    written(root, b"half", "a").leave()
    assert parts.size_of(root, "u", ["a"]) == 4
    assert parts.size_of(root, "v", ["a"]) is None
    assert parts.size_of(root, "u", ["b"]) is None


def test_it_is_gone_on_with_behind_what_is_there(root: Root, tmp_path: Path) -> None:
    written(root, b"half", "a").leave()
    part = Part(root, "u", ["a"])
    with pytest.raises(RemoteError) as caught:
        part.check(5)
    assert caught.value.status == 554
    part.check(2)
    part.start_at(2)
    part.write([b"...", memoryview(b"end")])
    part.place()
    assert (tmp_path / "a").read_bytes() == b"ha...end"


def test_from_nothing_it_begins_anew(root: Root) -> None:
    written(root, b"old", "a").leave()
    part = written(root, b"n", "a")
    assert part.size == 1
    part.close()


@pytest.mark.parametrize(("offset", "expected"), [(None, b"0123456789+"), (4, b"0123+"), (0, b"+")])
def test_behind_a_file_it_begins_with_a_copy(root: Root, tmp_path: Path, offset: int | None, expected: bytes) -> None:
    (tmp_path / "a").write_bytes(b"0123456789")
    (tmp_path / "a").chmod(0o640)
    part = Part(root, "u", ["a"])
    part.check(offset or 0)
    part.start_at(offset)
    part.write([b"+"])
    assert (tmp_path / "a").read_bytes() == b"0123456789"
    part.sync()
    part.place()
    assert (tmp_path / "a").read_bytes() == expected
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


def test_a_copy_is_made_also_where_the_kernel_cannot(
    root: Root, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(18, "another disk")

    monkeypatch.setattr(os, "copy_file_range", refuse)
    test_behind_a_file_it_begins_with_a_copy(root, tmp_path, None, b"0123456789+")


def test_what_nobody_could_go_on_with_is_not_kept(root: Root, tmp_path: Path) -> None:
    Part(root, "u", ["empty"]).leave()
    (tmp_path / "a").write_bytes(b"there")
    written(root, b"other", "a").leave()
    assert names_in(tmp_path) == {"a"}


def test_two_never_write_one(root: Root) -> None:
    part = written(root, b"x", "a")
    with pytest.raises(RemoteError) as caught:
        Part(root, "u", ["a"])
    assert caught.value.status == 450
    part.close()
    Part(root, "u", ["a"]).close()


@pytest.mark.parametrize(
    ("names", "why"),
    [
        ([], Why.IS_A_FOLDER),
        (["folder"], Why.IS_A_FOLDER),
        (["nowhere", "a"], Why.ABSENT),
        (["file", "a"], Why.NOT_A_FOLDER),
        ([TEMPORARY_PREFIX + "x"], Why.BAD_NAME),
        (["out", "a"], Why.ABSENT),
        (["a" * 300], Why.BAD_NAME),
    ],
)
def test_a_place_that_is_none_is_refused(root: Root, tmp_path: Path, names: list[str], why: Why) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "out").symlink_to("..")
    with pytest.raises(Refusal) as caught:
        Part(root, "u", names)
    assert caught.value.why is why


def test_a_link_is_replaced_and_not_written_through(root: Root, tmp_path: Path) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    outside.write_bytes(b"secret")
    (tmp_path / "a").symlink_to(outside)
    part = written(root, b"mine", "a")
    part.sync()
    part.place()
    assert outside.read_bytes() == b"secret"
    assert not (tmp_path / "a").is_symlink()
    (tmp_path / "b").symlink_to(outside)
    behind = Part(root, "u", ["b"])
    with pytest.raises(Refusal):
        behind.start_at(None)
    behind.close()


def test_only_what_is_old_and_let_go_is_swept(root: Root, tmp_path: Path) -> None:
    written(root, b"old", "old").leave()
    held = written(root, b"held", "held")
    long_ago = time.time() - KEPT - 60
    for path in tmp_path.iterdir():
        os.utime(path, (long_ago, long_ago))
    written(root, b"new", "new").leave()
    part = Part(root, "u", ["other"])
    part.sweep()
    part.drop()
    held.close()
    sizes = {name: parts.size_of(root, "u", [name]) for name in ("old", "held", "new")}
    assert sizes == {"old": None, "held": 4, "new": 3}


def test_a_folder_with_nothing_else_can_be_emptied(root: Root, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    written(root, b"half", "sub", "a").leave()
    parts.empty(root, ["sub"])
    assert names_in(tmp_path / "sub") == set()
    written(root, b"half", "sub", "a").leave()
    (tmp_path / "sub/file").touch()
    parts.empty(root, ["sub"])
    assert len(names_in(tmp_path / "sub")) == 2


def test_what_was_cut_off_can_be_removed(root: Root) -> None:
    written(root, b"half", "a").leave()
    assert parts.remove(root, "u", ["a"])
    assert not parts.remove(root, "u", ["a"])


def test_a_part_whose_writer_was_killed_is_free_again(root: Root, tmp_path: Path) -> None:
    written(root, b"half", "a").close()
    (name,) = names_in(tmp_path)
    fd = os.open(tmp_path / name, os.O_RDWR)
    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(fd)
    part = Part(root, "u", ["a"])
    assert part.size == 4
    part.close()


def test_what_got_its_name_between_two_calls_is_never_written_to(
    root: Root, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = written(root, b"whole", "a")
    lock = fcntl.flock

    def finished_meanwhile(fd: int, how: int) -> None:
        monkeypatch.setattr(fcntl, "flock", lock)
        first.place()
        lock(fd, how)

    monkeypatch.setattr(fcntl, "flock", finished_meanwhile)
    second = Part(root, "u", ["a"])
    assert second.has_old
    second.start_at(0)
    second.write([b"ha"])
    assert (tmp_path / "a").read_bytes() == b"whole"
    second.leave()
    assert names_in(tmp_path) == {"a"}
