"""The SQLite file that a world is saved in. It blocks, so it is called in a thread (``saving``).

Each change is one transaction that is on the disk when its call returns (write-ahead log, ``synchronous=FULL``): after
a crash the file holds what was acknowledged. One server alone has a file open.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from portside.apps.world.records import Record
from portside.errors import LimitExceeded, PortsideError, UsageError

IN_MEMORY = Path(":memory:")
"""The name of a file that is none: what is saved there ends with the server."""
MOST_PLAYERS = 50_000
"""Names that one file keeps: far more than a world has visitors, and less than fills a disk."""
PATIENCE = 1.0
"""Seconds to wait for the file where another server has it: one that is just ending."""
VERSION = 1
"""Of the tables below."""

_TABLES = """
CREATE TABLE IF NOT EXISTS players (
    key TEXT PRIMARY KEY, name TEXT NOT NULL, password TEXT NOT NULL, record TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS world (name TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;
"""


class NotSaved(PortsideError):
    """The file could not be written or read; what was to be kept is only in memory."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A player as the file has them; ``password`` is a hash, ``record`` None for one who has not come in yet."""

    key: str
    name: str
    password: str
    record: Record | None


class Ledger:
    """One world's file. Raises UsageError where it is no such file, or another server has it."""

    def __init__(self, file: Path, world: str) -> None:
        self.file = file
        self._world = world
        self._database = _open(file)
        try:
            _prepare(self._database)
            self._refuse_others()
        except sqlite3.Error as error:
            self._database.close()
            raise UsageError(_excuse(file, error)) from error
        except UsageError:
            self._database.close()
            raise

    def close(self) -> None:
        """Let another server have the file."""
        self._database.close()

    def player(self, key: str) -> Saved | None:
        """Who has the name of ``key``."""
        row = self._row("SELECT name, password, record FROM players WHERE key = ?", key)
        return None if row is None else Saved(key, row[0], row[1], self._parsed(row[2]))

    def register(self, key: str, name: str, password: str) -> bool:
        """Give a name to somebody with the hash of their password; False where somebody has it already."""
        with self._writing() as database:
            if database.execute("SELECT count(*) FROM players").fetchone()[0] >= MOST_PLAYERS:
                raise LimitExceeded(f"{self._world} keeps at most {MOST_PLAYERS} names: come in as a guest")
            values = (key, name, password, "null")
            return database.execute("INSERT OR IGNORE INTO players VALUES (?, ?, ?, ?)", values).rowcount == 1

    def keep(self, players: Mapping[str, Record], world: Record) -> None:
        """Save some players and the world, all or nothing."""
        rows = [(json.dumps(record), key) for key, record in players.items()]
        with self._writing() as database:
            database.executemany("UPDATE players SET record = ? WHERE key = ?", rows)
            database.execute("INSERT OR REPLACE INTO world VALUES (?, ?)", (self._world, json.dumps(world)))

    def world(self) -> Record | None:
        """What the world had become."""
        row = self._row("SELECT record FROM world WHERE name = ?", self._world)
        return None if row is None else self._parsed(row[0])

    def _refuse_others(self) -> None:
        """What visitors have in one world means nothing in another, and would be lost there."""
        row = self._database.execute("SELECT name FROM world WHERE name <> ?", (self._world,)).fetchone()
        if row is not None:
            raise UsageError(f"{self.file} holds the world {row[0]}: save {self._world} to another file")

    def _row(self, question: str, name: str) -> tuple[str, ...] | None:
        """One row, or none. Raises NotSaved where the file can't be read."""
        try:
            row: tuple[str, ...] | None = self._database.execute(question, (name,)).fetchone()
        except sqlite3.Error as error:
            raise NotSaved(f"{self.file} can't be read: {error}") from error
        return row

    def _parsed(self, text: str) -> Record | None:
        """A record, or None for one that was never kept. Raises NotSaved for what is no record."""
        try:
            record: Record | None = json.loads(text)
        except ValueError as error:
            raise NotSaved(f"{self.file} is damaged: {error}") from error
        return record

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction; raises NotSaved, and nothing of it stands then."""
        try:
            with self._database:
                yield self._database
        except sqlite3.Error as error:
            raise NotSaved(f"{self.file} can't be written: {error}") from error


def _open(file: Path) -> sqlite3.Connection:
    """The file, which only its owner may read: it holds passwords' hashes."""
    try:
        if file != IN_MEMORY:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
        return sqlite3.connect(file, timeout=PATIENCE, check_same_thread=False)
    except OSError as error:
        raise UsageError(f"{file} can't be opened to save the world: {error.strerror}") from error
    except sqlite3.Error as error:
        raise UsageError(_excuse(file, error)) from error


def _prepare(database: sqlite3.Connection) -> None:
    """Take the file for this server alone, and see to its tables."""
    database.execute("PRAGMA locking_mode = EXCLUSIVE")
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.executescript(_TABLES)
    version = database.execute("PRAGMA user_version").fetchone()[0]
    if version not in (0, VERSION):
        raise sqlite3.DatabaseError(f"its version is {version}, and this program knows {VERSION}")
    database.execute(f"PRAGMA user_version = {VERSION}")


def _excuse(file: Path, error: sqlite3.Error) -> str:
    if "locked" in str(error):
        return f"{file} is in use by another server: stop it, or save to another file"
    return f"{file} is no saved world: {error}"
