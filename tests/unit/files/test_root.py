"""A served folder: nothing outside of it is ever opened, whatever a name leads to."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from portside.errors import RemoteError, UsageError
from portside.files import root as root_module
from portside.files.refusals import Refusal, Why
from portside.files.root import TEMPORARY_PREFIX, Root

INSIDE, OUTSIDE = b"inside", b"outside"


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A folder with every kind of file, beside a secret that is not to be read."""
    (tmp_path / "secret").write_bytes(OUTSIDE)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a").write_bytes(OUTSIDE)
    (tmp_path / "top-secret").mkdir()  # begins like the root's own name
    (tmp_path / "top-secret" / "a").write_bytes(OUTSIDE)
    top = tmp_path / "top"
    (top / "sub").mkdir(parents=True)
    (top / ".git").mkdir()
    for place in ("a", "sub/b", ".hidden", ".git/config", f"{TEMPORARY_PREFIX}0.part"):
        (top / place).write_bytes(INSIDE)
    links = {
        "to-file": "a",
        "to-absolute": str(top / "a"),
        "to-folder": "sub",
        "sub/up-and-down": "../a",
        "to-secret": "../secret",
        "to-absolute-secret": str(tmp_path / "secret"),
        "to-elsewhere": "../elsewhere",
        "to-neighbour": "../top-secret",
        "out-and-in": "../top/a",
        "dangling": "nothing",
        "loop": "pool",
        "pool": "loop",
        "itself": "itself",
        "to-hidden": ".hidden",
        "to-git": ".git",
        "to-parent": "..",
        "to-device": "/dev/zero",
        "to-proc": "/proc/self/environ",
        "to-unfinished": f"{TEMPORARY_PREFIX}0.part",
    }
    for name, target in links.items():
        (top / name).symlink_to(target)
    os.mkfifo(top / "fifo")
    return top


def read(root: Root, *names: str) -> bytes:
    found = root.open(names)
    try:
        assert not found.is_folder
        return os.read(found.fd, 100)
    finally:
        found.close()


def status_of(root: Root, *names: str) -> int:
    with pytest.raises(RemoteError) as caught:
        root.open(names).close()
    return caught.value.status


@contextmanager
def no_descriptor_lost() -> Iterator[None]:
    before = set(Path("/proc/self/fd").iterdir())
    yield
    assert set(Path("/proc/self/fd").iterdir()) == before


