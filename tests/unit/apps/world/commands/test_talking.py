"""Talking: who hears what, and that it is always clear who speaks."""

from __future__ import annotations

import pytest

from portside.apps.world.model import Manner, Player, Told
from tests.support.worlds import Stage, small_plan


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def three(stage: Stage) -> tuple[Player, Player, Player]:
    """Two in the hall, and one on the shore."""
    anna, ben, cleo = (stage.player(name) for name in ("Anna", "Ben", "Cleo"))
    cleo.room = "shore"
    return anna, ben, cleo


@pytest.mark.parametrize(
    ("line", "self", "near", "far"),
    [
        ("say hi all", 'You say, "hi all"', 'Anna says, "hi all"', ""),
        ('say "hi"', 'You say, "hi"', 'Anna says, "hi"', ""),
        ('say he said "no" to me', "You say, \"he said 'no' to me\"", "Anna says, \"he said 'no' to me\"", ""),
        ("shout ahoy", 'You shout, "ahoy"', 'Anna shouts from The Hall, "ahoy"', 'Anna shouts from The Hall, "ahoy"'),
        ("tell cleo psst", 'You tell Cleo, "psst"', "", 'Anna tells you, "psst"'),
        ("tell CL psst", 'You tell Cleo, "psst"', "", 'Anna tells you, "psst"'),
        ("whisper ben psst", 'You whisper to Ben, "psst"', 'Anna whispers to you, "psst"', ""),
        ("whisper to ben: psst", 'You whisper to Ben, "psst"', 'Anna whispers to you, "psst"', ""),
        ("whisper cleo psst", "Whisper to whom? They have to be here: whisper NAME TEXT.", "", ""),
        (":sings", "* Anna sings", "* Anna sings", ""),
        ("wave", "You wave.", "Anna waves.", ""),
        ("wave at ben", "You wave at Ben.", "Anna waves at you.", ""),
        ("wave cleo", "You wave.", "Anna waves.", ""),
        ("tell anna hi", "You mutter to yourself. It does not help.", "", ""),
        ("tell zoe hi", "Nobody called zoe is about.", "", ""),
        ("tell", "Tell whom what?", "", ""),
        ("tell ben", "Tell Ben what?", "", ""),
        ("whisper ben", "Whisper what to Ben?", "", ""),
        ("emote", "Do what? For example: emote looks out to sea.", "", ""),
        ("shout", "Shout what?", "", ""),
        ("reply hi", "There is nobody to reply to.", "", ""),
        ("ask", "Whom? For example: ask keeper about lighthouse.", "", ""),
        ("ask ben about box", "Ben is a visitor like you: use say, tell or whisper.", "", ""),
        ("ask hat about box", "It does not answer.", "", ""),
        ("ask cow about box", "You see no cow here.", "", ""),
    ],
)
def test_who_hears_what(
    stage: Stage, three: tuple[Player, Player, Player], line: str, self: str, near: str, far: str
) -> None:
    anna, ben, cleo = three
    assert stage.does(anna, line) == self
    assert stage.told(stage.happened, ben) == near
    assert stage.told(stage.happened, cleo) == far


def test_a_reply_goes_to_whoever_spoke_last(stage: Stage, three: tuple[Player, Player, Player]) -> None:
    anna, ben, cleo = three
    stage.does(cleo, "tell anna psst")
    assert stage.sees(cleo, anna, "reply what?") == 'Anna tells you, "what?"'
    stage.does(ben, "whisper anna psst")
    assert stage.sees(ben, anna, "r yes") == 'Anna tells you, "yes"'


def test_others_see_a_whisper_but_do_not_hear_it(stage: Stage, three: tuple[Player, Player, Player]) -> None:
    anna, _, cleo = three
    cleo.room = "hall"
    assert stage.sees(cleo, anna, "whisper ben the secret") == "Anna whispers something to Ben."


@pytest.mark.parametrize("line", ["say x", "shout x", ":x", "tell ben x", "whisper ben x", "ask crow about x"])
def test_whatever_people_word_themselves_is_told_in_the_manner_of_talk(
    stage: Stage, three: tuple[Player, Player, Player], line: str
) -> None:
    anna, _, _ = three
    stage.does(anna, line)
    worded = [event for event in stage.happened if isinstance(event, Told) and "x" in event.text.replace("box", "")]
    assert worded
    assert {event.manner for event in worded} == {Manner.TALK}


BOOK = """
[things.book]
name = "the guest book"
names = ["book"]
place = "hall"
fixed = true
pages = 2
text = "Old."
reads = "Guests:"
"""


def test_a_guest_book_keeps_the_last_lines_with_their_writers() -> None:
    stage = Stage(small_plan(BOOK))
    anna, ben = stage.player("Anna"), stage.player("Ben")
    assert stage.sees(ben, anna, "write first") == "Anna writes into the guest book."
    stage.does(anna, 'write "I was here" in the book', "write third in a row")
    assert stage.does(ben, "read book").split("\n") == [
        "Guests:",
        'Anna wrote, "I was here"',
        'Anna wrote, "third in a row"',
    ]
    assert stage.does(anna, "write") == "Write what into the guest book? For example: write I was here."
    assert stage.does(anna, "s", "write x").endswith("There is nothing here to write into.")


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("ask crow about the box", "The crow looks at the box."),
        ("ask crow for box", "The crow looks at the box."),
        ("ask crow about time", "The crow looks at the sun."),
        ("ask crow about gold", "The crow looks away."),
        ("tell crow about box", "The crow looks at the box."),
        ("talk to the crow", "The crow bows.\n(You could ask crow about: box.)"),
        ("ask crow", "The crow bows.\n(You could ask crow about: box.)"),
        ("say hello", 'You say, "hello"\nThe crow bows.'),
        ("say nothing to see", 'You say, "nothing to see"'),
    ],
)
def test_people_answer(stage: Stage, line: str, answer: str) -> None:
    assert stage.does(stage.player(), line) == answer


def test_a_visitor_whose_name_begins_like_somebodys_is_not_taken_for_them(stage: Stage) -> None:
    anna, crowley = stage.player("Anna"), stage.player("Crowley")
    stage.does(anna, "take hat")
    assert stage.does(anna, "tell crow about box").endswith("The crow looks at the box.")
    assert stage.does(anna, "give hat to crow") == "The crow has no use for that."
    assert stage.sees(crowley, anna, "tell crowl hello") == 'Anna tells you, "hello"'


def test_in_company_people_answer_only_when_they_are_meant(stage: Stage, three: tuple[Player, Player, Player]) -> None:
    anna, _, _ = three
    assert stage.does(anna, "say hello") == 'You say, "hello"'
    assert stage.does(anna, "say hello crow").endswith("The crow bows.")
