"""Records on disk: whole blocks, for their owner alone, and a full or slow disk ends them with one warning."""

from __future__ import annotations

import errno
import logging
import os
import select
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portside.capture import disk as disk_module
from portside.capture.disk import Disk, numbered
from portside.capture.keylog import ended
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


def test_blocks_that_come_together_are_divided_too(tmp_path: Path) -> None:
    disk = Disk(tmp_path / "a.pcapng", head, size=10)
    disk.put(b"111", b"222", b"333", b"444", b"5" * 20, b"6", b"777777", b"8")
    disk.put(b"99999")
    disk.close()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "a.pcapng": b"HEAD111222",
        "a.1.pcapng": b"HEAD333444",
        "a.2.pcapng": b"HEAD55555555555555555555",
        "a.3.pcapng": b"HEAD6",
        "a.4.pcapng": b"HEAD777777",
        "a.5.pcapng": b"HEAD899999",
    }


def test_a_head_that_fills_a_file_leaves_room_for_one_block(tmp_path: Path) -> None:
    disk = Disk(tmp_path / "a.pcapng", head, size=2)
    disk.put(b"1", b"2")
    disk.close()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "a.pcapng": b"HEAD1",
        "a.1.pcapng": b"HEAD2",
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


# --------------------------------------------------------------------------------- what goes aside, first


@pytest.fixture
def pipe_ends() -> Iterator[tuple[int, int]]:
    """Reading and writing end of a pipe; a test may let go of them earlier."""
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def let_go(end: int) -> None:
    """Close an end of a pipe, but keep its number, which could be given to somebody else."""
    with Path(os.devnull).open("wb") as nothing:
        os.dup2(nothing.fileno(), end)


def test_what_goes_aside_goes_before_its_blocks(
    tmp_path: Path, pipe_ends: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[bytes] = []
    really = os.write

    def write(descriptor: int, data: bytes) -> int:
        order.append(bytes(data))
        return really(descriptor, data)

    monkeypatch.setattr(disk_module.os, "write", write)
    disk = Disk(tmp_path / "a.pcapng", head, size=10, files=2, aside=pipe_ends[1])
    for number in range(3):
        disk.put(b"%d" % number * 6, first=b"key %d\n" % number)
    disk.put(first=b"key 3\n")
    disk.close()
    assert order == [
        b"HEAD", b"key 0\n", b"000000", b"key 1\n", b"HEAD", b"111111", b"key 2\n", b"HEAD", b"222222", b"key 3\n",
    ]  # fmt: skip
    let_go(pipe_ends[1])
    with os.fdopen(os.dup(pipe_ends[0]), "rb") as reader:
        assert reader.read() == b"key 0\nkey 1\nkey 2\nkey 3\n", "the record has let go of the pipe"
    assert b"key" not in (tmp_path / "a.2.pcapng").read_bytes()


def test_a_reader_that_has_gone_takes_nothing_with_it(tmp_path: Path, pipe_ends: tuple[int, int]) -> None:
    let_go(pipe_ends[0])
    disk = Disk(tmp_path / "a.pcapng", head, aside=pipe_ends[1])
    disk.put(b"one", first=b"key")
    disk.put(b"two", first=b"key")
    disk.close()
    assert (tmp_path / "a.pcapng").read_bytes() == b"HEADonetwo" and not disk.given_up


def test_a_slow_reader_ends_the_record_and_stops_nobody(
    tmp_path: Path, pipe_ends: tuple[int, int], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    reading, writing = pipe_ends
    monkeypatch.setattr(disk_module, "MOST_WAITING", 1 << 20)
    monkeypatch.setattr(disk_module, "CLOSING", 0.01)
    disk = Disk(tmp_path / "a.pcapng", head, aside=writing)
    with caplog.at_level(logging.WARNING):
        disk.put(b"block", first=b"k" * 100_000)  # more than a pipe holds
        assert select.select([reading], [], [], 30)[0], "the record has begun to tell it"
        while not disk.given_up:
            disk.put(b"block", first=b"k" * 100_000)
        disk.close()
    assert len(caplog.records) == 1 and "does not keep up" in caplog.text
    with (tmp_path / "other").open("wb") as other:  # the number may be anybody's: nothing more is written to it
        os.dup2(other.fileno(), writing)
    with os.fdopen(os.dup(reading), "rb") as reader:
        told = reader.read()
    assert told.lstrip(b"k") == b"\n# ended: the disk does not keep up\n"
    disk._thread.join(30)
    assert (tmp_path / "other").read_bytes() == b""
    assert (tmp_path / "a.pcapng").read_bytes() == b"HEAD", "a block whose keys were not told is not there either"


def test_a_full_disk_is_told_to_whoever_reads_beside(
    tmp_path: Path, pipe_ends: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    really = os.write

    def write(descriptor: int, data: bytes) -> int:
        if bytes(data) == b"full":
            raise OSError(errno.ENOSPC, "No space left on device")
        return really(descriptor, data)

    monkeypatch.setattr(disk_module.os, "write", write)
    disk = Disk(tmp_path / "a.pcapng", head, aside=pipe_ends[1])
    disk.put(b"full", first=b"key\n")
    disk.put(b"more", first=b"another\n")
    disk.close()
    let_go(pipe_ends[1])
    with os.fdopen(os.dup(pipe_ends[0]), "rb") as reader:
        assert reader.read() == b"key\n" + ended("the disk is full")


def test_the_end_is_told_even_if_nothing_else_waits(
    tmp_path: Path, pipe_ends: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk_module, "MOST_WAITING", 0)
    disk = Disk(tmp_path / "a.pcapng", head, aside=pipe_ends[1])
    disk.put(b"too much")
    with os.fdopen(os.dup(pipe_ends[0]), "rb") as reader:
        assert [reader.readline(), reader.readline()] == [b"\n", b"# ended: the disk does not keep up\n"]
    disk.close()


def test_a_record_that_is_abandoned_ends_without_a_word(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    disk = Disk(tmp_path / "a.pcapng", head)
    with caplog.at_level(logging.WARNING):
        disk.abandon()
        disk.put(b"one")
        disk.close()
    assert disk.given_up and caplog.records == []
    assert (tmp_path / "a.pcapng").read_bytes() == b"HEAD"


def test_files_of_a_record_are_numbered_before_their_suffix() -> None:
    path = Path("/a/t.x.pcapng")
    assert [numbered(path, number).name for number in (0, 1, 12)] == ["t.x.pcapng", "t.x.1.pcapng", "t.x.12.pcapng"]
