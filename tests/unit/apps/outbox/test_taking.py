"""What the queue is to do next."""

from __future__ import annotations

import pytest

from portside.apps.outbox import taking
from portside.apps.outbox.states import State
from portside.apps.outbox.taking import due_destinations, next_due
from portside.mail.envelope import Body, Return
from tests.support.outboxes import START, Book, put_off


def test_destinations_are_named_where_somebody_is_due(book: Book) -> None:
    assert due_destinations(book.database, START, 10) == []
    for name, address in (("a", "x@one.test"), ("b", "x@two.test"), ("c", "y@one.test"), ("d", "x@three.test")):
        book.put(name, address)
    book.try_next(put_off, "three.test")
    assert due_destinations(book.database, START, 10) == ["one.test", "two.test"]
    assert due_destinations(book.database, START, 1) == ["one.test"]
    assert due_destinations(book.database, START, 10, ["one.test"]) == ["two.test"]
    assert due_destinations(book.database, START + 600, 10) == ["one.test", "two.test", "three.test"]


def test_one_destination_with_a_long_queue_hides_no_other(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking, "LOOK", 5)
    for number in range(20):
        book.put(f"m{number:02}", "x@busy.test")
    book.now += 1
    book.put("n", "x@zone.test", "x@also.test")

    def found(most: int, *busy: str) -> list[str]:
        return due_destinations(book.database, book.now, most, set(busy))

    assert found(10) == ["busy.test"]
    assert found(10, "busy.test") == ["also.test", "zone.test"]
    assert found(1, "busy.test") == ["also.test"]
    assert found(10, "busy.test", "also.test", "zone.test") == []


def test_the_longest_due_come_first(book: Book) -> None:
    for name in ("c", "a", "b"):
        book.put(name, f"x@{name}.test")
        book.now += 1
    assert due_destinations(book.database, book.now, 2) == ["c.test", "a.test"]


def test_a_recipient_without_a_domain_is_due_somewhere_too(book: Book) -> None:
    book.put("a", "postmaster")
    assert due_destinations(book.database, START, 10) == [""]


def test_the_next_moment_is_that_of_whoever_is_due_first(book: Book) -> None:
    assert next_due(book.database, 0.0) is None
    book.put("a", "x@one.test")
    book.try_next(put_off, "one.test")
    book.now += 5
    book.put("b", "x@two.test")
    assert next_due(book.database, START) == START + 5
    assert next_due(book.database, START + 5) == START + 600
    assert next_due(book.database, START + 600) is None


def test_a_job_is_one_message_with_all_who_are_due_at_one_place(book: Book) -> None:
    book.put("m", "a@there.test", "x@else.test", "b@there.test", ret=Return.FULL, body=Body.EIGHT_BIT, envid="e")
    book.put("n", "a@there.test")
    job = book.take()
    assert job is not None
    assert (job.id, job.destination, job.relay) == ("m", "there.test", "")
    assert job.envelope.addresses == ("a@there.test", "b@there.test")
    assert (job.envelope.ret, job.envelope.body, job.envelope.envid) == (Return.FULL, Body.EIGHT_BIT, "e")
    assert [each.state for each in book.found("m").recipients] == [State.TRYING, State.WAITING, State.TRYING]


def test_who_waits_longest_comes_first(book: Book) -> None:
    for name in ("c", "a", "b"):
        book.put(name, "x@there.test")
        book.now += 1
    jobs = [book.take(), book.take(), book.take()]
    assert [job.id for job in jobs if job is not None] == ["c", "a", "b"]
    assert book.take() is None


def test_who_is_being_tried_is_not_taken_twice(book: Book) -> None:
    book.put("m", "x@there.test")
    assert book.take() is not None
    assert book.take() is None


def test_a_job_has_only_as_many_recipients_as_a_server_must_take(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking, "RECIPIENTS", 2)
    book.put("m", *(f"{number}@there.test" for number in range(5)))
    sizes = []
    while job := book.take():
        sizes.append(len(job.numbers))
    assert sizes == [2, 2, 1]


@pytest.mark.parametrize(
    ("question", "values", "index"),
    [
        (taking._FIRST, ("x", START), "waiting_by_destination"),
        (taking._DUE, ("[]", START, 10), "waiting_by_destination"),
        (taking._OLDEST, (START, 10), "waiting_by_time"),
    ],
)
def test_no_question_reads_a_table_from_end_to_end(
    book: Book, question: str, values: tuple[object, ...], index: str
) -> None:
    plan = [row[3] for row in book.database.execute(f"EXPLAIN QUERY PLAN {question}", values)]
    assert any(index in step for step in plan)
    assert not any(step.startswith("SCAN recipients") and "INDEX" not in step for step in plan)
    assert not any("TEMP B-TREE" in step for step in plan)
