"""Queued messages, for a person and for a program."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from portside.apps.outbox.entries import Happening, QueuedMessage, QueuedRecipient
from portside.apps.outbox.states import State
from portside.cli.outbox import showing
from portside.mail.envelope import Envelope, Recipient

NOW = 1_800_000_000.0
BOB = QueuedRecipient(
    1, Recipient("bob@there.test"), "there.test", State.WAITING, NOW + 600, 3, "451 later", "4.2.0", "mx", NOW - 5
)
MESSAGE = QueuedMessage(
    "1abc", Envelope("ann@here.test", (BOB.recipient,)), 5_000, NOW - 7200, "smtp://ann@mail.test:587/#require", (BOB,)
)


def test_a_message_has_a_line_and_each_recipient_one_below() -> None:
    assert list(showing.lines(MESSAGE, NOW)) == [
        "1abc    2h    4.9 KB  ann@here.test  by smtp://ann@mail.test:587/",
        "    waiting    bob@there.test  in 10m  (3 tries, mx: 451 later)",
    ]


@pytest.mark.parametrize(
    ("each", "line"),
    [
        (replace(BOB, due=NOW), "    waiting    bob@there.test  now  (3 tries, mx: 451 later)"),
        (replace(BOB, said="", attempts=0), "    waiting    bob@there.test  in 10m"),
        (replace(BOB, state=State.DELIVERED, said="250 ok"), "    delivered  bob@there.test  (mx: 250 ok)"),
        (replace(BOB, state=State.FAILED, server=""), "    failed     bob@there.test  (451 later)"),
        (replace(BOB, state=State.TRYING, attempts=1), "    trying     bob@there.test  (mx: 451 later)"),
    ],
)
def test_a_recipient_is_told_by_state(each: QueuedRecipient, line: str) -> None:
    assert list(showing.lines(replace(MESSAGE, recipients=(each,)), NOW))[1] == line


def test_a_report_is_named_as_one_and_a_way_of_its_own_is_not() -> None:
    report = replace(MESSAGE, envelope=Envelope("", (BOB.recipient,)), relay="", size=999)
    assert next(showing.lines(report, NOW)) == "1abc    2h     999 B  (a report)"


def test_all_are_counted_by_state() -> None:
    held = replace(BOB, state=State.HELD)
    assert showing.summary([MESSAGE]) == "1 message, recipients: 1 waiting"
    both = [MESSAGE, replace(MESSAGE, recipients=(held, BOB, held))]
    assert showing.summary(both) == "2 messages, recipients: 2 waiting, 2 held"


def test_who_cannot_be_reached_is_told_until_the_next_try() -> None:
    down = [("there.test", NOW + 60, "nobody answers"), ("else.test", NOW - 1, "old news")]
    assert list(showing.down_lines(down, NOW)) == [
        "there.test takes nothing now; it is asked again in 1m: nobody answers"
    ]


def test_a_history_is_told_line_by_line() -> None:
    (line,) = showing.history_lines([Happening(NOW, "bob@there.test", "put off: 451")])
    assert line.endswith("  bob@there.test: put off: 451")


def test_a_program_gets_all_of_it_in_utc() -> None:
    facts = json.loads(showing.serialise(MESSAGE, [Happening(NOW, "bob@there.test", "put off")]))
    assert facts == {
        "id": "1abc",
        "from": "ann@here.test",
        "size": 5000,
        "queued": "2027-01-15T06:00:00Z",
        "relay": "smtp://ann@mail.test:587/",
        "recipients": [
            {
                "to": "bob@there.test",
                "state": "waiting",
                "next": "2027-01-15T08:10:00Z",
                "attempts": 3,
                "said": "451 later",
                "status": "4.2.0",
                "server": "mx",
                "changed": "2027-01-15T07:59:55Z",
            }
        ],
        "history": [{"time": "2027-01-15T08:00:00Z", "to": "bob@there.test", "said": "put off"}],
    }
    assert "history" not in json.loads(showing.serialise(MESSAGE))
