"""A message comes into the queue: all of its rows at once, so that it is there for every recipient or for none."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from portside.apps.outbox.rows import serialise_envelope, serialise_notify
from portside.apps.outbox.states import State
from portside.mail.envelope import Envelope, Recipient


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that is to be queued: ``octets`` are its content, None where a file has it from ``start`` on."""

    id: str
    envelope: Envelope
    relay: str
    born: float
    size: int
    octets: bytes | None
    start: int = 0


def insert(database: sqlite3.Connection, arrival: Arrival) -> None:
    """Queue a message, due at once; within a transaction."""
    envelope = arrival.envelope
    database.execute(
        "INSERT INTO messages (id, born, sender, size, start, relay, envelope) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (arrival.id, arrival.born, envelope.sender, arrival.size, arrival.start, arrival.relay,
         serialise_envelope(envelope)),
    )  # fmt: skip
    if arrival.octets is not None:
        database.execute("INSERT INTO contents (message, octets) VALUES (?, ?)", (arrival.id, arrival.octets))
    database.executemany(
        "INSERT INTO recipients (message, destination, address, notify, original, state, due, changed)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (arrival.id, destination_of(each, arrival.relay), each.address, serialise_notify(each.notify),
             each.original, State.WAITING.value, arrival.born, arrival.born)
            for each in envelope.recipients
        ],
    )  # fmt: skip


def destination_of(recipient: Recipient, relay: str) -> str:
    """Whom a recipient's copy is sent to next: the relay, or their domain."""
    return relay or recipient.domain
