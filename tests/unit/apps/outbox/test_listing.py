"""What the queue tells a person."""

from __future__ import annotations

import pytest

from portside.apps.outbox import listing
from portside.apps.outbox.states import State
from tests.support.outboxes import CONTENT, START, Book, accepted, put_off, unreachable


def test_messages_come_page_by_page_the_oldest_first(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "PAGE", 2)
    for number in range(5):
        book.put(f"m{number}", "bob@there.test")
    assert [each.id for each in listing.messages(book.database)] == ["m0", "m1", "m2", "m3", "m4"]


def test_what_is_finished_is_shown_where_it_is_asked_for(book: Book) -> None:
    book.put("a", "bob@there.test")
    book.put("b", "bob@there.test")
    book.try_next(accepted)
    assert [each.id for each in listing.messages(book.database)] == ["b"]
    shown = list(listing.messages(book.database, finished=True))
    assert [(each.id, each.is_open, each.recipients[0].state) for each in shown] == [
        ("a", False, State.DELIVERED),
        ("b", True, State.WAITING),
    ]


def test_one_message_is_told_with_all_that_is_known(book: Book) -> None:
    book.put("a", "bob@there.test", "eve@else.test", relay="smtp://mail.test")
    found = book.found("a")
    assert (found.size, found.born, found.relay) == (len(CONTENT), START, "smtp://mail.test")
    assert found.envelope.addresses == ("bob@there.test", "eve@else.test")
    assert listing.message(book.database, "nothing") is None


def test_a_part_of_a_name_is_enough(book: Book) -> None:
    for name in ("1abc", "1abd", "2xyz", "x"):
        book.put(name, "bob@there.test")
    assert listing.names(book.database, "xy") == ["2xyz"]
    assert listing.names(book.database, "ab") == ["1abc", "1abd"]
    assert listing.names(book.database, "x") == ["x"]
    assert listing.names(book.database, "%") == []


def test_the_history_is_that_of_all_recipients_in_order(book: Book) -> None:
    book.put("a", "bob@there.test", "eve@else.test")
    book.try_next(put_off)
    book.now += 1
    book.try_next(accepted, "else.test")
    assert [(each.at, each.address) for each in listing.history(book.database, "a")] == [
        (START, "bob@there.test"),
        (START + 1, "eve@else.test"),
    ]


def test_who_cannot_be_reached_is_named_with_the_next_probe(book: Book) -> None:
    assert listing.down(book.database) == []
    book.put("a", "bob@there.test")
    book.try_next(unreachable)
    assert listing.down(book.database) == [("there.test", START + 600, "nobody answers")]
