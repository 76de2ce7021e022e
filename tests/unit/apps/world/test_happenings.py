"""What a world's file lets happen."""

from __future__ import annotations

from portside.apps.world.happenings import earn, happens, words_of
from portside.apps.world.model import Earned, Where
from tests.support.worlds import Stage, small_plan

MORE = """
[[actions]]
order = "rub lamp"
when = ["carrying lamp"]
does = ["put pearl", "give key", "take hat", "deed won"]
says = "Smoke."
[[actions]]
order = "rub picture"
room = "hall"
"""


def test_an_action_tells_both_sides_and_has_its_effects() -> None:
    stage = Stage()
    anna, ben = stage.player("Anna"), stage.player("Ben")
    assert stage.sees(ben, anna, "pull lever") == "Anna pulls the lever.\nSomething rattles."
    assert stage.world.values["lever"] == "down"
    assert "A gap has opened" in stage.does(ben, "look")
    assert "The Yard" in stage.does(ben, "e")


def test_where_no_condition_holds_the_excuse_is_told() -> None:
    stage = Stage()
    anna = stage.player()
    stage.does(anna, "pull lever")
    assert stage.does(anna, "pull lever") == "It is down already."


def test_every_effect_takes_effect() -> None:
    stage = Stage(small_plan(MORE))
    anna = stage.player()
    stage.does(anna, "take lamp", "take hat", "rub lamp")
    assert stage.world.has(anna, "key")
    assert not stage.world.has(anna, "hat")
    assert stage.world.items["pearl"].place == (Where.ROOM, "hall")
    assert anna.deeds == ["won"]
    assert any(isinstance(event, Earned) for event in stage.happened)


def test_what_is_given_to_full_hands_falls_to_the_ground() -> None:
    things = "".join(f'[things.t{n}]\nname = "a t{n}"\nplace = "hall"\ntext = "x"\n' for n in range(12))
    stage = Stage(small_plan(MORE + things))
    anna = stage.player()
    stage.does(anna, "take lamp", *(f"take t{n}" for n in range(11)))
    assert stage.world.full(anna)
    stage.does(anna, "rub lamp")
    assert stage.world.items["key"].place == (Where.ROOM, "hall")


def test_the_only_one_of_its_kind_is_not_given_while_somebody_has_it() -> None:
    stage = Stage(small_plan(MORE))
    anna, ben = stage.player("Anna"), stage.player("Ben")
    stage.does(ben, "take key")
    stage.does(anna, "take lamp", "rub lamp")
    assert stage.world.has(ben, "key") and not stage.world.has(anna, "key")


def test_a_word_that_is_said_can_move_people() -> None:
    stage = Stage()
    anna, ben = stage.player("Anna"), stage.player("Ben")
    assert stage.sees(ben, anna, "say er, Xyzzy!") == 'Anna says, "er, Xyzzy!"\nAnna leaves.'
    assert anna.room == "yard"
    assert stage.world.has(anna, "match")


def test_coming_into_a_room_can_make_something_happen() -> None:
    stage = Stage()
    anna = stage.player()
    stage.does(anna, "take lamp", "take match", "light lamp", "d")
    assert stage.does(anna, "d").endswith("A draught.")


def test_a_deed_counts_once_and_a_treasure_is_told_to_all() -> None:
    stage = Stage()
    anna, ben = stage.player("Anna"), stage.player("Ben")
    earn(stage.world, anna, "won")
    earn(stage.world, anna, "won")
    assert stage.world.points(anna) == 10
    assert stage.told(stage.world.events(), ben) == "*** Anna has won the game! ***"
    assert [(line.name, line.deed) for line in stage.world.board] == [("Anna", "won")]


def test_a_guest_wins_but_is_not_put_on_the_board() -> None:
    stage = Stage()
    guest = stage.player("Heron", guest=True)
    earn(stage.world, guest, "won")
    assert guest.deeds == ["won"]
    assert stage.world.board == []


def test_what_is_drawn_by_lot_is_told_to_all_alike() -> None:
    roll = (
        '[[actions]]\norder = "rub hat"\npicks = ["one", "two", "six"]\nsays = "{pick}!"\nothers = "{name}: {pick}"\n'
    )
    stage = Stage(small_plan(roll))
    anna, ben = stage.player("Anna"), stage.player("Ben")
    for lot, pick in ((0.0, "one"), (0.5, "two"), (0.99, "six")):
        stage.lots = [lot]
        assert stage.does(anna, "rub hat") == f"{pick}!"
        assert stage.told(stage.happened, ben) == f"Anna: {pick}"


def test_an_action_without_words_is_done_in_silence() -> None:
    stage = Stage(small_plan(MORE))
    anna = stage.player()
    assert happens(stage.world, anna, "rub", "hall/picture")
    assert stage.world.events() == []
    assert not happens(stage.world, anna, "rub", "hat")


def test_the_words_of_a_saying() -> None:
    assert words_of('"It\'s Daytime!"') == ["it", "s", "daytime"]
