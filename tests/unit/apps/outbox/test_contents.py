"""Contents of queued messages: small ones in the database, large ones in files."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from portside.apps.outbox import contents
from portside.apps.outbox.contents import ROOM, SMALL, Draft
from portside.apps.outbox.database import open_database
from portside.apps.outbox.putting import Arrival, insert
from tests.support.outboxes import envelope

LARGE = bytes(range(256)) * (SMALL // 256) + b"and more"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    opened = open_database(tmp_path)
    yield opened
    opened.close()


def files(folder: Path) -> list[str]:
    place = folder / contents.FOLDER
    return sorted(path.name for path in place.iterdir()) if place.exists() else []


def put(database: sqlite3.Connection, name: str, octets: bytes | None, start: int = 0) -> None:
    insert(database, Arrival(name, envelope("b@there.test"), "", 0.0, 1, octets, start))


def large(folder: Path, name: str, trace: bytes = b"") -> tuple[Draft, int]:
    draft = Draft(folder, name)
    for place in range(0, len(LARGE), 1000):
        draft.write(LARGE[place : place + 1000])
    return draft, draft.settle(trace)


def test_a_small_content_stays_in_memory_up_to_the_limit(tmp_path: Path) -> None:
    draft = Draft(tmp_path, "m")
    draft.write(b"a" * (SMALL - 1))
    draft.write(b"b")
    assert not draft.in_file and files(tmp_path) == []
    assert draft.octets(b"trace\r\n") == b"trace\r\n" + b"a" * (SMALL - 1) + b"b"
    draft.close(keep=True)
    assert draft.octets(b"") == b""


def test_a_large_content_goes_to_a_file_of_its_owner_alone(tmp_path: Path) -> None:
    draft, start = large(tmp_path, "m")
    assert draft.in_file and draft.size == len(LARGE) and start == ROOM
    draft.close(keep=True)
    file = tmp_path / contents.FOLDER / "m"
    assert file.read_bytes()[ROOM:] == LARGE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_content_that_is_not_kept_leaves_nothing(tmp_path: Path) -> None:
    draft, _ = large(tmp_path, "m")
    draft.close(keep=False)
    draft.close(keep=False)
    assert files(tmp_path) == []


def test_contents_come_back_with_their_trace(database: sqlite3.Connection, tmp_path: Path) -> None:
    trace = b"Received: by us\r\n"
    draft, start = large(tmp_path, "large", trace)
    put(database, "large", None, start)
    put(database, "small", b"hello")
    draft.close(keep=True)
    assert contents.content(database, tmp_path, "small") == b"hello"
    file = contents.content(database, tmp_path, "large")
    assert not isinstance(file, bytes)
    with file:
        assert file.seekable() and file.read() == trace + LARGE
        assert file.seek(0, os.SEEK_END) == len(trace + LARGE)
        assert file.seek(3) == 3 and file.read(5) == trace[3:8] and file.tell() == 8
        assert file.seek(-3, os.SEEK_CUR) == 5
    assert file.closed


def test_a_content_that_has_gone_is_an_error(database: sqlite3.Connection, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        contents.content(database, tmp_path, "nothing")


def test_files_are_removed_with_their_messages(database: sqlite3.Connection, tmp_path: Path) -> None:
    for name in ("a", "b"):
        large(tmp_path, name)[0].close(keep=True)
    contents.remove(tmp_path, ["a", "in the database"])
    assert files(tmp_path) == ["b"]


def test_what_an_accident_left_is_swept_and_nothing_else(database: sqlite3.Connection, tmp_path: Path) -> None:
    assert contents.sweep(database, tmp_path) == 0
    for name in ("known", "done", "left"):
        draft, start = large(tmp_path, name)
        if name != "left":
            put(database, name, None, start)
        draft.close(keep=True)
    database.execute("UPDATE messages SET finished = 1 WHERE id = 'done'")
    coming, _ = large(tmp_path, "coming")
    assert contents.sweep(database, tmp_path) == 2
    assert files(tmp_path) == ["coming", "known"]
    coming.close(keep=False)
