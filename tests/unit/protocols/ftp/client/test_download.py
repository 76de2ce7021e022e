"""Downloads: whole or not at all, continued only where it is the very same file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from portside.errors import BrokenPromise, ConnectionLost, PortsideError, RemoteError
from portside.protocols.ftp.client.download import Download, is_absent
from portside.protocols.ftp.client.settings import Settings
from tests.support.ftp_scripted import Scripted
from tests.support.ftp_sites import client_at, run, served

DATA = bytes(range(256)) * 40
TIME = "213 20200101000000"


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_file_appears_whole(tmp_path: Path) -> None:
    root, target = tmp_path / "root", tmp_path / "here" / "f"
    root.mkdir()
    target.parent.mkdir()
    (root / "a").write_bytes(DATA)
    os.utime(root / "a", (1e9, 1e9))

    async def story() -> None:
        async with served(root) as client:
            download = Download(client.site, "a", target, keep_time=True)
            await download.run()
            assert (download.received, download.offset, download.total) == (len(DATA), 0, len(DATA))

    run(story)
    assert target.read_bytes() == DATA and names(target.parent) == {"f"}
    assert target.stat().st_mtime == 1e9


def test_a_file_that_is_not_there_leaves_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path) as client:
            with pytest.raises(RemoteError) as caught:
                await client.download("none", tmp_path / "f")
            assert is_absent(caught.value)

    run(story)
    assert names(tmp_path) == set()


@pytest.mark.parametrize("short", [False, True], ids=["connection lost", "226 too early"])
def test_what_was_cut_stays_and_is_continued(tmp_path: Path, short: bool) -> None:
    target = tmp_path / "f"

    async def story() -> None:
        server = Scripted({"MDTM": TIME}, {"/a": DATA}, cut=[1000], short=short)
        async with server.open(), client_at(server.url) as client:
            with pytest.raises(PortsideError) as caught:
                await client.download("a", target)
            assert isinstance(caught.value, BrokenPromise | ConnectionLost)
            assert names(tmp_path) == {"f.part", "f.part.json"}
            await client.download("a", target, resume=True)
        assert "REST 1000" in server.said

    run(story)
    assert target.read_bytes() == DATA and names(tmp_path) == {"f"}


def test_retries_go_on_by_themselves(tmp_path: Path) -> None:
    async def story() -> None:
        server = Scripted({"MDTM": TIME}, {"/a": DATA}, cut=[1000, 500, 1])
        async with server.open(), client_at(server.url, Settings(retries=3)) as client:
            await client.download("a", tmp_path / "f")
        assert [line for line in server.said if line.startswith("REST")] == ["REST 1000", "REST 1500", "REST 1501"]

    run(story)
    assert (tmp_path / "f").read_bytes() == DATA


@pytest.mark.parametrize("changed", ["time", "size"])
def test_a_file_that_has_changed_is_fetched_anew(tmp_path: Path, changed: str) -> None:
    async def story() -> None:
        server = Scripted({"MDTM": TIME}, {"/a": DATA}, cut=[1000])
        async with server.open(), client_at(server.url) as client:
            with pytest.raises(ConnectionLost):
                await client.download("a", tmp_path / "f")
            server.files["/a"] = DATA[::-1] if changed == "time" else DATA[::-1] + b"more"
            if changed == "time":
                server.answers["MDTM"] = "213 20210101000000"
            await client.download("a", tmp_path / "f", resume=True)
            assert (tmp_path / "f").read_bytes() == server.files["/a"]
        assert not any(line.startswith("REST") for line in server.said)

    run(story)


def test_more_than_was_promised_is_no_file(tmp_path: Path) -> None:
    async def story() -> None:
        server = Scripted({"SIZE": "213 5"}, {"/a": DATA})
        async with server.open(), client_at(server.url) as client:
            with pytest.raises(BrokenPromise, match="5 were promised"):
                await client.download("a", tmp_path / "f")

    run(story)
    assert "f" not in names(tmp_path) and "f.part" not in names(tmp_path)


def test_without_size_and_time_nothing_is_ever_continued(tmp_path: Path) -> None:
    async def story() -> None:
        server = Scripted({"SIZE": "502 no"}, {"/a": DATA}, cut=[1000])
        async with server.open(), client_at(server.url) as client:
            with pytest.raises(ConnectionLost):
                await client.download("a", tmp_path / "f")
            await client.download("a", tmp_path / "f", resume=True)
        assert not any(line.startswith("REST") for line in server.said)

    run(story)
    assert (tmp_path / "f").read_bytes() == DATA
