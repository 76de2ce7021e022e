"""The queue's file."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from portside.apps.outbox import database as database_module
from portside.apps.outbox.database import FILE, changing, excuse, give_back, open_database, reading
from portside.errors import UsageError
from portside.mail.storing import StoreError, StoreFull

ANOTHER_PROCESS = """
import pathlib, sys
from portside.apps.outbox import database as database_module
from portside.apps.outbox.database import changing, open_database

database = open_database(pathlib.Path(sys.argv[1]))
with changing(database):
    database.execute("INSERT INTO destinations VALUES ('b', 1, 0, '')")
database.close()
"""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    opened = open_database(tmp_path / "queue")
    yield opened
    opened.close()


def insert(database: sqlite3.Connection, name: str) -> None:
    database.execute("INSERT INTO destinations VALUES (?, 1, 0, '')", (name,))


def names(database: sqlite3.Connection) -> list[str]:
    return [name for (name,) in database.execute("SELECT name FROM destinations ORDER BY name")]


def test_only_its_owner_may_look_into_it(database: sqlite3.Connection, tmp_path: Path) -> None:
    with changing(database):
        insert(database, "a")
    folder = tmp_path / "queue"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir() if file.is_file()} == {0o600}
    assert stat.S_IMODE((folder / "contents").stat().st_mode) == 0o700


def test_every_folder_on_the_way_is_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(database_module, "sync_folder", synced.append)
    open_database(tmp_path / "a" / "b").close()
    assert set(synced) == {tmp_path, tmp_path / "a"}
    open_database(tmp_path / "a" / "b").close()
    assert len(synced) == 2


def test_a_second_connection_takes_no_lock_from_the_first(database: sqlite3.Connection, tmp_path: Path) -> None:
    """Another process that closes the file last removes its log; it must not think so while we have it."""
    with changing(database):
        insert(database, "a")
    open_database(tmp_path / "queue").close()
    subprocess.run([sys.executable, "-c", ANOTHER_PROCESS, str(tmp_path / "queue")], check=True)
    assert names(database) == ["a", "b"]
    assert (tmp_path / "queue" / f"{FILE}-wal").exists()


def test_what_is_promised_is_written_with_full_syncs(database: sqlite3.Connection) -> None:
    assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    for promised, level in ((True, 2), (False, 1)):
        with changing(database, promised=promised):
            assert database.execute("PRAGMA synchronous").fetchone() == (level,)


def test_a_change_is_there_whole_or_not_at_all(database: sqlite3.Connection, tmp_path: Path) -> None:
    def fail() -> None:
        with changing(database):
            insert(database, "a")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with changing(database):
        insert(database, "b")
    other = open_database(tmp_path / "queue")
    assert names(other) == ["b"]
    other.close()


def test_answers_that_belong_together_come_from_one_moment(database: sqlite3.Connection, tmp_path: Path) -> None:
    other = open_database(tmp_path / "queue")
    with reading(database):
        assert names(database) == []
        with changing(other):
            insert(other, "a")
        assert names(database) == []
    assert names(database) == ["a"]
    other.close()


def test_a_wrong_question_is_an_error_of_the_store(database: sqlite3.Connection) -> None:
    with pytest.raises(StoreError, match="the queue cannot be used: no such table"), reading(database):
        database.execute("SELECT 1 FROM no_such_table")
    with pytest.raises(StoreError), changing(database):
        database.execute("SELECT 1 FROM no_such_table")
    assert not database.in_transaction


def test_a_queue_that_was_long_gives_its_room_back(
    database: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "SPARE", 10)
    monkeypatch.setattr(database_module, "AT_ONCE", 100)
    with changing(database):
        database.executemany(
            "INSERT INTO contents VALUES (?, zeroblob(100000))", [(str(number),) for number in range(20)]
        )
    with changing(database):
        database.execute("DELETE FROM contents")
    turns = 1
    while True:
        with changing(database):
            if not give_back(database):
                break
        turns += 1
    assert turns == 5
    assert database.execute("PRAGMA freelist_count").fetchone() == (10,)
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert (tmp_path / "queue" / FILE).stat().st_size < 200_000


def test_a_full_disk_is_told_as_one(database: sqlite3.Connection) -> None:
    database.execute("PRAGMA max_page_count = 1")
    with pytest.raises(StoreFull, match="make room"), changing(database):
        database.execute("INSERT INTO contents VALUES ('a', zeroblob(1000000))")
    assert type(excuse(sqlite3.OperationalError("x"))) is StoreError


def test_a_queue_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    opened = open_database(tmp_path)
    opened.execute("PRAGMA user_version = 9")
    opened.close()
    with pytest.raises(UsageError, match="its version is 9, and this program knows 1"):
        open_database(tmp_path)


def test_what_is_no_queue_is_not_touched(tmp_path: Path) -> None:
    file = tmp_path / FILE
    file.write_bytes(b"dear diary " * 100)
    with pytest.raises(UsageError, match="is no queue"):
        open_database(tmp_path)
    assert file.read_bytes() == b"dear diary " * 100


def test_a_place_for_no_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UsageError, match=r"can't be opened: .*--outbox names another folder"):
        open_database(tmp_path / "file" / "queue")
