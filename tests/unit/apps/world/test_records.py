"""What is kept, and how it comes to life again."""

from __future__ import annotations

import json

from portside.apps.world.coming import come
from portside.apps.world.model import Place, Where, World
from portside.apps.world.records import Record, player_record, restore_world, world_record
from tests.support.worlds import NOW, Stage, small_plan

BOOK = '[things.book]\nname = "a book"\nplace = "hall"\nfixed = true\npages = 2\ntext = "x"\n'


def through_json(record: Record) -> Record:
    return dict(json.loads(json.dumps(record)))


def test_a_player_comes_back_as_they_were() -> None:
    stage = Stage()
    anna = stage.player()
    stage.does(anna, "take lamp", "take match", "light lamp", "open box", "take pearl", "brief", "s")
    record = through_json(player_record(stage.world, anna))
    again = World(small_plan(), lambda: 0.5)
    player = come(again, "anna", "Anna", record, NOW)
    assert (player.room, player.deeds, player.brief, player.seen) == ("shore", ["won"], True, {"hall", "shore"})
    assert sorted(item.thing.id for item in again.carried(player)) == ["lamp", "match", "pearl"]
    lamp = again.has(player, "lamp")
    assert lamp is not None and lamp.lit


def test_a_world_comes_back_as_it_was() -> None:
    stage = Stage(small_plan(BOOK))
    anna = stage.player()
    stage.does(anna, "take key", "unlock gate", "take hat", "wear hat", "pull lever", "open box", "take pearl")
    stage.does(anna, "write hello")
    again = World(small_plan(BOOK), lambda: 0.5)
    restore_world(again, through_json(world_record(stage.world)), NOW)
    assert again.values == stage.world.values
    assert again.until == stage.world.until
    assert again.board == stage.world.board
    assert again.pages == {"book": [("Anna", "hello")]}
    assert again.items["key"].place == Place(Where.HELD, "anna")
    assert again.items["hat"].place == Place(Where.WORN, "anna")


def test_the_only_one_of_its_kind_is_kept_for_its_holder_for_a_while() -> None:
    stage = Stage()
    stage.does(stage.player(), "take key")
    again = Stage()
    restore_world(again.world, through_json(world_record(stage.world)), again.now)
    again.pass_time(99)
    assert again.world.has(again.player(), "key")
    third = Stage()
    restore_world(third.world, through_json(world_record(stage.world)), third.now)
    third.pass_time(100)
    assert third.world.items["key"].place == Place(Where.ROOM, "hall")


def test_what_a_changed_file_does_not_know_is_left_out() -> None:
    world = World(small_plan(), lambda: 0.5)
    record = {
        "values": {"gate": "open", "tide": "boiling", "moon": "full"},
        "until": {"moon": NOW},
        "items": {"key": ["room", "attic", False, 0.0], "sword": ["room", "hall", False, 0.0]},
        "board": [["Anna", "flew", NOW]],
    }
    restore_world(world, record, NOW)
    assert world.values["gate"] == "open" and world.values["tide"] == "low"
    assert "moon" not in world.until and "sword" not in world.items
    assert world.items["key"].place == Place(Where.ROOM, "hall")
    things = [["sword", False, False]]
    player_was = {"room": "attic", "deeds": ["flew"], "seen": ["attic"], "brief": False, "things": things}
    player = come(world, "anna", "Anna", player_was, NOW)
    assert (player.room, world.carried(player), world.points(player)) == ("hall", [], 0)
    assert world.board[0].deed == "flew"
