"""What clients and lists are told."""

from __future__ import annotations

import json

from portside.apps.world.status import char_name, room_info, variables, vitals
from tests.support.worlds import NOW, Stage


def test_a_room_is_told_with_the_ways_that_are_seen() -> None:
    stage = Stage()
    anna = stage.player()
    package, data = room_info(stage.world, anna)
    assert package == "Room.Info"
    ways = {"north": "yard", "south": "shore", "down": "cellar"}
    assert json.loads(data) == {"id": "hall", "name": "The Hall", "area": "Smallton", "exits": ways}
    stage.does(anna, "pull lever")
    assert "east" in json.loads(room_info(stage.world, anna)[1])["exits"]


def test_the_dark_hides_a_room() -> None:
    stage = Stage()
    anna = stage.player()
    stage.does(anna, "d")
    assert "cellar" not in room_info(stage.world, anna)[1]


def test_points_and_names_are_told() -> None:
    stage = Stage()
    anna = stage.player()
    assert json.loads(vitals(stage.world, anna)[1]) == {"points": 0, "maxpoints": 10, "rank": "newcomer"}
    assert json.loads(char_name(anna)[1])["name"] == "Anna"


def test_a_list_of_worlds_learns_who_is_there_and_since_when() -> None:
    stage = Stage()
    stage.player()
    told = variables(stage.world, NOW)
    assert (told["NAME"], told["PLAYERS"], told["UPTIME"], told["ROOMS"]) == ("Smallton", "1", "1000000", "5")
