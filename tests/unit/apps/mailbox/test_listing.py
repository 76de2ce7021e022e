"""The verbs for many messages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from portside.apps.mailbox import listing as room
from portside.apps.mailbox.terms import Terms
from tests.support.mailbox_asks import Asking
from tests.support.mailboxes import WELCOME, FakeMailbox, plain


@pytest.fixture
def ask(tmp_path: Path) -> Asking:
    """A mailbox of five: to ann and to bob in turn."""
    box = FakeMailbox(tmp_path)
    for number in range(1, 6):
        to = "ann@example.com" if number % 2 else "bob@example.com"
        box.add(plain(number, to), (to,))
    return Asking(box)


def ids(told: Any) -> list[str]:
    return [each["id"] for each in told["messages"]]


def test_the_latest_come_first_and_further_ones_behind_one(ask: Asking) -> None:
    assert ids(ask.told("api/messages")) == ["m5", "m4", "m3", "m2", "m1"]
    assert ids(ask.told("api/messages?limit=2")) == ["m5", "m4"]
    assert ids(ask.told("api/messages?limit=2&before=m4")) == ["m3", "m2"]
    told = ask.told("api/messages?query=to:bob&limit=1")
    assert ids(told) == ["m4"] and told["total"] == 2
    assert ask.told("api/messages?limit=0") == {"total": 5, "messages": []}


def test_so_many_of_one_answer(ask: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_ROWS", 3)
    assert len(ids(ask.told("api/messages?limit=999999"))) == 3


def test_programs_wait_until_all_is_there_and_the_page_does_not(tmp_path: Path) -> None:
    asked: list[str] = []

    async def settled() -> None:
        asked.append("settled")

    ask = Asking(FakeMailbox(tmp_path), Terms(settled=settled))
    for target, method, said, count in (
        ("api/messages", "GET", None, 1),
        ("api/messages?now=1", "GET", None, 0),
        ("api/messages", "DELETE", {"all": True}, 1),
        ("api/messages", "DELETE", {"query": "x"}, 1),
        ("api/messages", "DELETE", {"ids": ["m1"]}, 0),
    ):
        asked.clear()
        assert ask(target, method, said).status == 200 and len(asked) == count


def test_a_line_says_who_brought_it(ask: Asking) -> None:
    told = ask.told("api/messages?limit=1")["messages"][0]
    assert told["client"] == "127.0.0.1:40005" and told["port"] == 2525
    assert told["sender"] == "shop@example.com" and told["recipients"] == ["ann@example.com"]
    assert told["subject"] == "number 5" and told["seen"] is False and told["snippet"] == "This is message 5."


def test_the_state_counts(ask: Asking) -> None:
    ask.told("api/messages", "PATCH", {"ids": ["m1", "m2", "nobody"], "seen": True})
    state = ask.told("api/state")
    assert (state["total"], state["unread"]) == (5, 3)


def test_marks_are_set_and_taken_away(ask: Asking) -> None:
    assert ask.told("api/messages", "PATCH", {"ids": ["m1", "m2"], "seen": True}) == {"changed": 2}
    assert ask.told("api/messages", "PATCH", {"ids": ["m1", "m3"], "seen": False}) == {"changed": 1}
    assert [one.id for one in ask.box.kept.values() if one.seen] == ["m2"]


@pytest.mark.parametrize(
    ("said", "left"),
    [({"ids": ["m1", "m1", "m9"]}, 4), ({"query": "to:bob"}, 3), ({"all": True}, 0), ({"ids": []}, 5)],
)
def test_those_that_are_named_are_deleted(ask: Asking, said: Any, left: int) -> None:
    assert ask.told("api/messages", "DELETE", said) == {"deleted": 5 - left}
    assert len(ask.box.kept) == left


@pytest.mark.parametrize(
    "said", [{}, {"all": False}, {"query": ""}, {"query": " "}, {"all": True, "ids": ["m1"]}, {"everything": True},
             {"ids": "m1"}, {"all": "true"}, [], b"", b"all"],
)  # fmt: skip
def test_nothing_is_deleted_by_mistake(ask: Asking, said: Any) -> None:
    assert ask("api/messages", "DELETE", said).status == 400
    assert len(ask.box.kept) == 5


def test_one_that_is_there_is_not_waited_for(ask: Asking) -> None:
    assert ask.told("api/wait?query=to:bob&timeout=0")["message"]["id"] == "m4"


def test_who_waited_in_vain_hears_what_did_come(ask: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "LATEST", 2)
    got = ask("api/wait?query=to:carol&timeout=0.001")
    told = json.loads(got.body)
    assert got.status == 404 and told["message"] is None and [each["id"] for each in told["latest"]] == ["m5", "m4"]


@pytest.mark.parametrize("odd", ["x", "-1", "1e3", "inf", "nan", "1.x", "1.-1", ".5", "1_0"])
def test_an_odd_time_is_refused(ask: Asking, odd: str) -> None:
    assert ask(f"api/wait?timeout={odd}").status == 400


@pytest.mark.parametrize("query", ["limit=x", "limit=-1", "query=" + "x" * 5000, "before=" + "x" * 5000])
def test_an_odd_question_is_refused(ask: Asking, query: str) -> None:
    assert ask(f"api/messages?{query}").status == 400


def test_attachments_are_counted(ask: Asking) -> None:
    ask.box.add(WELCOME)
    assert ask.told("api/messages?limit=1")["messages"][0]["attachments"] == 1
