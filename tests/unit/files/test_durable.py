"""What it takes until octets and names are on the disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from portside.files.durable import sync_folder, write_all


def test_all_is_written_where_the_disk_takes_a_part_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, data[:3]))
    fd = os.open(tmp_path / "a", os.O_WRONLY | os.O_CREAT)
    write_all(fd, b"0123456789")
    write_all(fd, bytearray(b"abc"))
    write_all(fd, b"")
    os.close(fd)
    assert (tmp_path / "a").read_bytes() == b"0123456789abc"


def test_the_folder_itself_is_synced_and_closed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(os, "fsync", lambda fd: synced.append(Path(f"/proc/self/fd/{fd}").readlink()))
    (tmp_path / "below").mkdir()
    before = len(list(Path("/proc/self/fd").iterdir()))
    sync_folder(tmp_path)
    root = os.open(tmp_path, os.O_RDONLY)
    sync_folder("below", root)
    os.close(root)
    assert synced == [tmp_path, tmp_path / "below"]
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_what_is_no_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        sync_folder(tmp_path / "file")
