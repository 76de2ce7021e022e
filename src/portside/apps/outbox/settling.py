"""What becomes of recipients after a try: their next state, when they are due again, and what their sender is owed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from portside.apps.outbox.entries import Fate, Tried
from portside.apps.outbox.rows import parse_notify
from portside.apps.outbox.schedule import Schedule
from portside.apps.outbox.states import OPEN, Event, State, after
from portside.mail.envelope import Notify
from portside.mail.report import Action

HISTORY = 50
"""Lines that are remembered of a recipient: with the usual intervals those of five days."""
FINISHED = 1_000
"""Finished messages of which the queue can still tell what has become; their contents are gone."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When something is settled: the time (seconds since 1970), the schedule, and a random number from 0 to 1."""

    now: float
    schedule: Schedule
    draw: float = 0.0


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    message: str
    state: State
    attempts: int
    notify: frozenset[Notify] | None
    told_of_delay: bool
    born: float
    sender: str


def settle(database: sqlite3.Connection, tried: Tried, moment: Moment) -> list[str]:
    """Write down what a job has come to, within a transaction; the messages whose files may go.

    Who is not waiting for it any more (removed meanwhile) is left alone.
    """
    for fate in tried.fates:
        row = _row(database, fate.number)
        if row is not None and row.state is State.TRYING:
            _settle_one(database, row, fate, moment)
    lapsed: list[str] = []
    if tried.down:
        lapsed = _put_off_destination(database, tried.job.destination, tried.down, moment)
    elif any(fate.server for fate in tried.fates):
        database.execute("DELETE FROM destinations WHERE name = ?", (tried.job.destination,))
    return finish(database, [tried.job.id, *lapsed], moment.now)


def recover(database: sqlite3.Connection, now: float) -> int:
    """Whoever was being tried when the last runner died waits again, due at once; how many. Within a transaction."""
    numbers = [number for (number,) in database.execute("SELECT number FROM recipients WHERE state = 'trying'")]
    state = after(State.TRYING, Event.PUT_OFF)
    database.executemany(
        "UPDATE recipients SET state = ?, due = ?, changed = ? WHERE number = ?",
        [(state.value, now, now, number) for number in numbers],
    )
    for number in numbers:
        remember(database, number, now, "the queue was cut off while this was being sent: it may arrive twice")
    return len(numbers)


def finish(database: sqlite3.Connection, messages: Iterable[str], now: float) -> list[str]:
    """Of ``messages`` those that nothing more is to become of; their contents go. Within a transaction."""
    wanted = ", ".join(f"'{state.value}'" for state in sorted(OPEN, key=lambda state: state.value))
    question = f"SELECT 1 FROM recipients WHERE message = ? AND (state IN ({wanted}) OR owed <> '') LIMIT 1"
    done = [each for each in messages if database.execute(question, (each,)).fetchone() is None]
    database.executemany("DELETE FROM contents WHERE message = ?", [(each,) for each in done])
    database.executemany("UPDATE messages SET finished = ? WHERE id = ?", [(now, each) for each in done])
    _forget(database)
    return done


def remember(database: sqlite3.Connection, number: int, now: float, said: str) -> None:
    """Add a line to a recipient's history; the oldest goes where there are too many."""
    database.execute("INSERT INTO history (recipient, at, said) VALUES (?, ?, ?)", (number, now, said))
    database.execute(
        "DELETE FROM history WHERE rowid IN (SELECT rowid FROM history WHERE recipient = ?"
        " ORDER BY at DESC, rowid DESC LIMIT -1 OFFSET ?)",
        (number, HISTORY),
    )


def erase(database: sqlite3.Connection, messages: Sequence[str]) -> None:
    """Take messages away with all that is known of them."""
    for each in [(message,) for message in messages]:
        database.execute(
            "DELETE FROM history WHERE recipient IN (SELECT number FROM recipients WHERE message = ?)", each
        )
        for table, column in (("recipients", "message"), ("contents", "message"), ("messages", "id")):
            database.execute(f"DELETE FROM {table} WHERE {column} = ?", each)


def owed(event: Event, sender: str, notify: frozenset[Notify] | None, *, passes_on: bool = False) -> Action | None:
    """The report that a sender is due (RFC 3461 §5.2); none ever goes to the null reverse-path (RFC 5321 §4.5.5)."""
    if not sender:
        return None
    match event:
        case Event.REFUSED | Event.LAPSED:
            return Action.FAILED if notify is None or Notify.FAILURE in notify else None
        case Event.PUT_OFF:
            return Action.DELAYED if notify is None or Notify.DELAY in notify else None
        case Event.ACCEPTED:
            asked = notify is not None and Notify.SUCCESS in notify
            return Action.RELAYED if asked and not passes_on else None
    return None


