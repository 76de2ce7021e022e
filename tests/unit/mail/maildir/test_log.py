"""The log's segments: filled, used again, taken back after errors, and never more than a fixed number."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from portside.mail.maildir import log as log_room
from portside.mail.maildir.batches import BLOCK, Entry, parse_header, parse_segment
from portside.mail.maildir.folder import Folder
from portside.mail.maildir.log import Log
from portside.mail.storing import StoreError, StoreFull
from tests.support.mail_stores import names

SIZE = 4 * BLOCK
"""A segment with room for three batches of one block."""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    folder = Folder(tmp_path / "mail")
    folder.open()
    yield folder
    folder.close()


@pytest.fixture
def log(folder: Folder) -> Iterator[Log]:
    log = Log(folder, 10, size=SIZE)
    yield log
    log.close(done=True)


def place(folder: Folder) -> Path:
    return folder.path / ".portside" / "log"


def entry(number: int, size: int = 100) -> Entry:
    return Entry(f"{number}.h", ("",), b"x" * size, number)


def batches(folder: Folder) -> list[tuple[int, list[int]]]:
    """The numbers of all batches on the disk, with those of their entries."""
    found = []
    for file in place(folder).glob("*.log"):
        data = file.read_bytes()
        key = parse_header(data)
        assert key is not None
        for batch in parse_segment(data, key)[0]:
            found.append((batch.number, [entry.number for entry in batch.entries]))
    return sorted(found)


def test_what_is_appended_is_in_the_file(folder: Folder, log: Log) -> None:
    log.append([entry(1), entry(2)])
    log.append([entry(3)])
    assert batches(folder) == [(11, [1, 2]), (12, [3])]


def test_a_full_segment_is_followed_by_another(folder: Folder, log: Log) -> None:
    for number in range(1, 8):
        log.append([entry(number)])
    assert len(names(place(folder))) == 3
    assert [batch for batch, _ in batches(folder)] == [11, 12, 13, 14, 15, 16, 17]


def test_a_segment_that_is_done_with_is_used_again(folder: Folder, log: Log) -> None:
    for number in range(1, 5):
        log.append([entry(number)])
    before = names(place(folder))
    assert (log.waiting(2), log.waiting(3)) == (0, 1)
    log.release(3)
    assert batches(folder) == [(14, [4])]
    for number in range(5, 8):
        log.append([entry(number)])
    assert names(place(folder)) == before
    assert [batch for batch, _ in batches(folder)] == [14, 15, 16, 17]


def test_a_segment_is_prepared_before_it_is_needed(folder: Folder, log: Log) -> None:
    log.append([entry(1)])
    log.prepare()
    assert len(names(place(folder))) == 1
    log.append([entry(2)])
    log.prepare()
    log.prepare()
    assert len(names(place(folder))) == 2


def test_there_are_never_more_than_so_many(folder: Folder, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_room, "MOST_SEGMENTS", 2)
    monkeypatch.setattr(log_room, "PATIENCE", 0.0)
    for number in range(1, 7):
        log.append([entry(number)])
    with pytest.raises(StoreError, match="does not keep up"):
        log.append([entry(7)])
    log.release(3)
    log.append([entry(7)])
    assert len(names(place(folder))) == 2


def test_nobody_waits_for_a_disk_in_trouble(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_room, "MOST_SEGMENTS", 1)
    log.trouble(StoreFull("no room"))
    for number in range(1, 4):
        log.append([entry(number)])
    with pytest.raises(StoreFull):
        log.append([entry(4)])
    monkeypatch.setattr(log_room, "MOST_SEGMENTS", 2)
    log.trouble(None)
    log.append([entry(4)])


def test_what_failed_is_taken_back_and_nothing_is_written_behind_it(
    folder: Folder, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(fd: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    log.append([entry(1)])
    with monkeypatch.context() as patch:
        patch.setattr(log_room.os, "fdatasync", fail)
        with pytest.raises(OSError, match="error"):
            log.append([entry(2)])
    log.append([entry(3)])
    assert batches(folder) == [(11, [1]), (12, [3])]
    assert len(names(place(folder))) == 2


def test_no_segment_is_left_where_there_is_no_room_for_one(
    folder: Folder, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(fd: int, data: bytes, at: int) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    for number in range(1, 4):
        log.append([entry(number)])
    before = names(place(folder))
    with monkeypatch.context() as patch:
        patch.setattr(log_room.os, "pwrite", full)
        with pytest.raises(OSError, match="No space"):
            log.append([entry(4)])
    assert names(place(folder)) == before
    log.append([entry(4)])


@pytest.mark.parametrize("is_synced_first", [False, True])
def test_where_there_is_no_room_for_another_a_full_segment_is_used_again_once_it_is_done_with(
    folder: Folder, log: Log, monkeypatch: pytest.MonkeyPatch, is_synced_first: bool
) -> None:
    def full(self: Log) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    for number in range(1, 4):
        log.append([entry(number)])
    monkeypatch.setattr(Log, "_make", full)
    if not is_synced_first:
        for _ in range(2):
            with pytest.raises(OSError, match="No space"):
                log.append([entry(4)])
        assert [batch for batch, _ in batches(folder)] == [11, 12, 13]
    log.release(3)
    log.append([entry(4)])
    assert batches(folder) == [(14, [4])]
    log.append([entry(5)])
    assert batches(folder) == [(14, [4]), (15, [5])]


@pytest.mark.parametrize(("room", "is_begun"), [(SIZE - 1, False), (SIZE, True), (None, True)])
def test_no_segment_is_begun_on_a_disk_that_says_it_has_no_room(
    folder: Folder, log: Log, monkeypatch: pytest.MonkeyPatch, room: int | None, is_begun: bool
) -> None:
    monkeypatch.setattr(log_room, "room_at", lambda folder: room)
    for number in range(1, 4):
        log.append([entry(number)])
    before = names(place(folder))
    with contextlib.nullcontext() if is_begun else pytest.raises(OSError, match="No space"):
        log.append([entry(4)])
    assert (names(place(folder)) != before) is is_begun


def test_a_log_that_was_deleted_is_noticed_before_anybody_is_told(folder: Folder, log: Log) -> None:
    log.append([entry(1)])
    for file in place(folder).iterdir():
        file.unlink()
    log.append([entry(2)])
    assert batches(folder) == [(12, [2])]


def test_files_stay_for_whoever_needs_them(folder: Folder) -> None:
    log = Log(folder, size=SIZE)
    log.append([entry(1)])
    log.close(done=False)
    assert batches(folder) == [(1, [1])]


def test_files_go_when_nobody_needs_them(folder: Folder) -> None:
    Log(folder, size=SIZE).close(done=True)
    assert names(place(folder)) == []
