"""Envelopes and recipients as they stand in the database."""

from __future__ import annotations

import pytest

from portside.apps.outbox.rows import (
    parse_envelope,
    parse_notify,
    recipient_of,
    serialise_envelope,
    serialise_notify,
)
from portside.apps.outbox.states import State
from portside.mail.envelope import Body, Envelope, Notify, Recipient, Return
from portside.mail.report import Action


@pytest.mark.parametrize(
    "envelope",
    [
        Envelope(""),
        Envelope("ann@here.test", body=Body.BINARY, utf8=True, require_tls=True, ret=Return.HEADERS, envid="x y"),
        Envelope("jürgen@здесь.test", auth=""),
        Envelope("a@b", auth="ann@here.test", ret=Return.FULL, body=Body.EIGHT_BIT),
    ],
)
def test_an_envelope_comes_back_as_it_was(envelope: Envelope) -> None:
    assert parse_envelope(envelope.sender, serialise_envelope(envelope), ()) == envelope


@pytest.mark.parametrize(
    ("notify", "text"),
    [
        (None, None),
        (frozenset(), ""),
        (frozenset({Notify.NEVER}), "NEVER"),
        (frozenset({Notify.SUCCESS, Notify.DELAY, Notify.FAILURE}), "DELAY,FAILURE,SUCCESS"),
    ],
)
def test_what_was_asked_comes_back(notify: frozenset[Notify] | None, text: str | None) -> None:
    assert serialise_notify(notify) == text
    assert parse_notify(text) == notify


def test_a_row_is_a_recipient() -> None:
    row = (7, "b@there.test", "DELAY", "rfc822;c@x", "there.test", "waiting", 5.0, 2, "451 no", "4.2.0", "mx", 3.0, "")
    found = recipient_of(row)
    assert found.recipient == Recipient("b@there.test", frozenset({Notify.DELAY}), "rfc822;c@x")
    assert (found.number, found.state, found.due, found.attempts, found.owed) == (7, State.WAITING, 5.0, 2, None)
    assert recipient_of((*row[:-1], "failed")).owed is Action.FAILED
