"""What a person may have done with queued messages."""

from __future__ import annotations

from portside.apps.outbox import listing, ordering
from portside.apps.outbox.settling import settle
from portside.apps.outbox.states import State
from tests.support.outboxes import START, Book, accepted, put_off, refused, unreachable


def states(book: Book, name: str) -> list[State]:
    return [each.state for each in book.found(name).recipients]


def test_what_is_held_is_not_tried_until_it_is_released(book: Book) -> None:
    book.put("a", "bob@there.test", "eve@there.test")
    book.put("b", "bob@there.test")
    assert ordering.hold(book.database, "a", START) == 2
    assert ordering.hold(book.database, "a", START) == 0
    job = book.try_next(accepted)
    assert job is not None and job.id == "b"
    assert book.take() is None
    book.now += 50
    assert ordering.release(book.database, "a", book.now) == 2
    assert {each.due for each in book.found("a").recipients} == {book.now}
    assert book.try_next(accepted) is not None
    assert book.history("a")[:3] == ["held back", "held back", "released"]


def test_who_is_being_tried_cannot_be_held(book: Book) -> None:
    book.put("a", "bob@there.test", "eve@else.test")
    book.take()
    assert ordering.hold(book.database, "a", START) == 1
    assert states(book, "a") == [State.TRYING, State.HELD]


def test_one_message_or_all_are_tried_at_once(book: Book) -> None:
    for name in ("a", "b"):
        book.put(name, "bob@there.test")
        book.try_next(put_off)
    book.put("c", "bob@there.test")
    ordering.hold(book.database, "c", START)
    assert book.take() is None
    assert ordering.retry(book.database, "b", START) == 1
    job = book.try_next(put_off)
    assert job is not None and job.id == "b"
    assert ordering.retry(book.database, None, START) == 2
    assert states(book, "c") == [State.HELD]


def test_a_destination_that_was_down_is_probed_when_asked(book: Book) -> None:
    book.put("a", "bob@there.test")
    book.put("b", "eve@else.test")
    book.try_next(unreachable)
    book.try_next(unreachable, "else.test")
    ordering.retry(book.database, "a", START)
    assert [name for name, *_ in listing.down(book.database)] == ["else.test"]
    assert book.take() is not None
    assert book.take("else.test") is None


def test_what_is_removed_leaves_nothing(book: Book) -> None:
    book.put("a", "bob@there.test")
    book.try_next(put_off)
    book.put("b", "bob@there.test")
    book.try_next(refused)  # its report is owed, and goes with it
    for name in ("a", "b"):
        assert ordering.remove(book.database, name, START) == (0, [name])
    for table in ("messages", "recipients", "contents", "history"):
        assert book.database.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_who_is_being_tried_stays_until_that_is_over(book: Book) -> None:
    book.put("a", "bob@there.test", "eve@else.test")
    job = book.take()
    assert job is not None
    assert ordering.remove(book.database, "a", START) == (1, [])
    assert states(book, "a") == [State.TRYING]
    assert settle(book.database, accepted(job), book.moment()) == ["a"]
    assert states(book, "a") == [State.DELIVERED]
