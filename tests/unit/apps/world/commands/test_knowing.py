"""Knowing who is here, and how one does."""

from __future__ import annotations

from portside.apps.world.model import Leaving
from tests.support.worlds import Stage


def test_who_lists_visitors_by_their_coming() -> None:
    stage = Stage()
    anna = stage.player("Anna")
    stage.now += 60
    heron = stage.player("Heron", guest=True)
    stage.now += 60
    lines = stage.does(heron, "who").split("\n")
    assert lines[0] == "2 visitors are here:"
    assert lines[1].split() == ["Anna", "newcomer", "0", "points", "2", "min"]
    assert lines[2].split() == ["Heron", "guest", "0", "points", "1", "min"]
    assert stage.does(anna, "who").count("\n") == 2


def test_the_score_tells_what_was_done_and_seen() -> None:
    stage = Stage()
    anna = stage.player()
    stage.does(anna, "open box", "take pearl", "s")
    assert stage.does(anna, "score").split("\n") == [
        "You have 10 of 10 points, which makes you an expert.",
        "   10  won the game",
        "You have seen 2 of 5 places.",
    ]


def test_a_hint_fits_what_was_done() -> None:
    stage = Stage()
    anna = stage.player()
    assert stage.does(anna, "hint") == "Open the box."
    stage.does(anna, "open box", "take pearl")
    assert stage.does(anna, "hint") == "You have won."


def test_time_tells_what_the_clocks_say() -> None:
    stage = Stage()
    anna = stage.player()
    assert stage.does(anna, "time") == "The tide is low, for about 2 min more."
    stage.pass_time(60)
    assert stage.does(anna, "time") == "The tide is low, for less than a minute more."


def test_who_waits_is_told_where_to_look() -> None:
    stage = Stage()
    assert "'time' tells" in stage.does(stage.player(), "wait")


def test_who_quits_is_let_go() -> None:
    stage = Stage()
    anna = stage.player()
    stage.does(anna, "quit")
    assert stage.happened == [Leaving("anna")]
