"""Going from room to room."""

from __future__ import annotations

import pytest

from portside.apps.world.commands.moving import NO_WAY
from tests.support.worlds import Stage, small_plan


@pytest.mark.parametrize("line", ["s", "south", "go south", "walk to the south", "go s", "SOUTH"])
def test_a_direction_is_enough(line: str) -> None:
    stage = Stage()
    anna = stage.player()
    assert stage.does(anna, line).startswith("The Shore")
    assert anna.room == "shore"


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("w", NO_WAY),
        ("e", NO_WAY),
        ("n", "The gate is locked."),
        ("go home", "Go where? Name a direction, such as north (or n); 'exits' lists them."),
    ],
)
def test_where_there_is_no_way_it_is_said_why(line: str, answer: str) -> None:
    stage = Stage()
    anna = stage.player()
    assert stage.does(anna, line) == answer
    assert anna.room == "hall"


def test_in_the_dark_one_only_dares_to_go_back_to_the_light() -> None:
    stage = Stage()
    anna = stage.player()
    stage.does(anna, "d")
    assert "dare not go on" in stage.does(anna, "d")
    assert stage.does(anna, "u").startswith("The Hall")


def test_the_way_back_is_the_way_one_came() -> None:
    stage = Stage(small_plan('[rooms.attic]\nname = "The Attic"\ntext = "x"\nexits = { down = "crypt" }\n'))
    anna = stage.player()
    anna.room, anna.came = "crypt", "attic"
    assert "dare not go on" in stage.does(anna, "u")
    anna.came = "cellar"
    assert stage.does(anna, "u").startswith("It is pitch dark.")


def test_somebody_elses_lamp_lights_the_way_too() -> None:
    stage = Stage()
    anna, ben = stage.player("Anna"), stage.player("Ben")
    stage.does(anna, "take lamp", "take match", "light lamp", "d")
    assert stage.does(ben, "d").startswith("The Cellar")
    assert stage.does(ben, "d").startswith("It is pitch dark.")
