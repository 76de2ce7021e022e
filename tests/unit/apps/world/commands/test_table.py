"""The table of verbs."""

from __future__ import annotations

import pytest

from portside.apps.world.commands.table import BY_NAME, GESTURES, PHRASES, VERBS, overview, vocabulary
from tests.support.worlds import Stage, small_plan


def test_no_word_means_two_verbs() -> None:
    words = [word for verb in BY_NAME.values() for word in (verb.name, *verb.words)]
    assert sorted(words) == sorted(set(words))


def test_every_phrase_leads_to_a_verb_of_the_table() -> None:
    assert set(PHRASES.values()) <= set(BY_NAME)


def test_every_verb_stands_in_the_help_and_has_its_own() -> None:
    stage = Stage()
    anna = stage.player()
    everything = stage.does(anna, "help")
    assert everything == overview()
    for verb in VERBS:
        assert verb.name in everything
        assert stage.does(anna, f"help {verb.name}").startswith(verb.usage)
    assert all(gesture in everything for gesture in GESTURES)


def test_help_about_nothing_says_so() -> None:
    stage = Stage()
    assert stage.does(stage.player(), "help flying").startswith("There is no help about flying.")


@pytest.mark.parametrize(
    ("word", "verb"),
    [("x", "examine"), ("inv", "inventory"), ("exam", "examine"), ("tug", "pull"), ("pul", "pull"), ("enter", "")],
)
def test_a_worlds_own_verbs_are_known_too(word: str, verb: str) -> None:
    assert vocabulary(small_plan()).verb(word) == verb


def test_what_others_have_to_read_is_loud() -> None:
    loud = {name for name, verb in BY_NAME.items() if verb.loud}
    assert {"say", "shout", "tell", "whisper", "emote", "reply", "wave"} <= loud
    assert not {"look", "take", "go"} & loud
