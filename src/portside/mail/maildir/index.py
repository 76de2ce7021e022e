"""The index of a mailbox: SQLite, with a table of what a list shows and an index of all words.

It holds nothing that is not in the Maildir, so it is written without waiting for the disk, and made anew whenever it
is broken, of another version, or was in use when the machine stopped. The words' index keeps no text; what it says of
deleted messages stays in it and leads nowhere, until it is made anew. Messages are numbered as they are noticed; the
latest have the highest ``key``, and every list is in that order, so a page is found without sorting.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portside.mail.maildir.describing import Description
from portside.mail.maildir.queries import Query
from portside.mail.maildir.summary import Summary

VERSION = 1
PATIENCE = 10.0
"""Seconds to wait for another program that reads or writes the same index."""
CACHE_KIB = 16 * 1024
"""Memory for pages of the index."""

_SCHEMA = f"""
CREATE TABLE messages (
    key INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, file TEXT NOT NULL,
    time REAL NOT NULL, sender TEXT NOT NULL, recipients TEXT NOT NULL, subject TEXT NOT NULL, size INTEGER NOT NULL,
    seen INTEGER NOT NULL, attachments INTEGER NOT NULL, snippet TEXT NOT NULL, return_path TEXT NOT NULL,
    local_port INTEGER NOT NULL, host TEXT NOT NULL, port INTEGER NOT NULL
);
CREATE INDEX unseen ON messages (key) WHERE seen = 0;
CREATE VIRTUAL TABLE words USING fts5 (
    from_words, to_words, subject_words, text, files,
    content='', prefix='1 2 3', tokenize='unicode61 remove_diacritics 2'
);
CREATE TABLE opened (boot TEXT NOT NULL);
PRAGMA user_version = {VERSION};
"""
_SHOWN = "id, time, sender, recipients, subject, size, seen, attachments, snippet, return_path, local_port, host, port"


@dataclass(frozen=True, slots=True)
class Indexed:
    """One message as it comes into the index: ``file`` is where it lies, from the folder."""

    id: str
    file: str
    time: float
    size: int
    seen: bool
    description: Description


class Index:
    """The index at ``path``; a connection belongs to one thread at a time. Everything raises ``sqlite3.Error``."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
        try:
            self._db.execute("PRAGMA synchronous = OFF")
            self._db.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        except sqlite3.Error:
            self._db.close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    # -------------------------------------------------------------------------------------------- beginning

    def is_sound(self, boot: str) -> bool:
        """Whether it is ours, and no power cut can have broken it."""
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version != VERSION:
            return False
        opened = self._db.execute("SELECT boot FROM opened").fetchall()
        return all(of == boot for (of,) in opened)

    def create(self) -> None:
        """Make the tables, in an empty file."""
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.executescript(_SCHEMA)

    def begin(self, boot: str) -> None:
        """It is in use from now on, in this run of the machine."""
        self._db.execute("DELETE FROM opened")
        self._db.execute("INSERT INTO opened VALUES (?)", (boot,))

    def end(self) -> None:
        """It is whole on the disk, as far as the system lets it."""
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("DELETE FROM opened")
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @property
    def is_stale(self) -> bool:
        """Whether most of the words belong to messages that are gone."""
        (words,) = self._db.execute("SELECT count(*) FROM words_docsize").fetchone()
        (messages,) = self._db.execute("SELECT count(*) FROM messages").fetchone()
        return bool(words > 2 * messages + 10_000)

    # ---------------------------------------------------------------------------------------------- writing

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        """All that is written in this block is there at once, or none of it."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def add(self, messages: Iterable[Indexed]) -> None:
        """Messages that are not in it yet, the latest last."""
        with self.changing():
            for message in messages:
                self._add(message)

    def _add(self, message: Indexed) -> None:
        told = message.description
        row = (
            *(message.id, message.file, message.time, told.sender, "\n".join(told.recipients), told.subject),
            *(message.size, message.seen, told.attachments, told.snippet, told.return_path),
            *(told.conversation.local_port, told.conversation.host, told.conversation.port),
        )
        written = self._db.execute(f"INSERT INTO messages VALUES (NULL{', ?' * len(row)})", row)
        words = (written.lastrowid, told.from_words, told.to_words, told.subject, told.text, told.files)
        self._db.execute(
            "INSERT INTO words (rowid, from_words, to_words, subject_words, text, files) VALUES (?, ?, ?, ?, ?, ?)",
            words,
        )

    def move(self, files: Iterable[tuple[str, str, bool]]) -> None:
        """Each id lies in this file now, seen or not."""
        with self.changing():
            self._db.executemany(
                "UPDATE messages SET file = ?, seen = ? WHERE id = ?", [(file, seen, id) for id, file, seen in files]
            )

    def remove(self, ids: Iterable[str]) -> None:
        """These messages are gone."""
        with self.changing():
            self._db.executemany("DELETE FROM messages WHERE id = ?", [(id,) for id in ids])

    def clear(self) -> None:
        """All messages are gone."""
        with self.changing():
            self._db.execute("DELETE FROM messages")
            self._db.execute("INSERT INTO words (words) VALUES ('delete-all')")

    # ---------------------------------------------------------------------------------------------- reading

    def files(self) -> dict[str, str]:
        """The file of each message, by its id."""
        return dict(self._db.execute("SELECT id, file FROM messages"))

    def file(self, id: str) -> str | None:
        """The file of a message; None where there is none."""
        found = self._db.execute("SELECT file FROM messages WHERE id = ?", (id,)).fetchone()
        return None if found is None else str(found[0])

    def summary(self, id: str) -> Summary | None:
        """One message; None where there is none."""
        found = self._db.execute(f"SELECT {_SHOWN} FROM messages WHERE id = ?", (id,)).fetchone()
        return None if found is None else _summary(found)

    def summaries(self, query: Query, before: str | None, limit: int) -> list[Summary]:
        """At most ``limit`` messages that match, the latest first; those older than ``before``, if that is there."""
        key = self._key(before)
        where, values = _where(query, key)
        sql = f"SELECT {_SHOWN} FROM {where} ORDER BY {_ordered(query)} DESC LIMIT ?"
        return [_summary(row) for row in self._db.execute(sql, (*values, limit))]

    def ids(self, query: Query) -> list[str]:
        """All that match, the latest first."""
        where, values = _where(query, None)
        return [id for (id,) in self._db.execute(f"SELECT id FROM {where} ORDER BY {_ordered(query)} DESC", values)]

    def count(self, query: Query) -> int:
        """How many match."""
        where, values = _where(query, None)
        (count,) = self._db.execute(f"SELECT count(*) FROM {where}", values).fetchone()
        return int(count)

    def _key(self, id: str | None) -> int | None:
        if id is None:
            return None
        found = self._db.execute("SELECT key FROM messages WHERE id = ?", (id,)).fetchone()
        return None if found is None else int(found[0])


def _where(query: Query, before: int | None) -> tuple[str, list[object]]:
    """The tables and conditions of a query, and their values. Words are looked up first, in the order of their keys."""
    tables, conditions, values = "messages", list[str](), list[object]()
    if query.match:
        tables = "words CROSS JOIN messages ON messages.key = words.rowid"
        conditions.append("words MATCH ?")
        values.append(query.match)
    elif query.excluded:
        conditions.append("key NOT IN (SELECT rowid FROM words WHERE words MATCH ?)")
        values.append(query.unmatched)
    if before is not None:
        conditions.append(f"{_ordered(query)} < ?")
        values.append(before)
    conditions += (f"({condition})" for condition in query.conditions)
    values += query.values
    return (f"{tables} WHERE {' AND '.join(conditions)}" if conditions else tables), values


def _ordered(query: Query) -> str:
    return "words.rowid" if query.match else "messages.key"


def _summary(row: Sequence[Any]) -> Summary:
    id, time, sender, recipients, subject, size, seen, *rest = row
    people = tuple(recipients.split("\n")) if recipients else ()
    return Summary(id, time, sender, people, subject, size, bool(seen), *rest)
