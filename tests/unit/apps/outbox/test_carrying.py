"""A job that could not even be tried."""

from __future__ import annotations

from portside.apps.outbox.carrying import failed
from portside.apps.outbox.entries import Fate
from portside.apps.outbox.states import Event
from portside.errors import ConnectError
from tests.support.outboxes import Book


def test_nobody_is_lost_and_the_destination_is_down(book: Book) -> None:
    book.put("m", "a@there.test", "b@there.test")
    job = book.take()
    assert job is not None
    tried = failed(job, ConnectError("nobody answers at there.test"))
    assert tried.down == "nobody answers at there.test"
    assert tried.fates == tuple(Fate(number, Event.PUT_OFF, tried.down) for number in job.numbers)
