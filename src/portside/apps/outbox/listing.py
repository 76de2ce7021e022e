"""What the queue tells a person: its messages, one of them, and what happened to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from portside.apps.outbox.entries import Happening, QueuedMessage
from portside.apps.outbox.rows import COLUMNS, Row, parse_envelope, recipient_of

_MESSAGE = "SELECT id, sender, envelope, size, born, relay FROM messages"
PAGE = 500
"""Messages that are read at a time, so that a long queue is not held in memory, nor locked while it is shown."""


def messages(database: sqlite3.Connection, *, finished: bool = False) -> Iterator[QueuedMessage]:
    """What waits, the oldest first; or what has ``finished``, too."""
    condition = "" if finished else "finished IS NULL AND "
    last = ""
    while True:
        rows = database.execute(f"{_MESSAGE} WHERE {condition}id > ? ORDER BY id LIMIT ?", (last, PAGE)).fetchall()
        for row in rows:
            yield _message(database, row)
        if len(rows) < PAGE:
            return
        last = rows[-1][0]


def message(database: sqlite3.Connection, name: str) -> QueuedMessage | None:
    """One message, finished or not."""
    row = database.execute(f"{_MESSAGE} WHERE id = ?", (name,)).fetchone()
    return None if row is None else _message(database, row)


def names(database: sqlite3.Connection, part: str, most: int = 2) -> list[str]:
    """The ids that ``part`` stands in, at most ``most`` of them; of one that is an id itself, that one alone."""
    if database.execute("SELECT 1 FROM messages WHERE id = ?", (part,)).fetchone() is not None:
        return [part]
    return [name for (name,) in database.execute("SELECT id FROM messages WHERE instr(id, ?) LIMIT ?", (part, most))]


def history(database: sqlite3.Connection, name: str) -> list[Happening]:
    """What happened to the recipients of a message, the oldest first."""
    found = database.execute(
        "SELECT at, address, history.said FROM history JOIN recipients ON number = recipient"
        " WHERE message = ? ORDER BY at, history.rowid",
        (name,),
    )
    return [Happening(at, address, said) for at, address, said in found]


def down(database: sqlite3.Connection) -> list[tuple[str, float, str]]:
    """Destinations that nobody could be reached at: name, when the next probe is, and what happened."""
    return list(database.execute("SELECT name, until, said FROM destinations ORDER BY name"))


def _message(database: sqlite3.Connection, row: Row) -> QueuedMessage:
    name, sender, said, size, born, relay = row
    found = database.execute(f"SELECT {COLUMNS} FROM recipients WHERE message = ? ORDER BY number", (name,))
    recipients = tuple(recipient_of(each) for each in found)
    envelope = parse_envelope(sender, said, tuple(each.recipient for each in recipients))
    return QueuedMessage(name, envelope, size, born, relay, recipients)
