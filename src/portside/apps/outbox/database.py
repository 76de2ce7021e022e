"""The SQLite file of a queue, and the one way in which it is changed.

Each change is one transaction in a write-ahead log. What is promised is on the disk when its call returns
(``synchronous=FULL``); what the queue would find out again by itself need not be (``NORMAL``). Several processes may
have the file open: one runs the queue, others put messages in or ask.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from portside.apps.outbox.contents import FOLDER
from portside.errors import UsageError
from portside.files.durable import sync_folder
from portside.mail.storing import StoreError, StoreFull

FILE = "queue.sqlite"
PATIENCE = 10.0
"""Seconds to wait for another process that is changing the file: a change takes milliseconds."""
SPARE = 4096
"""Free pages of 4 KiB that the file keeps for what comes next: one that was long does not fill the disk for ever."""
AT_ONCE = 2048
"""Free pages that are given back in one transaction, during which others wait."""
VERSION = 1
"""Of the tables below."""

_TABLES = """
CREATE TABLE IF NOT EXISTS messages (
    id TEXT PRIMARY KEY, born REAL NOT NULL, sender TEXT NOT NULL, size INTEGER NOT NULL, start INTEGER NOT NULL,
    relay TEXT NOT NULL, envelope TEXT NOT NULL, finished REAL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS contents (message TEXT PRIMARY KEY, octets BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS recipients (
    number INTEGER PRIMARY KEY, message TEXT NOT NULL, destination TEXT NOT NULL, address TEXT NOT NULL, notify TEXT,
    original TEXT NOT NULL, state TEXT NOT NULL, due REAL NOT NULL, changed REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, said TEXT NOT NULL DEFAULT '', status TEXT NOT NULL DEFAULT '',
    server TEXT NOT NULL DEFAULT '', owed TEXT NOT NULL DEFAULT '', told_of_delay INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS history (recipient INTEGER NOT NULL, at REAL NOT NULL, said TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS destinations (
    name TEXT PRIMARY KEY, failures INTEGER NOT NULL, until REAL NOT NULL, said TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS recipients_of_messages ON recipients (message);
CREATE INDEX IF NOT EXISTS waiting_by_destination ON recipients (destination, due) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS waiting_by_time ON recipients (due, destination) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS owing ON recipients (message) WHERE owed <> '';
CREATE INDEX IF NOT EXISTS trying ON recipients (message) WHERE state = 'trying';
CREATE INDEX IF NOT EXISTS finished ON messages (finished) WHERE finished IS NOT NULL;
CREATE INDEX IF NOT EXISTS history_of_recipients ON history (recipient, at);
"""

_NO_ROOM = frozenset({sqlite3.SQLITE_FULL})


def open_database(folder: Path) -> sqlite3.Connection:
    """The queue in ``folder``, both made where they are missing, and only for their owner. Raises ``UsageError``."""
    file = folder / FILE
    try:
        _make_folder(folder)
        with _alone(folder):
            (folder / FOLDER).mkdir(mode=0o700, exist_ok=True)
            _make(file)
            return _connect(file)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UsageError(f"the queue in {folder} can't be opened: {reason}; --outbox names another folder") from error
    except sqlite3.Error as error:
        raise UsageError(f"{file} is no queue: {error}; --outbox names another folder") from error


def _make_folder(folder: Path) -> None:
    """Make it with all that leads to it, each on the disk."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for each in missing:
        sync_folder(each.parent)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Of several processes that make the same queue one is first; what was made is on the disk at the end."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
        os.fsync(fd)
    finally:
        os.close(fd)


def _make(file: Path) -> None:
    """Make the file for its owner alone. One that is there is not even opened: closing it again would take from this
    process the locks that SQLite holds on it (POSIX), and others would take its log for abandoned."""
    with contextlib.suppress(FileExistsError):
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def _connect(file: Path) -> sqlite3.Connection:
    database = sqlite3.connect(file, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
    try:
        _prepare(database)
    except sqlite3.Error:
        database.close()
        raise
    return database


def _prepare(database: sqlite3.Connection) -> None:
    version = database.execute("PRAGMA user_version").fetchone()[0]
    if version == VERSION:
        return
    if version:
        raise sqlite3.DatabaseError(f"its version is {version}, and this program knows {VERSION}")
    database.execute("PRAGMA auto_vacuum = INCREMENTAL")  # counts only ahead of the first table
    database.execute("PRAGMA journal_mode = WAL")
    database.executescript(f"BEGIN IMMEDIATE; {_TABLES} PRAGMA user_version = {VERSION}; COMMIT;")


@contextlib.contextmanager
def changing(database: sqlite3.Connection, *, promised: bool = True) -> Iterator[sqlite3.Connection]:
    """One transaction: all of it, or nothing. Raises ``StoreError``, and ``StoreFull`` where the disk is full.

    ``promised``: when the block is left, it is on the disk. Otherwise it survives the end of this process alone.
    """
    try:
        database.execute(f"PRAGMA synchronous = {'FULL' if promised else 'NORMAL'}")
        database.execute("BEGIN IMMEDIATE")
        try:
            yield database
            database.execute("COMMIT")
        except BaseException:
            if database.in_transaction:
                database.execute("ROLLBACK")
            raise
    except sqlite3.Error as error:
        raise excuse(error) from error


@contextlib.contextmanager
def reading(database: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Several questions whose answers belong together. Raises ``StoreError``."""
    try:
        database.execute("BEGIN")
        try:
            yield database
        finally:
            if database.in_transaction:
                database.execute("ROLLBACK")
    except sqlite3.Error as error:
        raise excuse(error) from error


def give_back(database: sqlite3.Connection) -> bool:
    """Give the disk some of what the file does not need any more; whether there is more. Within a transaction."""
    free = database.execute("PRAGMA freelist_count").fetchone()[0] - SPARE
    for _ in range(min(free, AT_ONCE)):
        database.execute("PRAGMA incremental_vacuum(1)")  # of a larger number Python would do the first page only
    return bool(free > AT_ONCE)


def excuse(error: sqlite3.Error) -> StoreError:
    """What a person is told of ``error``."""
    if getattr(error, "sqlite_errorcode", None) in _NO_ROOM:
        return StoreFull("the queue cannot be written: the disk is full; make room, and it goes on")
    return StoreError(f"the queue cannot be used: {error}")
