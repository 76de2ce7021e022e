"""People, states and clocks of a world's file."""

from __future__ import annotations

import pytest

from portside.apps.world.plan import Answer, Phase
from portside.errors import UsageError
from tests.support.worlds import small_plan


def test_a_person_is_read_whole() -> None:
    crow = small_plan().people["crow"]
    assert crow.answers == (Answer(("hello", "hi"), "The crow bows."), Answer(("box", "chest"), crow.answers[1].text))
    assert (crow.room, crow.wanders, crow.repeats) == ("hall", ("hall", "yard"), True)


def test_a_clock_and_a_state_are_read_whole() -> None:
    plan = small_plan()
    assert plan.clocks["tide"].phases[1] == Phase(
        "high", 50, "The tide is high.", {"shore": "hall"}, "You are washed away."
    )
    assert plan.states["lever"].tells == {"down": "Something rattles.", "up": "Something creaks."}


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ('[people.cow]\nname = "x"\ntext = "x"\nroom = "stable"', r"\[people.cow\] there is no room 'stable'"),
        ('[people.cow]\nname = "x"\ntext = "x"', r"\[people.cow\] needs 'room'"),
        ('[clocks.sun]\n[[clocks.sun.phases]]\nvalue = "up"\nlasts = 9', r"\[clocks.sun\] 'phases' has to list two"),
        ('[states.s]\nvalues = ["a", "b"]\nheard_in = ["sky"]', r"\[states.s\] there is no room 'sky'"),
        ('[people.cow]\nname = "x"\ntext = "x"\nroom = "hall"\nsays = "moo"', r"\[people.cow\] has 'says'"),
    ],
)
def test_what_is_wrong_is_named(more: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        small_plan(more)
