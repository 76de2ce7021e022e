"""Uploads: what the server has of a file is not said again."""

from __future__ import annotations

from pathlib import Path

import pytest

from portside.errors import BrokenPromise, RemoteError
from portside.protocols.ftp.client.content import FileContent
from portside.protocols.ftp.client.upload import Upload, store_small
from tests.support.ftp_scripted import Scripted
from tests.support.ftp_sites import client_at, run, served

DATA = bytes(range(256)) * 40


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_bytes(DATA)
    return path


def test_a_file_arrives_whole(tmp_path: Path, source: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()

    async def story() -> None:
        async with served(root) as client:
            await client.upload(source, "a")
            async with client.site.connection() as connection:
                await store_small(connection, "/b", b"small")

    run(story)
    assert (root / "a").read_bytes() == DATA and (root / "b").read_bytes() == b"small"


@pytest.mark.parametrize(
    ("features", "ways"), [(" SIZE\r\n REST STREAM", ["REST 1000", "STOR /a"]), (" SIZE", ["APPE /a"])]
)
def test_it_goes_on_behind_what_is_there(source: Path, features: str, ways: list[str]) -> None:
    async def story() -> None:
        sizes = iter([1000, len(DATA)])
        answers = {"FEAT": f"211-\r\n{features}\r\n211 end", "SIZE": lambda _: f"213 {next(sizes)}"}
        server = Scripted(answers, stored={"/a": DATA[:1000]})  # type: ignore[arg-type]
        async with server.open(), client_at(server.url) as client:
            upload = Upload(client.site, "a", FileContent(source), resume=True)
            await upload.run()
            assert upload.offset == 1000
        assert [line for line in server.said if line.split()[0] in ("REST", "STOR", "APPE")] == ways
        assert server.stored["/a"] in (DATA, DATA[1000:])

    run(story)


def test_what_is_there_already_is_not_sent(source: Path) -> None:
    async def story() -> None:
        server = Scripted({"SIZE": f"213 {len(DATA)}"})
        async with server.open(), client_at(server.url) as client:
            await client.upload(source, "a", resume=True)
        assert server.stored == {}

    run(story)


def test_a_longer_file_there_is_another_file(source: Path) -> None:
    async def story() -> None:
        server = Scripted({"SIZE": f"213 {len(DATA) + 1}"})
        async with server.open(), client_at(server.url) as client:
            await client.upload(source, "a", resume=True)
        assert server.stored["/a"] == DATA

    run(story)


def test_two_parts_that_do_not_make_the_whole_are_told(source: Path) -> None:
    async def story() -> None:
        server = Scripted({"SIZE": "213 1000"}, stored={"/a": DATA[:1000]})
        async with server.open(), client_at(server.url) as client:
            with pytest.raises(BrokenPromise, match="1,000 bytes now"):
                await client.upload(source, "a", resume=True)

    run(story)


def test_a_refusal_is_told(source: Path) -> None:
    async def story() -> None:
        server = Scripted({"STOR": "553 not here"})
        async with server.open(), client_at(server.url) as client:
            with pytest.raises(RemoteError, match="553"):
                await client.upload(source, "a")

    run(story)