@pytest.mark.parametrize("name", ["missing", "a", "fifo", "itself"])
def test_a_root_is_a_folder(top: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot serve"):
        Root(top / name)


@pytest.mark.parametrize("path", [
    "a", "sub/b", "to-file", "to-absolute", "to-folder/b", "sub/up-and-down", "out-and-in",
])  # fmt: skip
@pytest.mark.parametrize("hidden", [False, True])
def test_what_is_inside_is_served_and_so_are_links_that_stay_there(top: Path, path: str, hidden: bool) -> None:
    assert read(Root(top, hidden=hidden), *path.split("/")) == INSIDE


@pytest.mark.parametrize("path", [
    "missing", "a/b", "to-secret", "to-absolute-secret", "to-elsewhere", "to-elsewhere/a", "to-neighbour/a",
    "to-parent", "to-parent/secret", "dangling", "loop", "itself", "fifo", "to-device", "to-proc",
    f"{TEMPORARY_PREFIX}0.part", "to-unfinished", "x" * 256, "x" * 5000,
])  # fmt: skip
@pytest.mark.parametrize("hidden", [False, True])
def test_all_else_does_not_exist(top: Path, path: str, hidden: bool) -> None:
    with no_descriptor_lost():
        assert status_of(Root(top, hidden=hidden), *path.split("/")) == 404


@pytest.mark.parametrize("path", [".hidden", ".git", ".git/config", "to-hidden", "to-git/config"])
def test_a_dotfile_exists_only_where_it_is_shown(top: Path, path: str) -> None:
    assert status_of(Root(top), *path.split("/")) == 404
    Root(top, hidden=True).open(path.split("/")).close()


def test_a_name_that_climbs_leads_out_even_if_it_got_so_far(top: Path) -> None:
    root = Root(top, hidden=True)
    for names in (("..", "secret"), ("sub", "..", "..", "secret"), ("/", "etc", "passwd"), ("../secret",)):
        assert status_of(root, *names) == 404


def test_a_root_that_is_reached_by_a_link_serves_what_it_leads_to(top: Path) -> None:
    link = top.with_name("link")
    link.symlink_to(top)
    assert read(Root(link), "a") == INSIDE
    assert status_of(Root(link), "to-secret") == 404


def test_the_whole_system_can_be_a_root(top: Path) -> None:
    assert read(Root(Path("/"), hidden=True), *(top / "a").parts[1:]) == INSIDE


@pytest.mark.parametrize("name", ["to-socket", "socket"])
def test_a_socket_is_no_file(top: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(top)  # the path of a socket has to be short
    (top / "to-socket").symlink_to("socket")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        assert status_of(Root(top), name) == 404


def test_a_device_is_never_opened(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []
    real = os.open
    monkeypatch.setattr(root_module.os, "open", lambda path, *rest: opened.append(path) or real(path, *rest))
    root = Root(top)
    for name in ("to-device", "fifo"):
        status_of(root, name)
    assert opened == []


@pytest.mark.parametrize("target", ["../secret", "/dev/zero", "fifo", ".hidden"])
def test_a_link_swapped_between_look_and_opening_gains_nothing(
    top: Path, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    real = os.open

    def swap(path: str, *rest: int) -> int:
        victim = top / "victim"
        victim.unlink()
        victim.symlink_to(target)
        return real(path, *rest)

    (top / "victim").write_bytes(INSIDE)
    root = Root(top)
    with no_descriptor_lost():
        with monkeypatch.context() as patch:
            patch.setattr(root_module.os, "open", swap)
            assert status_of(root, "victim") == 404
        assert status_of(root, "victim") == 404


def test_a_folder_swapped_on_the_way_gains_nothing(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open

    def swap(path: str, *rest: int) -> int:
        (top / "sub").rename(top / "was-sub")
        (top / "sub").symlink_to("../elsewhere")
        return real(path, *rest)

    (top / "sub" / "a").write_bytes(INSIDE)
    root = Root(top)
    monkeypatch.setattr(root_module.os, "open", swap)
    with no_descriptor_lost():
        assert status_of(root, "sub", "a") == 404


@pytest.mark.parametrize("name", [
    "line\nend", "tab\t", " space ", "a b", "ä", "\udce4", "\udcff\udcfe", "e\u0301", "\u202eabc", "%2e%2e", "-", "a:b",
    "x" * 255, "\\", "*", "$(x)",
])  # fmt: skip
def test_a_name_may_be_odd(top: Path, name: str) -> None:
    (top / name).write_bytes(INSIDE)
    root = Root(top)
    assert read(root, name) == INSIDE
    folder = root.open(())
    try:
        assert name in dict(root.entries(folder, ()))
    finally:
        folder.close()


@pytest.mark.parametrize("name", ["a\0b", "\0", "\ud800"])
def test_what_no_file_can_be_called_does_not_exist(top: Path, name: str) -> None:
    assert status_of(Root(top), name) == 404


def names_in(root: Root, *names: str) -> set[str]:
    found = root.open(names)
    try:
        assert found.is_folder
        return {name for name, _ in root.entries(found, names)}
    finally:
        found.close()


VISIBLE = {"a", "sub", "to-file", "to-absolute", "to-folder", "out-and-in"}


def test_a_listing_holds_just_what_can_be_opened(top: Path) -> None:
    root = Root(top)
    assert names_in(root) == VISIBLE
    for name in VISIBLE:
        root.open((name,)).close()


def test_dotfiles_are_listed_where_they_are_shown_but_never_what_is_unfinished(top: Path) -> None:
    assert names_in(Root(top, hidden=True)) == VISIBLE | {".hidden", ".git", "to-hidden", "to-git"}


def test_a_folder_behind_a_link_is_listed_with_its_own_links(top: Path) -> None:
    assert names_in(Root(top), "to-folder") == {"b", "up-and-down"}


def test_a_listing_tells_of_the_file_behind_a_link(top: Path) -> None:
    root = Root(top)
    found = root.open(())
    try:
        entries = dict(root.entries(found, ()))
    finally:
        found.close()
    assert entries["to-file"].st_ino == (top / "a").stat().st_ino


def test_only_a_folder_can_be_written_in(top: Path) -> None:
    root = Root(top)
    os.close(root.open_folder_for_writing(("to-folder",)))
    for names, status in ((("a",), 409), (("missing",), 404), (("to-elsewhere",), 404), ((".git",), 404)):
        with no_descriptor_lost(), pytest.raises(RemoteError) as caught:
            root.open_folder_for_writing(names)
        assert caught.value.status == status


def test_without_proc_the_path_decides(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_proc(path: str) -> str:
        raise FileNotFoundError(2, "No such file or directory")

    root = Root(top)
    real = os.readlink
    monkeypatch.setattr(
        root_module.os,
        "readlink",
        lambda path, **rest: no_proc(path) if str(path).startswith("/proc/self/fd") else real(path, **rest),
    )
    assert read(root, "to-file") == INSIDE
    assert status_of(root, "to-secret") == status_of(root, "to-hidden") == 404


@pytest.mark.parametrize("number, status", [(13, 403), (1, 403), (5, 500), (24, 500), (36, 404), (40, 404)])
def test_what_the_system_refuses_becomes_a_status(
    top: Path, monkeypatch: pytest.MonkeyPatch, number: int, status: int
) -> None:
    def refuse(path: str) -> os.stat_result:
        raise OSError(number, os.strerror(number))

    root = Root(top)
    with monkeypatch.context() as patch:
        patch.setattr(root_module.os, "stat", refuse)
        with pytest.raises(RemoteError) as caught:
            root.open(("a",))
    assert caught.value.status == status
    assert str(top) not in str(caught.value)


# ------------------------------------------------------------------------------------------------ changing


@contextmanager
def refused(why: Why) -> Iterator[None]:
    with no_descriptor_lost(), pytest.raises(Refusal) as caught:
        yield
    assert caught.value.why is why and "/" not in str(caught.value)


def test_a_status_is_that_of_what_is_within(top: Path) -> None:
    root = Root(top)
    with no_descriptor_lost():
        assert root.status(("to-file",)).st_size == len(INSIDE) and root.status(()).st_ino == top.stat().st_ino
    for name in ("to-secret", "dangling", "fifo", "to-device", ".hidden", "missing"):
        with refused(Why.ABSENT):
            root.status((name,))


def test_what_may_not_be_read_still_has_a_status(top: Path) -> None:
    (top / "a").chmod(0)
    assert stat.S_IMODE(Root(top).status(("a",)).st_mode) == 0


def test_folders_are_made_and_removed(top: Path) -> None:
    root = Root(top)
    with no_descriptor_lost():
        root.make_folder(("to-folder", "new"))
        assert (top / "sub" / "new").is_dir()
        root.remove_folder(("sub", "new"))
    assert not (top / "sub" / "new").exists()
    for names, why in ((("sub",), Why.EXISTS), (("missing", "new"), Why.ABSENT), (("a", "new"), Why.NOT_A_FOLDER),
                       (("to-elsewhere", "new"), Why.ABSENT), ((".new",), Why.FORBIDDEN), ((), Why.FORBIDDEN),
                       (("x" * 300,), Why.BAD_NAME)):  # fmt: skip
        with refused(why):
            root.make_folder(names)
    for names, why in ((("sub",), Why.NOT_EMPTY), (("a",), Why.NOT_A_FOLDER), (("to-folder",), Why.NOT_A_FOLDER),
                       (("to-elsewhere",), Why.ABSENT), ((), Why.FORBIDDEN)):  # fmt: skip
        with refused(why):
            root.remove_folder(names)
    assert not (top.parent / "elsewhere" / "new").exists()


@pytest.mark.parametrize("name", ["..", ".", "", "../new", "sub/new", f"{TEMPORARY_PREFIX}new", "nul\0"])
def test_a_new_name_is_one_segment(top: Path, name: str) -> None:
    before = sorted(top.parent.rglob("*"))
    root = Root(top, hidden=True)
    for attempt in (lambda: root.make_folder((name,)), lambda: root.rename(("a",), ("sub", name))):
        with no_descriptor_lost(), pytest.raises(Refusal):
            attempt()
    assert sorted(top.parent.rglob("*")) == before


def test_files_and_links_are_removed_themselves(top: Path) -> None:
    root = Root(top)
    with no_descriptor_lost():
        root.remove_file(("to-folder",))
        root.remove_file(("to-file",))
        root.remove_file(("sub", "b"))
    assert read(root, "a") == INSIDE and not (top / "to-file").is_symlink() and not list((top / "sub").glob("b"))
    for names, why in ((("sub",), Why.IS_A_FOLDER), (("to-secret",), Why.ABSENT), ((".hidden",), Why.ABSENT)):
        with refused(why):
            root.remove_file(names)
    assert (top / "to-secret").is_symlink() and (top.parent / "secret").exists()


def test_a_name_is_exchanged_for_another(top: Path) -> None:
    root = Root(top)
    with no_descriptor_lost():
        root.rename(("a",), ("sub", "c"))
        root.rename(("sub", "c"), ("to-folder", "b"))
    assert (top / "sub" / "b").read_bytes() == INSIDE and not (top / "a").exists()
    (top / "other").mkdir()
    for names, to, why in (
        (("sub",), ("sub", "inner"), Why.BAD_NAME), (("missing",), ("x",), Why.ABSENT),
        ((), ("x",), Why.FORBIDDEN), (("sub",), (), Why.FORBIDDEN), (("to-secret",), ("x",), Why.ABSENT),
        (("sub", "b"), ("to-elsewhere", "x"), Why.ABSENT), (("sub", "b"), (".x",), Why.FORBIDDEN),
        (("sub", "b"), ("other",), Why.IS_A_FOLDER), (("other",), ("sub",), Why.NOT_EMPTY),
    ):  # fmt: skip
        with refused(why):
            root.rename(names, to)


def test_permissions_lend_nobody_rights(top: Path) -> None:
    root = Root(top)
    (top / "a").chmod(0)
    with no_descriptor_lost():
        root.set_mode(("to-file",), 0o7640)
    assert stat.S_IMODE((top / "a").stat().st_mode) == 0o640
    for names, why in ((("to-secret",), Why.ABSENT), ((), Why.FORBIDDEN)):
        with refused(why):
            root.set_mode(names, 0o777)


def test_the_time_of_a_change_is_set_and_that_of_reading_kept(top: Path) -> None:
    read_at = (top / "a").stat().st_atime_ns
    with no_descriptor_lost():
        Root(top).set_modified(("a",), 1_000_000_000_123_456_789)
    assert (top / "a").stat().st_mtime_ns == 1_000_000_000_123_456_789
    assert (top / "a").stat().st_atime_ns == read_at


def test_without_a_way_to_look_files_are_opened(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(root_module, "_HAS_LOOK", False)
    root = Root(top)
    with no_descriptor_lost():
        root.set_mode(("a",), 0o600)
        root.set_modified(("a",), 5)
    assert root.status(("a",)).st_mtime_ns == 5 and stat.S_IMODE((top / "a").stat().st_mode) == 0o600
    with refused(Why.ABSENT):
        root.set_modified(("to-secret",), 5)
