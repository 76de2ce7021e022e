"""Coming and leaving."""

from __future__ import annotations

from portside.apps.world.coming import come_back, leave
from portside.apps.world.model import Place, Where
from tests.support.worlds import Stage


def test_who_comes_and_goes_is_seen() -> None:
    stage = Stage()
    anna = stage.player("Anna")
    ben = stage.player("Ben")
    assert stage.told(leave(stage.world, ben, stage.now), anna) == "Ben fades from view."
    assert stage.does(anna, "who").startswith("You are alone here:")


def test_who_comes_back_at_another_terminal_sees_where_they_are() -> None:
    stage = Stage()
    anna = stage.player()
    stage.does(anna, "s")
    told = stage.told(come_back(stage.world, anna, stage.now), anna)
    assert told.startswith("You blink")
    assert "The Shore" in told


def test_what_one_has_out_of_plenty_leaves_with_one() -> None:
    stage = Stage()
    anna = stage.player()
    stage.does(anna, "take lamp", "take key")
    leave(stage.world, anna, stage.now)
    assert [item.id for item in stage.world.items.values() if item.copy] == []
    assert stage.world.items["key"].place == Place(Where.HELD, "anna")
    stage.pass_time(100)
    assert stage.world.items["key"].place == Place(Where.ROOM, "hall")


def test_a_guest_leaves_everything_behind_at_once() -> None:
    stage = Stage()
    guest = stage.player("Heron", guest=True)
    stage.does(guest, "take key")
    leave(stage.world, guest, stage.now)
    assert stage.world.items["key"].place == Place(Where.ROOM, "hall")