# ------------------------------------------------------------------------------------------ one recipient


def _settle_one(database: sqlite3.Connection, row: _Row, fate: Fate, moment: Moment) -> None:
    event = _event(row, fate.event, moment)
    due = moment.now if fate.soon else _due(row, moment)
    _write(database, row, event, due, moment, passes_on=fate.passes_on)
    database.execute(
        "UPDATE recipients SET attempts = attempts + 1, said = ?, status = ?, server = ? WHERE number = ?",
        (fate.said, fate.status, fate.server, row.number),
    )
    remember(database, row.number, moment.now, _line(fate, event))


def _event(row: _Row, event: Event, moment: Moment) -> Event:
    if event is Event.PUT_OFF and moment.schedule.is_over(row.born, moment.now):
        return Event.LAPSED
    return event


def _due(row: _Row, moment: Moment) -> float:
    return moment.schedule.again(row.attempts + 1, row.born, moment.now, moment.draw)


def _write(
    database: sqlite3.Connection, row: _Row, event: Event, due: float, moment: Moment, *, passes_on: bool = False
) -> None:
    report = owed(event, row.sender, row.notify, passes_on=passes_on)
    if report is Action.DELAYED and (row.told_of_delay or not moment.schedule.is_late(row.born, moment.now)):
        report = None
    database.execute(
        "UPDATE recipients SET state = ?, due = ?, changed = ?, told_of_delay = ?,"
        " owed = CASE WHEN ? <> '' THEN ? ELSE owed END WHERE number = ?",
        (after(row.state, event).value, due, moment.now, row.told_of_delay or report is Action.DELAYED,
         *2 * (report.value if report else "",), row.number),
    )  # fmt: skip


def _line(fate: Fate, event: Event) -> str:
    where = f" by {fate.server}" if fate.server else ""
    doubt = "" if fate.sure else "; it may have been delivered all the same"
    end = " for the last time" if event is Event.LAPSED else ""
    return f"{fate.event.value}{where}{end}: {fate.said}{doubt}"


def _row(database: sqlite3.Connection, number: int) -> _Row | None:
    rows = _rows(database, "number = ?", number)
    return rows[0] if rows else None


def _rows(database: sqlite3.Connection, condition: str, *values: object) -> list[_Row]:
    found = database.execute(
        "SELECT number, message, state, attempts, notify, told_of_delay, born, sender FROM recipients"
        f" JOIN messages ON messages.id = recipients.message WHERE {condition}",
        values,
    )
    return [
        _Row(number, message, State(state), attempts, parse_notify(notify), bool(told), born, sender)
        for number, message, state, attempts, notify, told, born, sender in found
    ]


# -------------------------------------------------------------------------------------- whole destinations


def _put_off_destination(database: sqlite3.Connection, name: str, said: str, moment: Moment) -> list[str]:
    """A destination is down: nobody of those who wait for it is tried until one probe, later."""
    known = database.execute("SELECT failures FROM destinations WHERE name = ?", (name,)).fetchone()
    failures = 1 + (known[0] if known else 0)
    until = moment.schedule.again(failures, moment.now, moment.now, moment.draw)
    database.execute(
        "INSERT OR REPLACE INTO destinations (name, failures, until, said) VALUES (?, ?, ?, ?)",
        (name, failures, until, said),
    )
    return spare(database, name, until, said, moment)


def spare(database: sqlite3.Connection, name: str, until: float, said: str, moment: Moment) -> list[str]:
    """Put off to ``until`` who is due at a destination that is down, untried; the messages that have lapsed."""
    touched = []
    for row in _rows(database, "state = 'waiting' AND destination = ? AND due <= ?", name, moment.now):
        over = moment.schedule.is_over(row.born, moment.now)
        end = row.born + moment.schedule.expire
        _write(database, row, Event.LAPSED if over else Event.PUT_OFF, min(until, end), moment)
        database.execute("UPDATE recipients SET said = ? WHERE number = ?", (said, row.number))
        if over:
            remember(database, row.number, moment.now, f"given up, since nobody could be reached: {said}")
            touched.append(row.message)
    return touched


def _forget(database: sqlite3.Connection) -> None:
    old = database.execute(
        "SELECT id FROM messages WHERE finished IS NOT NULL ORDER BY finished DESC LIMIT -1 OFFSET ?", (FINISHED,)
    ).fetchall()
    erase(database, [name for (name,) in old])
