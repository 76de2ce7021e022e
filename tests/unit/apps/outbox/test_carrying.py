"""A job that could not even be tried."""

from __future__ import annotations

import pytest

from portside.apps.outbox.carrying import failed
from portside.apps.outbox.entries import Fate
from portside.apps.outbox.states import Event
from tests.support.outboxes import Book


@pytest.mark.parametrize("down", [True, False])
def test_nobody_is_lost_whether_or_not_the_destination_is_down(book: Book, down: bool) -> None:
    book.put("m", "a@there.test", "b@there.test")
    job = book.take()
    assert job is not None
    tried = failed(job, "nobody answers", down=down)
    assert tried.down == ("nobody answers" if down else "")
    assert tried.fates == tuple(Fate(number, Event.PUT_OFF, "nobody answers") for number in job.numbers)
