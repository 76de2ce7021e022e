"""From words to what they mean."""

from __future__ import annotations

import pytest

from portside.apps.world.finding import Unclear, bare, find, find_item, find_player, name_of, target_id
from tests.support.worlds import Stage, small_plan

ANOTHER_KEY = """
[things.old-key]
name = "an old iron key"
place = "hall"
text = "Bent."

[things.brass-key]
name = "an old brass key"
place = "hall"
text = "Shiny."
"""


@pytest.mark.parametrize(
    ("noun", "name", "id_"),
    [
        ("key", "the iron key", "key"),
        ("iron", "the iron key", "key"),
        ("old picture", "the picture", "hall/picture"),
        ("bird", "the crow", "crow"),
        ("gate", "the gate", "gate"),
        ("ben", "Ben", ""),
    ],
)
def test_a_noun_means_what_is_here(noun: str, name: str, id_: str) -> None:
    stage = Stage()
    anna, _ = stage.player("Anna"), stage.player("Ben")
    found = find(stage.world, anna, noun)
    assert not isinstance(found, Unclear)
    assert (name_of(found), target_id(found)) == (name, id_)


def test_it_is_what_was_named_last() -> None:
    stage = Stage()
    anna = stage.player()
    stage.does(anna, "take hat")
    assert stage.does(anna, "wear it") == "You put on the hat."
    assert stage.does(anna, "x them") == "Tall.\nSomething is written on it."


def test_what_is_not_here_or_not_one_is_unclear() -> None:
    stage = Stage()
    anna = stage.player()
    assert find(stage.world, anna, "pearl") == Unclear("pearl")
    assert find(stage.world, anna, "") == Unclear("")
    assert Unclear("pearl").text() == "You see no pearl here."


def test_of_two_that_are_called_so_the_exact_name_counts_and_else_it_is_asked() -> None:
    stage = Stage(small_plan(ANOTHER_KEY))
    anna = stage.player()
    exact = find(stage.world, anna, "key")
    assert not isinstance(exact, Unclear) and target_id(exact) == "key"
    both = find_item(anna, "old", stage.world.reachable(anna))
    assert isinstance(both, Unclear)
    assert both.text() == "Which do you mean: the old iron key or the old brass key?"


def test_in_the_dark_only_what_one_holds_is_found() -> None:
    stage = Stage()
    anna = stage.player()
    stage.does(anna, "take hat", "d")
    assert name_of(find(stage.world, anna, "hat")) == "the hat"  # type: ignore[arg-type]
    stage.does(anna, "drop hat")
    assert find(stage.world, anna, "hat") == Unclear("hat")


def test_a_player_is_found_by_the_beginning_of_a_name_that_only_one_has() -> None:
    stage = Stage()
    anna, anton = stage.player("Anna"), stage.player("Anton")
    assert find_player(stage.world, "ann") is anna
    assert find_player(stage.world, "ÄNNA") is anna
    assert find_player(stage.world, "an") is None
    assert find_player(stage.world, "ant") is anton
    assert find_player(stage.world, "zoe") is None


@pytest.mark.parametrize(
    ("name", "without"),
    [("a hat", "hat"), ("the crow", "crow"), ("an iron key", "iron key"), ("the", "the"), ("x", "x")],
)
def test_a_name_without_its_article(name: str, without: str) -> None:
    assert bare(name) == without
