"""Rows of the queue's tables, and the values that they stand for."""

from __future__ import annotations

import json
from typing import Any

from portside.apps.outbox.entries import QueuedRecipient
from portside.apps.outbox.states import State
from portside.mail.envelope import Body, Envelope, Notify, Recipient, Return
from portside.mail.report import Action

COLUMNS = "number, address, notify, original, destination, state, due, attempts, said, status, server, changed, owed"
"""Of a recipient, in the order of ``recipient_of``."""

Row = tuple[Any, ...]


def serialise_envelope(envelope: Envelope) -> str:
    """All of an envelope but sender and recipients, which have columns and rows of their own."""
    return json.dumps({
        "body": envelope.body.value,
        "utf8": envelope.utf8,
        "require_tls": envelope.require_tls,
        "ret": None if envelope.ret is None else envelope.ret.value,
        "envid": envelope.envid,
        "auth": envelope.auth,
    })  # fmt: skip


def parse_envelope(sender: str, text: str, recipients: tuple[Recipient, ...]) -> Envelope:
    """The envelope again. ``size`` is left out: a content is measured when it is sent."""
    said = json.loads(text)
    return Envelope(
        sender,
        recipients,
        Body(said["body"]),
        said["utf8"],
        said["require_tls"],
        None,
        None if said["ret"] is None else Return(said["ret"]),
        said["envid"],
        said["auth"],
    )


def serialise_notify(notify: frozenset[Notify] | None) -> str | None:
    """``SUCCESS,DELAY``; None where nothing was asked."""
    return None if notify is None else ",".join(sorted(each.value for each in notify))


def parse_notify(text: str | None) -> frozenset[Notify] | None:
    """The other way round."""
    return None if text is None else frozenset(Notify(word) for word in text.split(",") if word)


def recipient_of(row: Row) -> QueuedRecipient:
    """A recipient, of its columns."""
    number, address, notify, original, destination, state, due, attempts, said, status, server, changed, owed = row
    recipient = Recipient(address, parse_notify(notify), original)
    action = Action(owed) if owed else None
    return QueuedRecipient(
        number, recipient, destination, State(state), due, attempts, said, status, server, changed, action
    )
