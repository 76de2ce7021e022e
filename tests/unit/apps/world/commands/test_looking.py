"""Looking at things."""

from __future__ import annotations

import pytest

from portside.apps.world.model import Manner, Told
from tests.support.worlds import Stage, small_plan


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("x picture", "It shows a hall."),
        ("look at the crow", "Black."),
        ("x gate", "Oak. It is locked."),
        ("x box", "Wooden.\nIt is closed."),
        ("look in box", "It is closed."),
        ("look in crow", "One can't look into the crow."),
        ("look in dragon", "You see no dragon here."),
        ("read hat", "MADE IN SMALLTON"),
        ("read picture", "It shows a hall."),
        ("x dragon", "You see no dragon here."),
        ("x me", "You are a newcomer with 0 points."),
        ("i", "You carry nothing."),
        ("board", "The list is still empty. Yours could be the first name on it."),
        ("read board", "The list is still empty. Yours could be the first name on it."),
    ],
)
def test_a_look_tells(line: str, answer: str) -> None:
    stage = Stage()
    assert stage.does(stage.player(), line) == answer


def test_each_side_of_a_door_has_its_own_look() -> None:
    stage = Stage()
    anna = stage.player()
    stage.does(anna, "take key", "unlock gate", "n")
    assert stage.does(anna, "x gate") == "Iron. It is open."


def test_a_picture_keeps_its_lines() -> None:
    drawing = '[things.map]\nname = "a map"\nplace = "hall"\ntext = "x"\npicture = true\nreads = "N\\n  S"\n'
    stage = Stage(small_plan(drawing))
    assert stage.does(stage.player(), "read map") == "N\n  S"
    assert [event.manner for event in stage.happened if isinstance(event, Told)] == [Manner.TABLE]


def test_an_open_box_shows_what_is_in_it() -> None:
    stage = Stage()
    anna = stage.player()
    stage.does(anna, "open box")
    assert stage.does(anna, "look in box") == "In it: a pearl."


def test_what_one_has_is_told_by_hands_and_body() -> None:
    stage = Stage()
    anna, ben = stage.player("Anna"), stage.player("Ben")
    stage.does(anna, "take all", "wear hat", "light lamp")
    assert stage.does(anna, "i") == "You carry an iron key, a lamp (lit) and a match.\nYou wear a hat."
    assert stage.does(ben, "x anna").split("\n") == [
        "Anna is a newcomer with 0 points.",
        "Anna has an iron key, a lamp (lit), a match and a hat.",
    ]


def test_the_ways_are_named_once_they_are_known() -> None:
    stage = Stage()
    anna = stage.player()
    assert "south   somewhere you have not been" in stage.does(anna, "exits")
    stage.does(anna, "s", "n")
    assert stage.does(anna, "exits").split("\n")[:2] == ["north   the gate, shut", "south   The Shore"]


def test_nothing_is_examined_in_the_dark() -> None:
    stage = Stage()
    anna = stage.player()
    stage.does(anna, "d")
    assert stage.does(anna, "x cobwebs").startswith("It is pitch dark.")
