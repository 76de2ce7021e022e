"""What a room looks like."""

from __future__ import annotations

from portside.apps.world.seeing import DARK
from tests.support.worlds import Stage


def test_a_room_is_told_with_its_ways_things_and_people() -> None:
    stage = Stage()
    anna, _ = stage.player("Anna"), stage.player("Ben")
    assert stage.does(anna, "look").split("\n") == [
        "The Hall",
        "A bare hall.",
        "Exits: north (shut), south, down.",
        "Lamps stand here.",
        "On the ground: an iron key, a match and a hat.",
        "The crow and Ben are here.",
    ]


def test_who_is_brief_reads_a_known_rooms_text_no_more() -> None:
    stage = Stage()
    anna = stage.player()
    stage.does(anna, "brief", "s")
    assert "A bare hall." not in stage.does(anna, "n")
    assert "A bare hall." in stage.does(anna, "look")
    stage.does(anna, "brief", "s")
    assert "A bare hall." in stage.does(anna, "n")


def test_in_the_dark_nothing_is_seen_but_who_is_there_is_known() -> None:
    stage = Stage()
    anna, ben = stage.player("Anna"), stage.player("Ben")
    stage.does(ben, "d")
    seen = stage.does(anna, "d")
    assert seen.startswith(DARK)
    assert "Cobwebs" not in seen
    assert seen.endswith("Ben is here.")


def test_a_hidden_way_is_told_once_it_is_there() -> None:
    stage = Stage()
    anna = stage.player()
    assert "east" not in stage.does(anna, "look")
    stage.does(anna, "pull lever")
    assert "Exits: north (shut), east, south, down." in stage.does(anna, "look")


def test_a_burning_lamp_is_seen_to_burn() -> None:
    stage = Stage()
    anna = stage.player()
    stage.does(anna, "take lamp", "take match", "light lamp", "s", "drop lamp")
    assert "On the ground: a lamp (lit)." in stage.does(anna, "look")
