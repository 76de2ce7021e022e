"""What a visitor may see and change, one command at a time."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from portside.accounts.users import EVERY_RIGHT
from portside.errors import RemoteError
from portside.files.root import Root
from portside.protocols.ftp.server.parts import Part
from portside.protocols.ftp.server.tree import Tree
from portside.protocols.ftp.syntax.commands import Setting, TimeOf


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    (tmp_path / "a.txt").write_bytes(b"12345")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/b.txt").write_bytes(b"1")
    return Tree(Root(tmp_path, hidden=True), "u", EVERY_RIGHT, lambda: None)


def half(tree: Tree, *names: str) -> None:
    part = Part(tree.root, "u", names)
    part.start_at(0)
    part.write([b"half"])
    part.leave()


def test_one_goes_down_and_up_and_never_above_the_root(tree: Tree) -> None:
    assert tree.enter("sub").code == 250
    assert tree.where().lines == ('"/sub" is where you are.',)
    assert tree.enter("../../../sub/./..").code == 250
    assert tree.where().lines[0].startswith('"/" ')
    assert tree.leave().code == 250
    assert tree.folder == ()


@pytest.mark.parametrize("path", ["a.txt", "nowhere", "sub/nowhere", "a\nb"])
def test_only_a_folder_can_be_entered(tree: Tree, path: str) -> None:
    with pytest.raises(RemoteError):
        tree.enter(path)
    assert tree.folder == ()


def test_a_folder_has_no_size_and_is_no_file(tree: Tree) -> None:
    assert tree.size("a.txt").lines == ("5",)
    for ask in (tree.size, tree.open_file):
        with pytest.raises(RemoteError):
            ask("sub")


def test_of_what_was_cut_off_the_size_is_told_while_there_is_no_file(tree: Tree, tmp_path: Path) -> None:
    half(tree, "up")
    assert tree.size("up").lines == ("4",)
    (tmp_path / "up").write_bytes(b"whole file")
    assert tree.size("up").lines == ("10",)
    with pytest.raises(RemoteError):
        tree.size("sub/up")


def test_what_was_cut_off_can_be_deleted(tree: Tree) -> None:
    half(tree, "up")
    assert tree.remove_file("up").code == 250
    with pytest.raises(RemoteError):
        tree.remove_file("up")


def test_a_folder_that_looks_empty_can_be_removed(tree: Tree, tmp_path: Path) -> None:
    with pytest.raises(RemoteError):
        tree.remove_folder("sub")
    assert tree.remove_file("sub/b.txt").code == 250
    half(tree, "sub", "up")
    assert tree.remove_folder("sub").code == 250
    assert not (tmp_path / "sub").exists()


def test_times_and_permissions_are_set_and_told(tree: Tree, tmp_path: Path) -> None:
    assert tree.set_modified(TimeOf(1_000_000_000.0, "a.txt")).lines == ("Modify=20010909014640; a.txt",)
    assert tree.modified("a.txt").lines == ("20010909014640",)
    assert tree.set_mode(Setting("CHMOD", "600 a.txt")).code == 200
    assert (tmp_path / "a.txt").stat().st_mode & 0o7777 == 0o600
    with pytest.raises(RemoteError):
        tree.set_mode(Setting("CHMOD", "4755 a.txt"))


def test_a_name_is_changed_in_two_steps(tree: Tree, tmp_path: Path) -> None:
    assert tree.rename_from("a.txt").code == 350
    assert tree.rename_to("sub/c.txt").code == 250
    assert (tmp_path / "sub/c.txt").read_bytes() == b"12345"
    with pytest.raises(RemoteError):
        tree.rename_from("a.txt")


def test_a_new_folder_is_told_in_quotes(tree: Tree) -> None:
    assert tree.make_folder('with "quotes"').lines == ('"/with ""quotes""" is made.',)
    with pytest.raises(RemoteError):
        tree.make_folder("sub")


def test_digests_are_those_of_the_file(tree: Tree) -> None:
    for algorithm, name in (("SHA-256", "sha256"), ("SHA-1", "sha1"), ("SHA-512", "sha512"), ("MD5", "md5")):
        digest = hashlib.new(name, b"12345").hexdigest()
        assert tree.hash("a.txt", algorithm).lines == (f"{algorithm} 0-5 {digest} a.txt",)


def test_facts_and_status_are_lists_within_a_reply(tree: Tree) -> None:
    facts = tree.facts("a.txt", ("size",))
    assert (facts.code, facts.lines) == (250, ("Listing:", " size=5; /a.txt", "End"))
    status = tree.status("")
    assert status.code == 213
    assert [line.rpartition(" ")[2] for line in status.lines[1:-1]] == ["a.txt", "sub"]


def test_how_much_room_there_is(tree: Tree) -> None:
    assert tree.room is None or tree.room > 0
