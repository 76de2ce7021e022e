"""Small files get their names together, and only when they are whole."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from portside.protocols.ftp.client.mirror import settling
from portside.protocols.ftp.client.mirror.settling import Settling


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_file_has_its_name_after_the_flush_and_its_time(tmp_path: Path) -> None:
    async def story() -> None:
        some = Settling()
        await some.add(tmp_path / "a", [b"ab", b"c"], 1e9)
        assert names(tmp_path) == {"a.part"}
        await some.flush()

    asyncio.run(story())
    assert (tmp_path / "a").read_bytes() == b"abc" and (tmp_path / "a").stat().st_mtime == 1e9


def test_many_files_do_not_wait_for_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "AT_ONCE", 2)

    async def story() -> None:
        some = Settling()
        for number in range(5):
            await some.add(tmp_path / str(number), [b"x"], None)
        assert {"0", "1"} <= names(tmp_path)
        await some.flush()

    asyncio.run(story())
    assert names(tmp_path) == {"0", "1", "2", "3", "4"}


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "a.part").symlink_to(tmp_path / "victim")
    with pytest.raises(OSError, match="symbolic"):
        asyncio.run(Settling().add(tmp_path / "a", [b"x"], None))
    assert not (tmp_path / "victim").exists()


def test_one_that_fails_does_not_hold_the_others_up(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()

    async def story() -> None:
        some = Settling()
        await some.add(tmp_path / "a", [b"x"], None)
        await some.add(tmp_path / "b", [b"x"], None)
        with pytest.raises(IsADirectoryError):
            await some.flush()

    asyncio.run(story())
    assert (tmp_path / "b").is_file()
