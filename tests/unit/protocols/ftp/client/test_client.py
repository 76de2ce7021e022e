"""What people want from a site: looking, fetching, storing, changing."""

from __future__ import annotations

from pathlib import Path

import pytest

from portside.errors import LimitExceeded, RemoteError
from portside.protocols.ftp.client import client as module
from portside.protocols.ftp.client.settings import Settings
from tests.support.ftp_scripted import Scripted
from tests.support.ftp_sites import client_at, run, served


def test_files_and_folders_are_made_renamed_and_removed(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path) as client:
            await client.mkdir("sub")
            await client.write("sub/a", b"abc")
            await client.rename("sub/a", "b")
            assert await client.read("b") == b"abc"
            assert (await client.facts("b")).size == 3
            await client.delete("b")
            await client.rmdir("sub")
            assert await client.list() == []
            with pytest.raises(RemoteError):
                await client.rename("none", "b")

    run(story)


def test_a_server_may_come_to_us(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")

    async def story() -> None:
        async with served(tmp_path, Settings(active=True)) as client:
            assert await client.read("a") == b"abc"
            await client.write("b", b"xyz")

    run(story)
    assert (tmp_path / "b").read_bytes() == b"xyz"


def test_what_is_poured_goes_on_after_a_lost_connection() -> None:
    async def story() -> None:
        server = Scripted(files={"/a": b"0123456789"}, cut=[4])
        async with server.open(), client_at(server.url, Settings(retries=1)) as client:
            assert await client.read("a") == b"0123456789"
        assert "REST 4" in server.said

    run(story)


def test_what_is_read_into_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "IN_MEMORY", 4)

    async def story() -> None:
        server = Scripted(files={"/a": b"0123456789"})
        async with server.open(), client_at(server.url) as client:
            with pytest.raises(LimitExceeded):
                await client.read("a")

    run(story)


def test_a_mirror_goes_both_ways(tmp_path: Path) -> None:
    root, here = tmp_path / "root", tmp_path / "here"
    root.mkdir()
    (root / "a").write_bytes(b"abc")

    async def story() -> None:
        async with served(root) as client:
            assert (await client.mirror("", here)).moved == 1
            (here / "b").write_bytes(b"b")
            tally = await client.mirror("", here, up=True)
            assert (tally.moved, tally.same) == (1, 1)

    run(story)
    assert (root / "b").read_bytes() == b"b"
