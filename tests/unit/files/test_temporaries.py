"""Files in the making appear whole or not at all, and what dead writers left is told from what is being written."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portside.errors import LocalError
from portside.files import temporaries
from portside.files.root import TEMPORARY_PREFIX
from portside.files.temporaries import Temporary, sweep

LEFT = f"{TEMPORARY_PREFIX}{'0' * 24}.part"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[int]:
    fd = os.open(tmp_path, os.O_RDONLY)
    yield fd
    os.close(fd)


@pytest.fixture(autouse=True)
def no_descriptor_lost(folder: int) -> Iterator[None]:
    before = set(Path("/proc/self/fd").iterdir())
    yield
    assert set(Path("/proc/self/fd").iterdir()) == before


def names(path: Path) -> set[str]:
    return {entry.name for entry in path.iterdir()}


def test_until_it_has_a_name_nothing_but_a_temporary_is_there(folder: int, tmp_path: Path) -> None:
    temporary = Temporary(folder)
    temporary.write(b"all of it")
    (name,) = names(tmp_path)
    assert name.startswith(TEMPORARY_PREFIX) and name.endswith(".part")
    temporary.sync()
    status = temporary.replace("a")
    temporary.settle()
    temporary.close()
    assert names(tmp_path) == {"a"} and (tmp_path / "a").read_bytes() == b"all of it"
    assert status.st_ino == (tmp_path / "a").stat().st_ino and status.st_size == 9


@pytest.mark.parametrize("close_twice", [False, True])
def test_without_a_name_nothing_stays(folder: int, tmp_path: Path, close_twice: bool) -> None:
    temporary = Temporary(folder)
    temporary.write(b"half of")
    temporary.close()
    if close_twice:
        temporary.close()
    assert temporary.closed and names(tmp_path) == set()


def test_it_needs_the_folder_no_more_once_it_is_made(tmp_path: Path) -> None:
    fd = os.open(tmp_path, os.O_RDONLY)
    temporary = Temporary(fd)
    os.close(fd)
    temporary.create("a")
    temporary.settle()
    temporary.close()
    assert names(tmp_path) == {"a"}


@pytest.mark.parametrize("umask, mode", [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_its_mode_is_what_the_umask_leaves(folder: int, tmp_path: Path, umask: int, mode: int) -> None:
    before = os.umask(umask)
    try:
        temporary = Temporary(folder)
    finally:
        os.umask(before)
    temporary.replace("a")
    temporary.close()
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == mode


@pytest.mark.parametrize("way", [Temporary.write, Temporary.sync, Temporary.replace, Temporary.create, Temporary.sweep])
def test_after_the_end_nothing_can_be_done(folder: int, way: Callable[..., object]) -> None:
    temporary = Temporary(folder)
    temporary.close()
    arguments = {Temporary.write: [b"x"], Temporary.replace: ["x"], Temporary.create: ["x"]}.get(way, [])  # type: ignore[call-overload]
    with pytest.raises(LocalError):
        way(temporary, *arguments)


@pytest.fixture(params=["links", "no links"])
def links(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system with hard links, and one without."""

    def no_link(*args: object, **named: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    if request.param == "no links":
        monkeypatch.setattr(temporaries.os, "link", no_link)


@pytest.mark.usefixtures("links")
def test_what_is_new_is_created(folder: int, tmp_path: Path) -> None:
    temporary = Temporary(folder)
    temporary.write(b"new")
    status = temporary.create("a")
    temporary.close()
    assert names(tmp_path) == {"a"} and (tmp_path / "a").read_bytes() == b"new"
    assert status.st_ino == (tmp_path / "a").stat().st_ino and (tmp_path / "a").stat().st_nlink == 1


@pytest.mark.usefixtures("links")
@pytest.mark.parametrize("kind", ["file", "folder", "link", "dangling"])
def test_what_is_there_is_never_overwritten_by_creating(folder: int, tmp_path: Path, kind: str) -> None:
    there = tmp_path / "a"
    if kind == "file":
        there.write_bytes(b"old")
    elif kind == "folder":
        there.mkdir()
    else:
        there.symlink_to("elsewhere")
        if kind == "link":
            (tmp_path / "elsewhere").write_bytes(b"old")
    before = names(tmp_path)
    temporary = Temporary(folder)
    with pytest.raises(FileExistsError):
        temporary.create("a")
    temporary.close()
    assert names(tmp_path) == before
    assert kind != "file" or there.read_bytes() == b"old"
    assert kind != "link" or (tmp_path / "elsewhere").read_bytes() == b"old"


def test_replacing_a_link_replaces_the_link(folder: int, tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"old")
    (tmp_path / "a").symlink_to("target")
    temporary = Temporary(folder)
    temporary.write(b"new")
    temporary.replace("a")
    temporary.close()
    assert not (tmp_path / "a").is_symlink() and (tmp_path / "a").read_bytes() == b"new"
    assert (tmp_path / "target").read_bytes() == b"old"


def test_a_check_in_the_last_moment_can_refuse(folder: int, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    temporary = Temporary(folder)

    def check(place: int) -> None:
        assert os.fstat(place).st_ino == tmp_path.stat().st_ino
        raise FileExistsError

    with pytest.raises(FileExistsError):
        temporary.replace("a", check)
    temporary.close()
    assert names(tmp_path) == {"a"} and (tmp_path / "a").read_bytes() == b"old"


def test_closing_waits_for_what_another_thread_does(folder: int, tmp_path: Path) -> None:
    temporary = Temporary(folder)
    inside, go_on = threading.Event(), threading.Event()

    def check(place: int) -> None:
        inside.set()
        assert go_on.wait(30)

    replacing = threading.Thread(target=lambda: temporary.replace("a", check))
    closing = threading.Thread(target=temporary.close)
    replacing.start()
    assert inside.wait(30)
    closing.start()
    assert not temporary.closed
    go_on.set()
    replacing.join()
    closing.join()
    assert names(tmp_path) == {"a"}


# ------------------------------------------------------------------------------------------- tidying up


def test_what_a_dead_writer_left_is_swept(folder: int, tmp_path: Path) -> None:
    (tmp_path / LEFT).write_bytes(b"half")
    assert sweep(folder) == 1
    assert names(tmp_path) == set()


def test_what_is_being_written_is_left_alone(folder: int, tmp_path: Path) -> None:
    temporary, other = Temporary(folder), Temporary(folder)
    (tmp_path / LEFT).write_bytes(b"half")
    assert temporary.sweep() == 1
    assert len(names(tmp_path)) == 2
    temporary.close()
    other.close()


@pytest.mark.parametrize("name", [
    "a.part", ".portside-x.part", f"{LEFT}x", f"x{LEFT}", f"{TEMPORARY_PREFIX}{'G' * 24}.part", ".portside-",
])  # fmt: skip
def test_only_our_own_names_are_swept(folder: int, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"theirs")
    assert sweep(folder) == 0
    assert names(tmp_path) == {name}


def test_sweeping_follows_no_link_and_enters_no_folder(folder: int, tmp_path: Path) -> None:
    (tmp_path / "theirs").write_bytes(b"theirs")
    (tmp_path / LEFT).symlink_to("theirs")
    (tmp_path / LEFT.replace("0", "1")).mkdir()
    assert sweep(folder) == 0
    assert (tmp_path / "theirs").read_bytes() == b"theirs"


WRITER = """
import os, signal, sys
from portside.files.temporaries import Temporary

Temporary(os.open(sys.argv[1], os.O_RDONLY)).write(b"half")
print("half", flush=True)
signal.pause()
"""


def test_the_lock_goes_with_its_process(folder: int, tmp_path: Path) -> None:
    writer = subprocess.Popen([sys.executable, "-c", WRITER, tmp_path], stdout=subprocess.PIPE)
    with writer:
        assert writer.stdout is not None and writer.stdout.readline() == b"half\n"
        assert sweep(folder) == 0 and len(names(tmp_path)) == 1
        writer.kill()
    assert sweep(folder) == 1 and names(tmp_path) == set()


def test_a_temporary_that_was_swept_before_it_was_locked_is_made_again(
    folder: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, swept = fcntl.flock, []

    def sweep_first(fd: int, operation: int) -> None:
        if not swept:
            swept.append(1)
            sweep(folder)
        real(fd, operation)

    monkeypatch.setattr(temporaries.fcntl, "flock", sweep_first)
    temporary = Temporary(folder)
    temporary.write(b"whole")
    temporary.create("a")
    temporary.close()
    assert names(tmp_path) == {"a"} and (tmp_path / "a").read_bytes() == b"whole"


def test_a_temporary_whose_lock_another_holds_is_made_again(
    folder: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, held = fcntl.flock, []

    def taken_first(fd: int, operation: int) -> None:
        if not held:
            held.append(fd)
            raise BlockingIOError(errno.EWOULDBLOCK, "Resource temporarily unavailable")
        real(fd, operation)

    monkeypatch.setattr(temporaries.fcntl, "flock", taken_first)
    temporary = Temporary(folder)
    temporary.create("a")
    temporary.close()
    assert "a" in names(tmp_path) and sweep(folder) == 1


def test_without_locks_files_are_written_and_nothing_is_swept(
    folder: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(fd: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(temporaries.fcntl, "flock", no_locks)
    (tmp_path / LEFT).write_bytes(b"half")
    temporary = Temporary(folder)
    assert temporary.sweep() == 0
    temporary.create("a")
    temporary.close()
    assert names(tmp_path) == {"a", LEFT}
