"""What happens by itself."""

from __future__ import annotations

from portside.apps.world.model import Place, Where
from portside.apps.world.passing import DROPPED
from tests.support.worlds import Stage


def test_a_clock_goes_round() -> None:
    stage = Stage()
    values = []
    for _ in range(7):
        values.append(stage.world.values["tide"])
        stage.pass_time(50)
    assert values == ["low", "low", "high", "low", "low", "high", "low"]


def test_after_a_long_sleep_a_clock_is_where_it_would_be() -> None:
    stage, sleeper = Stage(), Stage()
    for _ in range(3120 // 10):
        stage.pass_time(10)
    sleeper.pass_time(3120)
    assert sleeper.world.values == stage.world.values
    assert sleeper.world.until == stage.world.until


def test_the_sea_takes_along_who_is_in_its_way() -> None:
    stage = Stage()
    anna = stage.player()
    stage.does(anna, "s")
    told = stage.told(stage.pass_time(100), anna)
    assert told.startswith("The tide is high.\nYou are washed away.\nThe Hall")
    assert anna.room == "hall"
    assert stage.does(anna, "s") == "The sea is in the way."


def test_a_state_goes_back_and_is_heard() -> None:
    stage = Stage()
    anna = stage.player()
    stage.does(anna, "pull lever")
    assert stage.told(stage.pass_time(29), anna) == ""
    assert stage.told(stage.pass_time(1), anna) == "Something creaks."
    assert stage.world.values["lever"] == "up"


def test_a_door_falls_shut_and_is_locked_again() -> None:
    stage = Stage()
    anna = stage.player()
    stage.does(anna, "take key", "unlock gate")
    assert "The gate falls shut." in stage.told(stage.pass_time(60), anna)
    assert stage.does(anna, "n") == "The gate is locked."


def test_a_thing_that_was_left_somewhere_goes_home() -> None:
    stage = Stage()
    anna = stage.player()
    stage.does(anna, "take key", "s", "drop key")
    stage.pass_time(99)
    assert stage.world.items["key"].place == Place(Where.ROOM, "shore")
    stage.pass_time(1)
    assert stage.world.items["key"].place == Place(Where.ROOM, "hall")


def test_a_thing_that_is_held_stays() -> None:
    stage = Stage()
    anna = stage.player()
    stage.does(anna, "take key")
    stage.pass_time(10_000)
    assert stage.world.has(anna, "key")


def test_one_out_of_plenty_is_gone_some_time_after_it_was_dropped() -> None:
    stage = Stage()
    anna = stage.player()
    stage.does(anna, "take lamp", "s", "drop lamp", "n")
    assert len(stage.world.at(Place(Where.ROOM, "shore"))) == 1
    stage.pass_time(DROPPED)
    assert stage.world.at(Place(Where.ROOM, "shore")) == []


def test_people_stir_now_and_then() -> None:
    stage = Stage()
    anna = stage.player()
    assert stage.told(stage.pass_time(2, 0.0, 0.9, 0.0), anna) == "The crow caws."
    assert stage.told(stage.pass_time(2, 0.0, 0.1, 0.9), anna) == "The crow wanders off."
    assert stage.world.people["crow"] == "yard"
    assert stage.told(stage.pass_time(2), anna) == ""
    assert stage.told(stage.pass_time(2, 0.0, 0.1, 0.0), anna) == "The crow comes along."


def test_who_repeats_says_what_was_heard_once() -> None:
    stage = Stage()
    anna = stage.player()
    stage.does(anna, "say nice bird")
    assert stage.told(stage.pass_time(2, 0.0, 0.9, 0.1), anna) == 'The crow repeats, "nice bird"'
    assert stage.told(stage.pass_time(2, 0.0, 0.9, 0.1), anna) == "The crow caws."
