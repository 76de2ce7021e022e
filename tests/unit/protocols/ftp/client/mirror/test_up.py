"""A folder of the server's made like ours."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from portside.errors import UsageError
from portside.files.partial import hidden_part
from portside.protocols.ftp.client.mirror.tally import Tally
from portside.protocols.ftp.client.mirror.up import MirrorUp
from tests.support.ftp_scripted import Scripted
from tests.support.ftp_sites import client_at, run, served


@pytest.fixture
def here(tmp_path: Path) -> Path:
    folder = tmp_path / "here"
    (folder / "sub/deep").mkdir(parents=True)
    (folder / "a ü").write_bytes(b"abc")
    (folder / "sub/-b").write_bytes(b"x" * 100)
    (folder / "large").write_bytes(bytes(range(256)) * 4096)
    (tmp_path / "root").mkdir()
    for path in folder.rglob("*"):
        os.utime(path, (1e9, 1e9))
    return folder


def mirrored(here: Path, remote: str = "x/y", *, delete: bool = False) -> Tally:
    tallies: list[Tally] = []

    async def story() -> None:
        async with served(here.parent / "root") as client:
            tallies.append(await MirrorUp(client.site, here, remote, delete=delete).run())

    run(story)
    return tallies[0]


def tree(top: Path) -> dict[str, bytes]:
    return {str(path.relative_to(top)): path.read_bytes() for path in top.rglob("*") if path.is_file()}


def test_all_goes_once_and_then_only_what_has_changed(here: Path) -> None:
    there = here.parent / "root/x/y"
    assert mirrored(here).moved == 3
    assert tree(there) == tree(here) and (there / "sub/deep").is_dir()
    assert (there / "large").stat().st_mtime == 1e9
    (here / "a ü").write_bytes(b"ABC")
    tally = mirrored(here)
    assert (tally.moved, tally.same, tally.failures) == (1, 2, [])
    assert tree(there) == tree(here)


@pytest.mark.parametrize("delete", [False, True])
def test_what_is_not_here_stays_unless_it_is_to_go(here: Path, delete: bool) -> None:
    there = here.parent / "root/x/y"
    (there / "old/deep").mkdir(parents=True)
    (there / "old/deep/file").write_bytes(b"")
    tally = mirrored(here, delete=delete)
    assert tally.deleted == (3 if delete else 0) and (there / "old").exists() is not delete


def test_links_are_followed_to_files_within_the_tree_and_no_further(here: Path) -> None:
    (here.parent / "secret").write_bytes(b"secret")
    (here / "in").symlink_to("a ü")
    (here / "out").symlink_to("../secret")
    (here / "loop").symlink_to(".")
    tally = mirrored(here)
    assert len(tally.skipped) == 2
    assert (here.parent / "root/x/y/in").read_bytes() == b"abc"
    assert not (here.parent / "root/x/y/out").exists()


def test_a_name_that_cannot_be_said_is_a_failure_and_the_rest_goes(here: Path) -> None:
    (here / "a\r\nDELE b").write_bytes(b"")
    tally = mirrored(here)
    assert len(tally.failures) == 1 and tally.moved == 3


def test_a_folder_in_the_place_of_a_file_is_a_failure(here: Path) -> None:
    (here.parent / "root/x/y/large").mkdir(parents=True)
    (here.parent / "root/x/y/sub").write_bytes(b"")
    tally = mirrored(here)
    assert len(tally.failures) == 2 and tally.moved == 1


def test_where_the_server_keeps_no_times_a_younger_copy_is_the_same(here: Path) -> None:
    async def story() -> None:
        text = b"type=file;size=3;modify=20300101000000; a \xc3\xbc\r\n"
        server = Scripted(listings={"/": text})
        async with server.open(), client_at(server.url) as client:
            tally = await MirrorUp(client.site, here, "").run()
        assert (tally.same, tally.moved) == (1, 2)
        assert not any(line.startswith("MFMT") for line in server.said)

    run(story)


def test_what_is_no_folder_is_refused(here: Path) -> None:
    async def story() -> None:
        async with served(here.parent / "root") as client:
            with pytest.raises(UsageError):
                MirrorUp(client.site, here / "large", "")

    run(story)


def test_what_is_still_in_the_making_here_stays_here(here: Path) -> None:
    hidden_part(here / "large").write_bytes(b"half")
    tally = mirrored(here)
    assert (tally.moved, tally.failures) == (3, []) and len(tally.skipped) == 1
