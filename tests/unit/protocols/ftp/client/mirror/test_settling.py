"""Small files get their names together, and only when they are whole."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from portside.files.partial import hidden_part
from portside.protocols.ftp.client.mirror import settling
from portside.protocols.ftp.client.mirror.settling import Settling


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_file_has_its_name_after_the_flush_and_its_time(tmp_path: Path) -> None:
    async def story() -> None:
        some = Settling()
        await some.add(tmp_path / "a", [b"ab", b"c"], 1e9)
        assert names(tmp_path) == {hidden_part(tmp_path / "a").name}
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


async def slowly(work: Callable[..., Any], *arguments: Any) -> Any:
    """``asyncio.to_thread``, only after everybody else has had many turns."""
    for _ in range(50):
        await asyncio.sleep(0)
    return work(*arguments)


def test_nobody_is_forgotten_where_many_ask_at_the_same_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "AT_ONCE", 1)
    monkeypatch.setattr(asyncio, "to_thread", slowly)

    async def story() -> None:
        some = Settling()
        await asyncio.gather(*(some.add(tmp_path / str(number), [b"x"], None) for number in range(5)))
        await some.flush()
        assert names(tmp_path) == {"0", "1", "2", "3", "4"}

    asyncio.run(story())


def test_who_gives_up_waiting_does_not_stop_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "AT_ONCE", 1)
    monkeypatch.setattr(asyncio, "to_thread", slowly)

    async def story() -> None:
        some = Settling()
        await some.add(tmp_path / "a", [b"x"], None)
        waiting = asyncio.create_task(some.add(tmp_path / "b", [b"x"], None))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait({waiting})
        assert waiting.cancelled()
        await some.flush()
        assert names(tmp_path) == {"a", "b"}

    asyncio.run(story())


def test_nothing_to_settle_is_no_trouble() -> None:
    asyncio.run(Settling().flush())


def test_a_link_in_the_place_of_a_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "outside").write_bytes(b"mine")
    (tmp_path / "a").symlink_to("outside")

    async def story() -> None:
        some = Settling()
        await some.add(tmp_path / "a", [b"theirs"], None)
        await some.flush()

    asyncio.run(story())
    assert (tmp_path / "outside").read_bytes() == b"mine"
    assert not (tmp_path / "a").is_symlink() and (tmp_path / "a").read_bytes() == b"theirs"


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    hidden_part(tmp_path / "a").symlink_to(tmp_path / "victim")
    with pytest.raises(OSError, match="symbolic"):
        asyncio.run(Settling().add(tmp_path / "a", [b"x"], None))
    assert not (tmp_path / "victim").exists()


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


@pytest.mark.parametrize("batch", [1, 2, 64])
def test_one_that_fails_is_told_at_the_end_and_does_not_hold_the_others_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(settling, "AT_ONCE", batch)
    (tmp_path / "a").mkdir()

    async def story() -> None:
        some = Settling()
        for name in ("a", "b", "c", "d"):
            await some.add(tmp_path / name, [b"x"], None)
        with pytest.raises(IsADirectoryError):
            await some.flush()
        await some.flush()  # it is told once

    before = open_files()
    asyncio.run(story())
    assert all((tmp_path / name).is_file() for name in "bcd")
    assert open_files() == before
