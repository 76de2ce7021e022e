"""What becomes of recipients after a try."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portside.apps.outbox import settling
from portside.apps.outbox.entries import Fate, Job, Tried
from portside.apps.outbox.schedule import DAY, HOUR, MINUTE
from portside.apps.outbox.settling import owed, recover, settle
from portside.apps.outbox.states import Event, State
from portside.mail.envelope import Notify, Recipient
from portside.mail.report import Action
from tests.support.outboxes import START, Book, accepted, all_of, put_off, refused, unreachable

NEVER = frozenset({Notify.NEVER})
SUCCESS = frozenset({Notify.SUCCESS})
FAILURE = frozenset({Notify.FAILURE})
DELAY = frozenset({Notify.DELAY})


@pytest.mark.parametrize(
    ("event", "notify", "passes_on", "report"),
    [
        (Event.REFUSED, None, False, Action.FAILED),
        (Event.REFUSED, FAILURE, False, Action.FAILED),
        (Event.REFUSED, FAILURE, True, Action.FAILED),
        (Event.REFUSED, NEVER, False, None),
        (Event.REFUSED, SUCCESS | DELAY, False, None),
        (Event.LAPSED, None, False, Action.FAILED),
        (Event.LAPSED, NEVER, False, None),
        (Event.PUT_OFF, None, False, Action.DELAYED),
        (Event.PUT_OFF, DELAY | FAILURE, False, Action.DELAYED),
        (Event.PUT_OFF, FAILURE, False, None),
        (Event.PUT_OFF, NEVER, False, None),
        (Event.ACCEPTED, None, False, None),
        (Event.ACCEPTED, SUCCESS, False, Action.RELAYED),
        (Event.ACCEPTED, SUCCESS, True, None),
        (Event.ACCEPTED, FAILURE | DELAY, False, None),
        (Event.ACCEPTED, NEVER, False, None),
        (Event.TAKEN, None, False, None),
    ],
)
def test_what_a_sender_is_owed(
    event: Event, notify: frozenset[Notify] | None, passes_on: bool, report: Action | None
) -> None:
    """RFC 3461 §5.2."""
    assert owed(event, "ann@here.test", notify, passes_on=passes_on) is report
    assert owed(event, "", notify, passes_on=passes_on) is None


def test_what_was_accepted_is_done_and_its_content_gone(book: Book) -> None:
    book.put("m", "bob@there.test")
    book.try_next(accepted)
    one = book.one("m")
    assert (one.state, one.attempts, one.said) == (State.DELIVERED, 1, "250 2.0.0 Kept")
    assert (one.status, one.server, one.owed) == ("2.0.0", "mx.there.test", None)
    assert book.gone == ["m"]
    assert book.database.execute("SELECT count(*) FROM contents").fetchone() == (0,)
    assert book.history("m") == ["accepted by mx.there.test: 250 2.0.0 Kept"]


def test_what_was_refused_is_kept_until_its_sender_has_been_told(book: Book) -> None:
    book.put("m", "bob@there.test")
    book.try_next(refused)
    one = book.one("m")
    assert (one.state, one.owed) == (State.FAILED, Action.FAILED)
    assert book.gone == []
    assert book.database.execute("SELECT count(*) FROM contents").fetchone() == (1,)


def test_a_report_that_failed_is_reported_to_nobody(book: Book) -> None:
    book.put("m", "bob@there.test", sender="")
    book.try_next(refused)
    assert book.one("m").owed is None
    assert book.gone == ["m"]


def test_what_was_put_off_waits_by_the_schedule(book: Book) -> None:
    book.put("m", "bob@there.test")
    for attempt, minutes in ((1, 10), (2, 30), (3, 60)):
        book.try_next(put_off)
        one = book.one("m")
        assert (one.state, one.attempts, one.owed) == (State.WAITING, attempt, None)
        assert one.due == book.now + minutes * MINUTE
        assert book.take() is None
        book.now = one.due


def test_a_sender_hears_of_a_delay_once(book: Book) -> None:
    book.put("m", "bob@there.test")
    book.now = START + 4 * HOUR
    book.try_next(put_off)
    assert book.one("m").owed is Action.DELAYED
    assert book.gone == []
    book.database.execute("UPDATE recipients SET owed = ''")
    book.now = book.one("m").due
    book.try_next(put_off)
    assert book.one("m").owed is None


def test_a_delay_that_ends_before_its_report_is_told_as_what_it_became(book: Book) -> None:
    book.put("m", "bob@there.test")
    book.now = START + 4 * HOUR
    book.try_next(put_off)
    book.now = book.one("m").due
    book.try_next(refused)
    assert book.one("m").owed is Action.FAILED


def test_what_has_waited_for_five_days_is_given_up_after_one_more_try(book: Book) -> None:
    book.put("m", "bob@there.test")
    tries = 0
    while book.one("m").state is State.WAITING:
        book.now = book.one("m").due
        book.try_next(put_off)
        tries += 1
    assert book.now == START + 5 * DAY
    assert book.one("m").state is State.EXPIRED
    assert book.history("m")[-1] == "put off by mx.there.test for the last time: 451 4.2.0 Come back later"
    assert 35 < tries < 45


def test_each_recipient_has_a_fate_of_their_own(book: Book) -> None:
    book.put("m", "bob@there.test", "eve@there.test", "kim@there.test")

    def mixed(job: Job) -> Tried:
        events = (Event.ACCEPTED, Event.REFUSED, Event.PUT_OFF)
        return Tried(job, tuple(Fate(number, event, "x") for number, event in zip(job.numbers, events, strict=True)))

    book.try_next(mixed)
    assert [each.state for each in book.found("m").recipients] == [State.DELIVERED, State.FAILED, State.WAITING]
    assert book.gone == []


def test_one_recipient_too_many_comes_at_once(book: Book) -> None:
    book.put("m", "bob@there.test")
    book.try_next(lambda job: all_of(job, Event.PUT_OFF, "452 4.5.3 Too many recipients", soon=True))
    assert book.one("m").due == book.now
    assert book.take() is not None


def test_a_doubt_stands_in_the_history(book: Book) -> None:
    book.put("m", "bob@there.test")
    book.try_next(lambda job: all_of(job, Event.PUT_OFF, "cut off", sure=False))
    assert book.history("m") == ["put off by mx.there.test: cut off; it may have been delivered all the same"]
    assert book.one("m").state is State.WAITING


def test_a_history_is_bounded_and_the_latest_stays(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "HISTORY", 3)
    book.put("m", "bob@there.test")
    book.put("n", "bob@there.test")
    for number in range(6):
        book.now = max(book.one("m").due, book.one("n").due)
        for _ in range(2):
            book.try_next(lambda job, number=number: all_of(job, Event.PUT_OFF, str(number)))
    assert [line[-1] for line in book.history("m")] == ["3", "4", "5"]
    assert [line[-1] for line in book.history("n")] == ["3", "4", "5"]


def test_who_is_not_tried_any_more_is_left_alone(book: Book) -> None:
    book.put("m", "bob@there.test")
    job = book.take()
    assert job is not None
    settle(book.database, accepted(job), book.moment())
    settle(book.database, refused(job), book.moment())
    assert book.one("m").state is State.DELIVERED
    nobody = replace(job, id="gone", numbers=(99,))
    assert settle(book.database, accepted(nobody), book.moment()) == ["gone"]


# ------------------------------------------------------------------------------------- whole destinations


def test_nobody_is_tried_at_a_destination_that_is_down_but_one_probe(book: Book) -> None:
    for number in range(20):
        book.put(f"m{number:02}", "bob@there.test")
    book.put("other", "eve@else.test")
    assert book.try_next(unreachable) is not None
    assert book.take() is None
    dues = {book.one(f"m{number:02}").due for number in range(20)}
    assert dues == {START + 10 * MINUTE}
    assert [book.one(f"m{number:02}").attempts for number in range(20)] == [1] + [0] * 19
    assert book.one("m07").said == "nobody answers"
    book.now += 10 * MINUTE
    assert book.try_next(unreachable) is not None
    assert book.take() is None
    assert book.one("m07").due == START + 40 * MINUTE
    assert book.try_next(accepted, "else.test") is not None


def test_what_comes_while_a_destination_is_down_waits_for_the_probe(book: Book) -> None:
    book.put("m", "bob@there.test")
    book.try_next(unreachable)
    book.now += MINUTE
    book.put("n", "bob@there.test")
    assert book.take() is None
    assert book.one("n").due == START + 10 * MINUTE
    assert book.one("n").said == "nobody answers"


def test_a_destination_that_lets_us_in_is_up_again_whatever_it_says(book: Book) -> None:
    for name in ("a", "b", "c"):
        book.put(name, "bob@there.test")
    book.try_next(unreachable)
    book.now += 10 * MINUTE
    book.try_next(refused)
    assert book.try_next(accepted) is not None
    assert book.try_next(unreachable) is not None
    assert book.one("c").due == book.now + 10 * MINUTE  # the first failure since
    assert book.database.execute("SELECT failures FROM destinations").fetchone() == (1,)


def test_what_lapses_at_a_destination_that_is_down_is_reported_untried(book: Book) -> None:
    book.put("old", "bob@there.test")
    book.put("report", "bob@there.test", sender="")
    book.now += 5 * DAY
    book.put("new", "bob@there.test")
    book.database.execute("UPDATE recipients SET due = ? WHERE message = 'new'", (START - 1,))
    book.try_next(unreachable)
    assert book.one("new").state is State.WAITING
    assert (book.one("old").state, book.one("old").owed) == (State.EXPIRED, Action.FAILED)
    assert book.one("report").state is State.EXPIRED
    assert book.gone == ["report"]
    assert book.history("old") == ["given up, since nobody could be reached: nobody answers"]


def test_a_message_is_not_put_off_beyond_its_end(book: Book) -> None:
    book.put("m", "bob@there.test")
    book.now = START + 5 * DAY - MINUTE
    book.put("n", "bob@there.test")
    book.database.execute("UPDATE recipients SET due = ? WHERE message = 'n'", (START - 1,))
    book.try_next(unreachable)
    assert book.one("m").due == START + 5 * DAY
    book.now = START + 5 * DAY
    assert book.take() is None
    assert book.one("m").state is State.EXPIRED
    assert book.one("n").due == book.now - MINUTE + 10 * MINUTE


# -------------------------------------------------------------------------------------------- the rest


def test_whoever_a_dead_runner_was_busy_with_waits_again(book: Book) -> None:
    book.put("m", "bob@there.test", "eve@else.test")
    assert book.take() is not None
    book.now += 7
    assert recover(book.database, book.now) == 1
    bob, eve = book.found("m").recipients
    assert (bob.state, bob.due, bob.attempts) == (State.WAITING, START + 7, 0)
    assert eve.due == START
    assert book.history("m") == ["the queue was cut off while this was being sent: it may arrive twice"]


def test_the_queue_remembers_only_so_many_finished_messages(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "FINISHED", 2)
    for name in ("a", "b", "c", "d"):
        book.put(name, "bob@there.test")
        book.now += 1
    book.put("open", "eve@else.test")
    while book.try_next(accepted):
        book.now += 1
    kept = [name for (name,) in book.database.execute("SELECT id FROM messages ORDER BY id")]
    assert kept == ["c", "d", "open"]
    assert book.database.execute("SELECT count(*) FROM recipients").fetchone() == (3,)
    assert book.database.execute("SELECT count(*) FROM history").fetchone() == (2,)


def test_a_recipient_who_asked_for_it_is_reported_as_relayed(book: Book) -> None:
    asked = Recipient("bob@there.test", SUCCESS)
    book.put("m", asked)
    book.put("n", asked)
    book.try_next(accepted)
    book.try_next(lambda job: all_of(job, Event.ACCEPTED, "250 Kept", passes_on=True))
    assert book.one("m").owed is Action.RELAYED
    assert book.one("n").owed is None
    assert book.gone == ["n"]
