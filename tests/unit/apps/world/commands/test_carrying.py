"""Taking, leaving, putting, giving."""

from __future__ import annotations

import pytest

from portside.apps.world.commands.carrying import FULL
from portside.apps.world.plan import HELD
from tests.support.worlds import Stage, small_plan

SACK = '[things.sack]\nname = "a sack"\nplace = "hall"\nholds = 1\ntext = "x"\n'


@pytest.fixture
def stage() -> Stage:
    return Stage(small_plan(SACK))


def test_what_is_taken_is_gone_from_the_room_and_what_is_left_is_there(stage: Stage) -> None:
    anna = stage.player()
    assert stage.does(anna, "take key, hat") == "You take the iron key.\nYou take the hat."
    assert "key" not in stage.does(anna, "look")
    assert stage.does(anna, "drop hat and dragon") == "You leave the hat here.\nYou see no dragon here."
    assert stage.does(anna, "take key") == "You have the iron key already."


def test_all_is_what_can_be_taken(stage: Stage) -> None:
    anna = stage.player()
    assert stage.does(anna, "take all").count("You take") == 5
    assert stage.does(anna, "drop all").count("You leave") == 5
    assert stage.does(anna, "drop all") == "You have nothing to drop."


def test_all_leaves_what_lies_in_containers_and_what_one_has_already(stage: Stage) -> None:
    anna, ben = stage.player("Anna"), stage.player("Ben")
    stage.does(ben, "take lamp", "drop lamp", "open box")
    stage.does(anna, "take all", "drop all", "take all")
    assert sorted(item.thing.id for item in stage.world.carried(anna)) == ["hat", "key", "lamp", "match", "sack"]
    assert stage.does(anna, "take lamp") == "You have a lamp already; leave the rest for others."


def test_hands_and_pockets_get_full() -> None:
    things = "".join(f'[things.t{n}]\nname = "a t{n}"\nplace = "hall"\ntext = "x"\n' for n in range(HELD + 1))
    stage = Stage(small_plan(things))
    anna, ben = stage.player("Anna"), stage.player("Ben")
    told = stage.does(anna, *(f"take t{n}" for n in range(HELD + 1)))
    assert told.count("You take") == HELD
    assert told.endswith(FULL)
    stage.does(ben, f"take t{HELD}")
    assert stage.does(ben, f"give t{HELD} to anna") == "Anna can carry no more."


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("take pearl from box", "You see no pearl here."),
        ("take pearl from crow", "The crow holds nothing."),
        ("take pearl from dragon", "You see no dragon here."),
        ("put hat in box", "The box is closed."),
        ("put hat in picture", "The picture holds nothing."),
        ("put hat", "Into what?"),
        ("put coin in sack", "You see no coin here."),
        ("put all in sack", "You have nothing to put there."),
        ("give hat to ben", "You have no hat."),
        ("give", "Give what to whom?"),
    ],
)
def test_what_cannot_be_is_said(stage: Stage, line: str, answer: str) -> None:
    assert stage.does(stage.player(), line) == answer


def test_things_go_into_what_is_open_while_there_is_room(stage: Stage) -> None:
    anna, ben = stage.player("Anna"), stage.player("Ben")
    stage.does(anna, "take hat", "take key", "take match", "open box")
    assert stage.sees(ben, anna, "put hat in box") == "Anna puts a hat into the box."
    assert stage.does(anna, "put key in box") == "The box is full."
    assert stage.does(anna, "take all from box").split("\n") == [
        "You take the hat.",
        "You take the pearl.",
        "[You have won the game: 10 points.]",
        "*** Anna has won the game! ***",
    ]
    stage.does(anna, "take sack", "drop hat")
    assert stage.does(anna, "put sack in box") == "The sack does not fit in."
    assert stage.does(anna, "put key in sack") == "You put the iron key into the sack."
    assert stage.does(anna, "get key from sack") == "You take the iron key."


def test_a_visitor_gives_to_a_visitor(stage: Stage) -> None:
    anna, ben, cleo = (stage.player(name) for name in ("Anna", "Ben", "Cleo"))
    stage.does(anna, "take hat", "take lamp")
    assert stage.sees(ben, anna, "give hat to ben") == "Anna gives you a hat."
    assert stage.world.has(ben, "hat")
    assert stage.sees(cleo, anna, "give lamp to ben") == "Anna gives Ben a lamp."
    stage.does(anna, "take lamp")
    assert stage.does(anna, "give lamp to ben") == "Ben has one already."
    assert stage.does(anna, "give lamp to crow") == "The crow has no use for that."
    assert stage.does(anna, "give lamp to zoe") == "There is nobody called zoe here."
    assert stage.does(anna, "give lamp") == "Give it to whom?"


def test_to_whom_may_be_said_first(stage: Stage) -> None:
    anna, ben = stage.player("Anna"), stage.player("Ben")
    stage.does(anna, "take hat", "take match")
    assert stage.sees(ben, anna, "give ben the hat") == "Anna gives you a hat."
    assert stage.does(anna, "give crow match") == "The crow eats it."
    assert stage.does(anna, "give iron key") == "You have no iron key."


def test_people_take_what_the_file_says_they_want(stage: Stage) -> None:
    anna = stage.player()
    stage.does(anna, "take match")
    assert stage.does(anna, "give match to the crow") == "The crow eats it."
    assert not stage.world.has(anna, "match")
