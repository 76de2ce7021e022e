"""A message comes into the queue."""

from __future__ import annotations

import sqlite3

import pytest

from portside.apps.outbox.putting import destination_of
from portside.apps.outbox.states import State
from portside.mail.envelope import Body, Envelope, Notify, Recipient, Return
from tests.support.outboxes import START, Book


@pytest.mark.parametrize(
    ("address", "relay", "destination"),
    [
        ("bob@There.TEST", "", "there.test"),
        ("bob@there.test", "smtp://mail.test:587", "smtp://mail.test:587"),
        ("postmaster", "", ""),
        ("bob@[192.0.2.1]", "", "[192.0.2.1]"),
    ],
)
def test_it_goes_to_the_relay_or_to_the_domain(address: str, relay: str, destination: str) -> None:
    assert destination_of(Recipient(address), relay) == destination


def test_everything_of_the_envelope_is_kept_and_each_recipient_waits(book: Book) -> None:
    bob = Recipient("bob@there.test", frozenset({Notify.SUCCESS}), "rfc822;robert@there.test")
    eve = Recipient("eve@else.test")
    book.put("m", bob, eve, body=Body.EIGHT_BIT, utf8=True, require_tls=True, ret=Return.FULL, envid="x1")
    found = book.found("m")
    assert found.envelope == Envelope(
        "ann@here.test", (bob, eve), Body.EIGHT_BIT, utf8=True, require_tls=True, ret=Return.FULL, envid="x1"
    )
    assert [(each.destination, each.state, each.due) for each in found.recipients] == [
        ("there.test", State.WAITING, START),
        ("else.test", State.WAITING, START),
    ]
    assert found.is_open


def test_a_name_is_given_once(book: Book) -> None:
    book.put("m", "bob@there.test")
    with pytest.raises(sqlite3.IntegrityError):
        book.put("m", "eve@there.test")
