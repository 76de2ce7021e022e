"""One file over several connections."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from portside.errors import BrokenPromise, PortsideError, UsageError
from portside.protocols.ftp.client import segments
from portside.protocols.ftp.client.segments import MOST, SMALLEST, Segment, SegmentedDownload, divide
from portside.protocols.ftp.client.settings import Settings
from tests.support.ftp_scripted import Scripted
from tests.support.ftp_sites import client_at, run, served

DATA = bytes(range(256)) * 4096 * 5


@pytest.mark.parametrize(
    ("size", "offset", "number", "pieces"), [(0, 0, 4, 1), (5, 0, 4, 1), (8 * SMALLEST, 0, 4, 4), (10**10, 5, 99, MOST)]
)
def test_segments_cover_everything_once(size: int, offset: int, number: int, pieces: int) -> None:
    parts = divide(size, offset, number)
    assert len(parts) == pieces
    assert parts[0].first == offset and parts[-1].end == size
    assert all(one.end == following.first for one, following in pairwise(parts))


def test_what_is_missing_is_known() -> None:
    assert Segment(10, 30, 25).missing == 5


def test_a_file_comes_together(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "a").write_bytes(DATA)

    async def story() -> None:
        async with served(root) as client:
            facts = await client.download("a", tmp_path / "f", segments=4)
            assert facts.size == len(DATA)

    run(story)
    assert (tmp_path / "f").read_bytes() == DATA
    assert {path.name for path in tmp_path.iterdir()} == {"root", "f"}


def test_what_is_whole_from_the_beginning_is_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "SMALLEST", 1)
    data = DATA[:100_000]

    async def story() -> None:
        server = Scripted({"MDTM": "213 20200101000000"}, {"/a": data}, cut=[1000])
        async with server.open(), client_at(server.url, Settings(connections=1)) as client:
            with pytest.raises(PortsideError):
                await client.download("a", tmp_path / "f", segments=2)
            assert (tmp_path / "f.part").stat().st_size == 1000
            await client.download("a", tmp_path / "f", resume=True)
        assert "REST 1000" in server.said

    run(story)
    assert (tmp_path / "f").read_bytes() == data


def test_a_digest_that_differs_is_told_and_nothing_is_saved(tmp_path: Path) -> None:
    feat = "211-\r\n SIZE\r\n HASH SHA-256*\r\n211 end"

    async def story() -> None:
        server = Scripted({"FEAT": feat, "HASH": f"213 SHA-256 0-5 {'0' * 64} a"}, {"/a": b"hello"})
        async with server.open(), client_at(server.url) as client:
            with pytest.raises(BrokenPromise, match="SHA-256"):
                await client.download("a", tmp_path / "f", segments=2)

    run(story)
    assert not (tmp_path / "f").exists()


def test_without_a_size_there_are_no_segments(tmp_path: Path) -> None:
    async def story() -> None:
        server = Scripted({"SIZE": "502 no"}, {"/a": b"x"})
        async with server.open(), client_at(server.url) as client:
            with pytest.raises(UsageError, match="--segments"):
                await client.download("a", tmp_path / "f", segments=2)

    run(story)


def test_the_number_of_segments_is_bounded(tmp_path: Path) -> None:
    async def story() -> None:
        server = Scripted()
        async with server.open(), client_at(server.url) as client:
            with pytest.raises(UsageError):
                SegmentedDownload(client.site, "a", tmp_path / "f", number=MOST + 1)

    run(story)
