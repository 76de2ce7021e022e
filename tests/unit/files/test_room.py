from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from portside.files.room import room_at


def test_the_room_at_a_path_is_that_at_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    really = os.statvfs

    def statvfs(place: int | Path) -> os.statvfs_result:
        asked.append(os.fstat(place).st_ino if isinstance(place, int) else place.stat().st_ino)
        return really(place)

    monkeypatch.setattr("portside.files.room.os.statvfs", statvfs)
    folder = os.open(tmp_path, os.O_RDONLY)
    try:
        assert (room_at(folder) or 0) > 0 and (room_at(tmp_path) or 0) > 0
    finally:
        os.close(folder)
    assert asked == [tmp_path.stat().st_ino] * 2


@pytest.mark.parametrize(("user", "blocks", "room"), [(0, 100, 4 * 512), (7, 100, 3 * 512), (0, 0, None), (7, 0, None)])
def test_what_is_kept_for_root_is_nobody_elses(
    user: int, blocks: int, room: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = SimpleNamespace(f_blocks=blocks, f_bfree=4 if blocks else 0, f_bavail=3 if blocks else 0, f_frsize=512)
    monkeypatch.setattr("portside.files.room.os.statvfs", lambda place: disk)
    monkeypatch.setattr("portside.files.room.os.geteuid", lambda: user)
    assert room_at(tmp_path) == room
