"""A folder made like the server's, whatever the server lists."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from portside.files.partial import hidden_part
from portside.protocols.ftp.client.mirror import down
from portside.protocols.ftp.client.mirror.down import MirrorDown
from portside.protocols.ftp.client.mirror.tally import Tally
from tests.support.ftp_scripted import Scripted
from tests.support.ftp_sites import client_at, run, served


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    (folder / "sub/deep").mkdir(parents=True)
    (folder / "a ü").write_bytes(b"abc")
    (folder / "sub/-b").write_bytes(b"x" * 100)
    (folder / "sub/deep/empty").write_bytes(b"")
    (folder / "large").write_bytes(bytes(range(256)) * 4096)
    for path in folder.rglob("*"):
        os.utime(path, (1e9, 1e9))
    return folder


def mirrored(root: Path, here: Path, *, delete: bool = False) -> Tally:
    tallies: list[Tally] = []

    async def story() -> None:
        async with served(root) as client:
            tallies.append(await MirrorDown(client.site, "", here, delete=delete).run())

    run(story)
    return tallies[0]


def tree(top: Path) -> dict[str, bytes]:
    return {str(path.relative_to(top)): path.read_bytes() for path in top.rglob("*") if path.is_file()}


def test_all_comes_once_and_then_only_what_has_changed(root: Path, tmp_path: Path) -> None:
    here = tmp_path / "here"
    assert mirrored(root, here).moved == 4
    assert tree(here) == tree(root)
    assert (here / "a ü").stat().st_mtime == 1e9 and (here / "large").stat().st_mtime == 1e9
    (root / "a ü").write_bytes(b"ABC")
    tally = mirrored(root, here)
    assert (tally.moved, tally.same, tally.failures) == (1, 3, [])
    assert tree(here) == tree(root)


@pytest.mark.parametrize("delete", [False, True])
def test_what_is_not_there_stays_unless_it_is_to_go(root: Path, tmp_path: Path, delete: bool) -> None:
    here = tmp_path / "here"
    (here / "old/deep").mkdir(parents=True)
    (here / "old/deep/file").write_bytes(b"")
    hidden_part(here / "a ü").write_bytes(b"")
    tally = mirrored(root, here, delete=delete)
    assert tally.deleted == delete
    assert (here / "old").exists() is not delete


def test_nothing_is_written_through_a_link_to_elsewhere(root: Path, tmp_path: Path) -> None:
    here, outside = tmp_path / "here", tmp_path / "outside"
    here.mkdir()
    outside.mkdir()
    (outside / "victim").write_bytes(b"mine")
    (here / "sub").symlink_to(outside)
    (here / "a ü").symlink_to(outside / "victim")
    tally = mirrored(root, here)
    assert len(tally.failures) == 1 and "no folder" in tally.failures[0]
    assert {path.name for path in outside.iterdir()} == {"victim"} and (outside / "victim").read_bytes() == b"mine"
    assert not (here / "a ü").is_symlink() and (here / "a ü").read_bytes() == b"abc"


def test_a_file_in_the_place_of_a_folder_is_a_failure_and_the_rest_comes(root: Path, tmp_path: Path) -> None:
    here = tmp_path / "here"
    (here / "large").mkdir(parents=True)
    (here / "sub").write_bytes(b"")
    tally = mirrored(root, here)
    assert len(tally.failures) == 2 and (here / "a ü").is_file()


def test_names_that_climb_never_become_files(tmp_path: Path) -> None:
    async def story() -> None:
        listing = b"type=file;size=1; ../out\r\ntype=dir; ..\r\ntype=dir; /etc\r\ntype=file;size=1; good\r\n"
        server = Scripted(listings={"/": listing}, files={"/good": b"g", "/../out": b"o"})
        async with server.open(), client_at(server.url) as client:
            tally = await MirrorDown(client.site, "", tmp_path / "here", delete=True).run()
        assert tally.moved == 1 and len(tally.failures) == 3
        assert not any("out" in line for line in server.said if line.startswith("RETR"))

    run(story)
    assert tree(tmp_path) == {"here/good": b"g"}


def test_folders_within_each_other_have_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(down, "DEEPEST", 3)

    async def story() -> None:
        paths = ["/", "/d", "/d/d", "/d/d/d", "/d/d/d/d"]
        server = Scripted(listings=dict.fromkeys(paths, b"type=dir; d\r\n"))
        async with server.open(), client_at(server.url) as client:
            tally = await MirrorDown(client.site, "", tmp_path / "here").run()
        assert len(tally.failures) == 1 and "within each other" in tally.failures[0]

    run(story)


def test_links_of_the_server_are_skipped(tmp_path: Path) -> None:
    async def story() -> None:
        server = Scripted(listings={"/": b"type=OS.unix=slink:/etc; link\r\n"})
        async with server.open(), client_at(server.url) as client:
            tally = await MirrorDown(client.site, "", tmp_path / "here").run()
        assert tally.skipped == ["link"] and tally.failures == []

    run(story)


def test_a_file_that_grew_since_it_was_listed_comes_as_it_is_now(tmp_path: Path) -> None:
    async def story() -> None:
        server = Scripted(listings={"/": b"type=file;size=1; a\r\n"}, files={"/a": b"more"})
        async with server.open(), client_at(server.url) as client:
            await MirrorDown(client.site, "", tmp_path / "here").run()

    run(story)
    assert tree(tmp_path) == {"here/a": b"more"}


@pytest.mark.parametrize("size", [1, down.SMALL + 1])
def test_a_file_that_is_called_like_another_ones_part_is_neither_lost_nor_taken_for_it(
    tmp_path: Path, size: int
) -> None:
    root, here = tmp_path / "root", tmp_path / "here"
    root.mkdir()
    for number, name in enumerate(("a", "a.part", "a.part.json", "n" * 255)):
        (root / name).write_bytes(bytes([number]) * size)
        os.utime(root / name, (1e9, 1e9))
    mirrored(root, here)
    assert tree(here) == tree(root)
    (root / "a").write_bytes(b"new" * size)
    tally = mirrored(root, here)
    assert (tally.moved, tally.same, tally.failures) == (1, 3, [])
    assert tree(here) == tree(root)


def test_a_server_cannot_give_a_file_the_name_of_one_in_the_making(tmp_path: Path) -> None:
    tallies: list[Tally] = []
    name = hidden_part(tmp_path / "here/a").name

    async def story() -> None:
        script = Scripted(listings={"/": f"type=file;size=1; {name}\r\n".encode()}, files={f"/{name}": b"x"})
        async with script.open(), client_at(script.url) as client:
            tallies.append(await MirrorDown(client.site, "", tmp_path / "here").run())

    run(story)
    assert tallies[0].skipped and not tree(tmp_path / "here")
