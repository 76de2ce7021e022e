"""What the queue tells of a message."""

from __future__ import annotations

import pytest

from portside.apps.outbox.states import OPEN, State
from tests.support.outboxes import Book


@pytest.mark.parametrize("state", State)
def test_a_message_is_open_while_one_of_its_recipients_is(book: Book, state: State) -> None:
    book.put("m", "bob@there.test", "eve@there.test")
    book.database.execute("UPDATE recipients SET state = 'delivered'")
    assert not book.found("m").is_open
    book.database.execute("UPDATE recipients SET state = ? WHERE number = 2", (state.value,))
    assert book.found("m").is_open is (state in OPEN)
