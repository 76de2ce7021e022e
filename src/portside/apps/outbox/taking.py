"""What the queue is to do next: which destinations somebody is due at, and the next job for one of them.

No question here goes through the whole queue, however long it is: an index leads to those who are due longest, and
where all of these are at work already, from one destination to the next and to the first who is due there.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection

from portside.apps.outbox.entries import Job
from portside.apps.outbox.rows import COLUMNS, parse_envelope, recipient_of
from portside.apps.outbox.settling import Moment, finish, spare
from portside.apps.outbox.states import Event, State, after

LOOK = 1_000
"""Recipients that are looked at, the longest due first, before destinations are gone through one by one."""
RECIPIENTS = 100
"""Recipients in one transaction: what every server has to take (RFC 5321 §4.5.3.1.8)."""

_OLDEST = "SELECT destination FROM recipients WHERE state = 'waiting' AND due <= ? ORDER BY due LIMIT ?"
_DUE = """
WITH RECURSIVE each(name) AS (
    SELECT min(destination) FROM recipients WHERE state = 'waiting'
    UNION ALL
    SELECT (SELECT min(destination) FROM recipients WHERE state = 'waiting' AND destination > each.name)
    FROM each WHERE each.name IS NOT NULL
)
SELECT name FROM each WHERE name IS NOT NULL AND name NOT IN (SELECT value FROM json_each(?))
    AND (SELECT min(due) FROM recipients WHERE state = 'waiting' AND destination = name) <= ? LIMIT ?
"""
_FIRST = "SELECT message FROM recipients WHERE state = 'waiting' AND destination = ? AND due <= ? ORDER BY due LIMIT 1"


def due_destinations(database: sqlite3.Connection, now: float, most: int, busy: Collection[str] = ()) -> list[str]:
    """At most ``most`` destinations where somebody is due, the longest due first; those that are ``busy`` left out."""
    oldest = [name for (name,) in database.execute(_OLDEST, (now, LOOK))]
    found = list(dict.fromkeys(name for name in oldest if name not in busy))[:most]
    if found or len(oldest) < LOOK:
        return found
    return [name for (name,) in database.execute(_DUE, (json.dumps(list(busy)), now, most))]


def next_due(database: sqlite3.Connection, now: float) -> float | None:
    """When the next recipient becomes due, after ``now``; None where nobody does."""
    question = "SELECT min(due) FROM recipients WHERE state = 'waiting' AND due > ?"
    moment: float | None = database.execute(question, (now,)).fetchone()[0]
    return moment


def take(database: sqlite3.Connection, destination: str, moment: Moment) -> tuple[Job | None, list[str]]:
    """The job that has waited longest at ``destination``, whose recipients are being tried from now on.

    None where nobody is due, or the destination is down: then they are put off untried. Beside it the messages whose
    files may go, since they have lapsed. Within a transaction.
    """
    down = database.execute("SELECT until, said FROM destinations WHERE name = ?", (destination,)).fetchone()
    if down is not None and down[0] > moment.now:
        return None, finish(database, spare(database, destination, down[0], down[1], moment), moment.now)
    first = database.execute(_FIRST, (destination, moment.now)).fetchone()
    return (None if first is None else _job(database, first[0], destination, moment)), []


def _job(database: sqlite3.Connection, message: str, destination: str, moment: Moment) -> Job:
    rows = database.execute(
        f"SELECT {COLUMNS} FROM recipients WHERE message = ? AND destination = ? AND state = 'waiting' AND due <= ?"
        " ORDER BY number LIMIT ?",
        (message, destination, moment.now, RECIPIENTS),
    ).fetchall()
    recipients = [recipient_of(row) for row in rows]
    trying = after(State.WAITING, Event.TAKEN).value
    database.executemany(
        "UPDATE recipients SET state = ?, changed = ? WHERE number = ?",
        [(trying, moment.now, each.number) for each in recipients],
    )
    question = "SELECT sender, envelope, relay FROM messages WHERE id = ?"
    sender, said, relay = database.execute(question, (message,)).fetchone()
    envelope = parse_envelope(sender, said, tuple(each.recipient for each in recipients))
    return Job(message, destination, relay, envelope, tuple(each.number for each in recipients))
