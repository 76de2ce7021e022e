"""Records on disk: whole blocks, for their owner alone, and a full or slow disk ends them with one warning."""

from __future__ import annotations

import errno
import logging
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from portside.capture import disk as disk_module
from portside.capture.disk import Disk
from portside.errors import UsageError


def head() -> bytes:
    return b"HEAD"


def test_what_is_put_is_written_behind_the_head(tmp_path: Path) -> None:
    path = tmp_path / "a.pcapng"
    disk = Disk(path, head)
    disk.put(b"one")
    disk.put(b"two")
    disk.close()
    assert path.read_bytes() == b"HEADonetwo" and not disk.given_up
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_old_file_is_replaced_and_closed_to_others(tmp_path: Path) -> None:
    path = tmp_path / "a.pcapng"
    path.write_bytes(b"something much longer than what follows")
    path.chmod(0o666)
    Disk(path, head).close()
    assert path.read_bytes() == b"HEAD" and stat.S_IMODE(path.stat().st_mode) == 0o600


def test_files_are_divided_by_size_and_the_last_ones_stay(tmp_path: Path) -> None:
    disk = Disk(tmp_path / "a.pcapng", head, size=10, files=2)
    for number in range(5):
        disk.put(b"%d" % number * 6)
    disk.close()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "a.3.pcapng": b"HEAD333333",
        "a.4.pcapng": b"HEAD444444",
    }


def test_a_full_disk_ends_the_record_at_its_last_whole_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "a.pcapng"
    really = os.write

    def write(descriptor: int, data: bytes) -> int:
        if bytes(data).endswith(b"full"):
            really(descriptor, b"fu")
            raise OSError(errno.ENOSPC, "No space left on device")
        return really(descriptor, data)

    monkeypatch.setattr(disk_module.os, "write", write)
    with caplog.at_level(logging.WARNING):
        disk = Disk(path, head)
        disk.put(b"whole")
        disk.put(b"full")
        disk.close()
        disk.put(b"more")
        disk.close()
    assert path.read_bytes() == b"HEADwhole" and disk.given_up
    assert [record.getMessage() for record in caplog.records] == [
        f"{path}: the disk is full, so the record ends here; what it records goes on"
    ]


def test_a_disk_that_does_not_keep_up_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    go = threading.Event()
    really = os.write

    def write(descriptor: int, data: bytes) -> int:
        go.wait(30)
        return really(descriptor, data)

    monkeypatch.setattr(disk_module.os, "write", write)
    monkeypatch.setattr(disk_module, "MOST_WAITING", 100)
    monkeypatch.setattr(disk_module, "CLOSING", 0.01)
    with caplog.at_level(logging.WARNING):
        disk = Disk(tmp_path / "a.pcapng", head)
        for _ in range(20):
            disk.put(b"0123456789")
        assert disk.given_up
        disk.close()
        go.set()
        disk._thread.join(30)
    assert len(caplog.records) == 1 and "does not keep up" in caplog.text


def link(path: Path) -> None:
    path.symlink_to(path.with_name("elsewhere"))


def folder(path: Path) -> None:
    path.mkdir()


def pipe(path: Path) -> None:
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("make", "why"), [(link, "symbolic link"), (folder, "is a directory"), (pipe, "no such device|no regular file")]
)
def test_what_is_no_file_is_refused(tmp_path: Path, make: Callable[[Path], None], why: str) -> None:
    path = tmp_path / "a.pcapng"
    make(path)
    with pytest.raises(UsageError, match=f"cannot record to .*({why})"):
        Disk(path, head)
