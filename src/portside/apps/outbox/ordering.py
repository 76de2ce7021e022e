"""What a person may have done with queued messages: held, released, tried at once, removed. Each within a transaction.

Who is being tried at the moment is left to the try: a message cannot be called back from the wire.
"""

from __future__ import annotations

import sqlite3

from portside.apps.outbox.settling import erase, finish, remember
from portside.apps.outbox.states import TRANSITIONS, Event, State


def hold(database: sqlite3.Connection, message: str, now: float) -> int:
    """Keep back who waits, until released; how many."""
    return _move(database, message, Event.HELD_BACK, now)


def release(database: sqlite3.Connection, message: str, now: float) -> int:
    """Let who is held wait again, due at once; how many."""
    return _move(database, message, Event.RELEASED, now)


def retry(database: sqlite3.Connection, message: str | None, now: float) -> int:
    """Have who waits, of one message or of all, due at once, also where a destination was down; how many."""
    condition, values = ("", ()) if message is None else (" AND message = ?", (message,))
    waiting = f"SELECT destination FROM recipients WHERE state = 'waiting'{condition}"
    database.execute(f"DELETE FROM destinations WHERE name IN ({waiting})", values)
    changed = database.execute(f"UPDATE recipients SET due = ? WHERE state = 'waiting'{condition}", (now, *values))
    return changed.rowcount


def remove(database: sqlite3.Connection, message: str, now: float) -> tuple[int, list[str]]:
    """Take a message away, unsent and unreported; the number of its recipients who are just being tried and stay.

    Beside it the messages whose files may go.
    """
    trying = _count(database, message, State.TRYING)
    if not trying:
        erase(database, [message])
        return 0, [message]
    database.execute("UPDATE recipients SET owed = '' WHERE message = ?", (message,))
    going = "SELECT number FROM recipients WHERE message = ? AND state IN ('waiting', 'held')"
    database.execute(f"DELETE FROM history WHERE recipient IN ({going})", (message,))
    database.execute(f"DELETE FROM recipients WHERE number IN ({going})", (message,))
    return trying, finish(database, [message], now)


def _move(database: sqlite3.Connection, message: str, event: Event, now: float) -> int:
    count = 0
    for state, following in TRANSITIONS[event].items():
        found = database.execute(
            "SELECT number FROM recipients WHERE message = ? AND state = ?", (message, state.value)
        )
        for (number,) in found.fetchall():
            database.execute(
                "UPDATE recipients SET state = ?, due = ?, changed = ? WHERE number = ?",
                (following.value, now, now, number),
            )
            remember(database, number, now, event.value)
            count += 1
    return count


def _count(database: sqlite3.Connection, message: str, state: State) -> int:
    question = "SELECT count(*) FROM recipients WHERE message = ? AND state = ?"
    return int(database.execute(question, (message, state.value)).fetchone()[0])
