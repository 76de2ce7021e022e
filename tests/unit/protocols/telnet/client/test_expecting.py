"""What is waited for, in what has come."""

from __future__ import annotations

import re

import pytest

from portside.errors import LimitExceeded
from portside.protocols.telnet.client import expecting as room
from portside.protocols.telnet.client.expecting import Waiting, compiled


def test_everything_up_to_the_end_of_a_match_is_taken() -> None:
    waiting = Waiting()
    waiting.add("login: an")
    found = waiting.find(compiled("login: "))
    assert found is not None
    assert (found.index, found.before, found.text) == (0, "", "login: ")
    assert waiting.take() == "an"
    assert len(waiting) == 0


def test_the_first_place_counts_and_then_the_first_pattern() -> None:
    waiting = Waiting()
    waiting.add("one two")
    found = waiting.find(compiled(["two", "o", "one"]))
    assert found is not None
    assert found.index == 1
    waiting.add("")
    assert waiting.find(compiled("three")) is None


def test_patterns_may_come_compiled_and_alone() -> None:
    pattern = re.compile("A", re.IGNORECASE)
    assert compiled(pattern) == [pattern]
    assert [one.pattern for one in compiled(["a", pattern])] == ["a", "A"]


def test_what_never_comes_is_not_waited_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_KEPT", 10)
    waiting = Waiting()
    waiting.add("0123456789")
    assert waiting.full
    with pytest.raises(LimitExceeded, match="10 characters came without"):
        waiting.find(compiled("x"))


def test_an_error_shows_the_end_of_what_came() -> None:
    waiting = Waiting()
    assert waiting.shown == "nothing"
    waiting.add("x" * 500 + "\x1b")
    assert waiting.shown.endswith("xx\\x1b'")
    assert len(waiting.shown) < 250
