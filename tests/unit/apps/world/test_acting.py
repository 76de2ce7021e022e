"""A typed line becomes what it does: the way through the whole world, two who see each other, hostility."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.apps.world.model import Earned, Told
from tests.support.worlds import Stage, big_stage

# The way to the treasure, as somebody would type it who has found out everything.
LETTER = ["e", "s", "e", "talk to postmistress", "take letter", "w", "n", "n", "w", "give letter to the keeper"]
LAMP = ["e", "s", "s", "w", "ask clerk about lamp", "e", "s", "w", "get matches", "light lamp"]
COAT_AND_KEY = ["d", "take coat", "wear it", "u", "e", "s", "get herring from barrel", "n", "w", "feed fish to parrot"]
OIL = ["e", "s", "e", "give coin to the ferryman", "e", "read bell", "take oil", "w", "w", "w"]
TOWER = ["n", "n", "n", "n", "n", "e", "unlock door with key", "n", "u", "pour oil into great lamp", "u", "turn crank"]
BEAM = ["d", "light great lamp", "d", "s", "w", "s", "s", "s", "s", "s", "s"]
CAVE = ["s", "e", "knock on door", "knock", "e", 'say "Daytime!"', "take light from chest"]
THE_WAY = [*LETTER, *LAMP, *COAT_AND_KEY, *OIL, *TOWER, *BEAM]


def test_the_demonstration_world_can_be_won_and_all_its_points_be_had() -> None:
    stage = big_stage()
    anna, ben = stage.player("Anna"), stage.player("Ben")
    stage.does(anna, *THE_WAY)
    assert "two fathoms of water" in stage.does(anna, "s")
    stage.pass_time(160)
    last = stage.does(anna, *CAVE)
    assert "*** Anna has found the Port Light! ***" in last
    assert stage.told(stage.happened, ben) == "*** Anna has found the Port Light! ***"
    assert stage.world.points(anna) == stage.world.plan.points() == 100
    assert "1. Anna has found the Port Light" in stage.does(ben, "board")
    assert "harbour master" in stage.does(anna, "score")


def test_the_treasure_is_there_for_the_next_one_too() -> None:
    stage = big_stage()
    for name in ("Anna", "Ben"):
        player = stage.player(name)
        stage.does(player, *THE_WAY)
        while stage.world.values["tide"] != "low":
            stage.pass_time(10)
        stage.does(player, *CAVE)
        assert stage.world.points(player) == 100
        stage.pass_time(2000)
    assert [line.name for line in stage.world.board] == ["Anna", "Ben"]


def test_nobody_gets_shut_in_the_vault() -> None:
    stage = big_stage()
    anna = stage.player()
    stage.does(anna, *THE_WAY)
    stage.pass_time(160)
    stage.does(anna, *CAVE)
    stage.pass_time(300)
    assert "sea door is locked" in stage.does(anna, "w")
    assert "turn the handle" in stage.does(anna, "open door")
    assert "Echo Cave" in stage.does(anna, "w")


def test_two_in_a_room_see_what_the_other_does() -> None:
    stage = Stage()
    anna, ben = stage.player("Anna"), stage.player("Ben")
    assert "Anna" in stage.does(ben, "look")
    assert stage.sees(ben, anna, "take hat") == "Anna takes a hat."
    assert stage.sees(ben, anna, "'hello you") == 'Anna says, "hello you"'
    assert stage.sees(ben, anna, "s") == "Anna leaves south."
    assert stage.sees(ben, anna, "'hello?") == ""
    assert stage.sees(ben, anna, "n") == "Anna arrives from the south."


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("fly", "You don't know how to fly. 'help' tells what you can do."),
        ("take", "Which thing do you mean?"),
        ("take dragon", "You see no dragon here."),
        ("pull", "You pull."),
        ("pull hat", "You pull it, and nothing comes of it."),
        ("pull dragon", "You see no dragon here."),
        ("take crow", "The crow would not like that."),
        ("take gate", "You can't do that with the gate."),
        ("take picture", "That stays where it is."),
        ("take box", "The box can't be moved."),
        ("open", "What do you want to open?"),
        ("go", "Go where? Name a direction, such as north (or n); 'exits' lists them."),
        ("", ""),
        ("   ", ""),
        ("'", "Say what?"),
    ],
)
def test_what_it_does_not_know_gets_a_helpful_answer(line: str, answer: str) -> None:
    stage = Stage()
    assert stage.does(stage.player(), line) == answer


def test_a_second_noun_may_be_left_out_where_the_thing_is_at_hand() -> None:
    stage = big_stage()
    anna = stage.player()
    stage.does(anna, *LETTER, *LAMP, *COAT_AND_KEY, *OIL, *TOWER[:9])
    assert "drinks the whole can" in stage.does(anna, "fill great lamp")


@pytest.mark.parametrize(
    "line",
    [
        "say \x1b[2J\x1b]0;gone\x07you have been had",
        "say \xff\xfb\x01\xff\xfd\x18",
        "emote waves\r\n*** The narrator says: give me your password ***",
        "shout \u202e\u2066evil\u2069\u202c",
        "whisper ben \x9b31mred\x00",
        "tell ben \u2028\u2029two lines",
        "emote " + "a\u0301\u0302\u0303\u0304\u0305" * 50,
    ],
)
def test_what_is_said_holds_nothing_that_a_terminal_obeys(line: str) -> None:
    stage = Stage()
    anna, ben = stage.player("Anna"), stage.player("Ben")
    seen = stage.sees(ben, anna, line)
    assert seen.startswith(("Anna ", "* Anna "))
    assert seen.isprintable()
    assert "\u202e" not in seen and "\u0304" not in seen


@given(st.lists(st.text(max_size=60), max_size=8))
def test_any_lines_give_only_words_that_can_be_seen(lines: list[str]) -> None:
    stage = Stage()
    anna, ben = stage.player("Anna"), stage.player("Ben")
    for line in lines:
        for event in stage.acting.act(anna, line, stage.now):
            assert not isinstance(event, Earned) or "won" in anna.deeds
            assert not isinstance(event, Told) or event.text.replace("\n", "").isprintable()
    assert stage.world.points(ben) == 0


VERBS = st.sampled_from(
    ["take", "drop", "put", "give", "open", "unlock", "wear", "light", "look", "go", "pull", "tell"]
)
NOUNS = st.sampled_from(["key", "lamp", "all", "hat", "box", "pearl", "crow", "gate", "ben", "it", "north", "the", ""])
LINES = st.builds("{} {} {} {}".format, VERBS, NOUNS, st.sampled_from(["in", "to", "with", "from", ""]), NOUNS)


@given(st.lists(LINES, max_size=25))
def test_whatever_is_ordered_things_are_in_one_place_and_hands_hold_no_more_than_they_can(lines: list[str]) -> None:
    stage = Stage()
    anna, ben = stage.player("Anna"), stage.player("Ben")
    for number, line in enumerate(lines):
        stage.does((anna, ben)[number % 2], line)
    world = stage.world
    originals = [item.thing.id for item in world.items.values() if not item.copy]
    assert sorted(originals) == sorted(world.plan.things)
    for player in (anna, ben):
        kinds = [item.thing.id for item in world.carried(player)]
        assert len(kinds) == len(set(kinds))
        assert not any(world.plan.things[kind].fixed for kind in kinds)
