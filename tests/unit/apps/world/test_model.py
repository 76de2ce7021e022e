"""The world as it is now."""

from __future__ import annotations

from portside.apps.world.model import NOWHERE, Manner, Place, Told, Where, World, home
from portside.apps.world.plan import Ask, Condition
from tests.support.worlds import NOW, Stage, small_plan


def test_at_first_everything_is_as_the_file_says() -> None:
    world = World(small_plan(), lambda: 0.5)
    assert world.values == {"gate": "locked", "box": "closed", "lever": "up", "tide": "low"}
    assert world.items["pearl"].place == Place(Where.INSIDE, "box")
    assert world.people == {"crow": "hall"}


def test_a_thing_without_a_place_is_nowhere() -> None:
    plan = small_plan('[things.ghost]\nname = "a ghost"\ntext = "x"\n')
    assert home(plan, plan.things["ghost"]) == NOWHERE


def test_what_is_told_reaches_those_it_is_for() -> None:
    stage = Stage()
    anna, ben, cleo = (stage.player(name) for name in ("Anna", "Ben", "Cleo"))
    cleo.room = "shore"
    world = stage.world
    world.tell("anna", "one")
    world.tell("nobody", "none")
    world.tell("anna", "")
    world.tell_room("hall", "two", anna.key)
    world.tell_all("three", ben.key)
    assert world.events() == [
        Told("anna", "one"),
        Told("ben", "two"),
        Told("anna", "three", Manner.NOTICE),
        Told("cleo", "three", Manner.NOTICE),
    ]
    assert world.events() == []


def test_only_open_containers_can_be_reached_into() -> None:
    stage = Stage()
    anna = stage.player()
    assert "pearl" not in {item.id for item in stage.world.reachable(anna)}
    stage.does(anna, "open box")
    assert "pearl" in {item.id for item in stage.world.reachable(anna)}


def test_a_dark_room_is_light_while_somebody_has_a_light() -> None:
    stage = Stage()
    anna, ben = stage.player("Anna"), stage.player("Ben")
    stage.does(ben, "d")
    assert not stage.world.light_in("cellar")
    stage.does(anna, "take lamp", "take match", "light lamp", "d")
    assert stage.world.light_in("cellar")
    stage.does(anna, "drop lamp", "u")
    assert stage.world.light_in("cellar")


def test_conditions_ask_about_states_things_clothes_and_deeds() -> None:
    stage = Stage()
    anna = stage.player()
    stage.does(anna, "take hat")
    holds = stage.world.holds
    assert holds((Condition(Ask.STATE, "gate", "locked"), Condition(Ask.CARRYING, "hat")), anna)
    assert not holds((Condition(Ask.WEARING, "hat"),), anna)
    stage.does(anna, "wear hat")
    assert holds((Condition(Ask.WEARING, "hat"), Condition(Ask.CARRYING, "hat")), anna)
    assert holds((Condition(Ask.DONE, "won", wanted=False),), anna)
    assert not holds((Condition(Ask.CARRYING, "hat"),), None)
    assert holds((), None)


def test_a_state_knows_when_it_goes_back() -> None:
    stage = Stage()
    stage.world.set("lever", "down")
    assert stage.world.until["lever"] == NOW + 30
    stage.world.set("lever", "up")
    assert "lever" not in stage.world.until
    stage.world.set("gate", "open")
    assert stage.world.until["gate"] == NOW + 60


def test_an_item_knows_since_when_it_is_away() -> None:
    stage = Stage()
    anna = stage.player()
    stage.does(anna, "take key")
    assert stage.world.items["key"].gone == NOW
    stage.does(anna, "drop key")
    assert stage.world.items["key"].gone == 0.0


def test_of_plenty_there_is_one_for_each() -> None:
    stage = Stage()
    anna, ben = stage.player("Anna"), stage.player("Ben")
    for player in (anna, ben):
        assert stage.does(player, "take lamp") == "You take the lamp."
    assert stage.does(anna, "take lamp") == "You have a lamp already; leave the rest for others."
    assert stage.world.items["lamp"].place == Place(Where.ROOM, "hall")
    item = stage.world.has(anna, "lamp")
    assert item is not None and item.copy
    stage.world.remove_item(item)
    assert stage.world.has(anna, "lamp") is None
