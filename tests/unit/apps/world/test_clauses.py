"""The small language of a world's file."""

from __future__ import annotations

import pytest

from portside.apps.world.clauses import Ids, parse_condition, parse_effect, parse_pattern
from portside.apps.world.plan import Ask, Condition, Do, Effect, Pattern
from portside.errors import UsageError


@pytest.fixture
def ids() -> Ids:
    known = Ids(
        rooms=frozenset({"hall"}),
        things=frozenset({"coin", "box"}),
        people=frozenset({"crow"}),
        doors=frozenset({"gate"}),
        deeds=frozenset({"won"}),
        clocks=frozenset({"tide"}),
    )
    known.values |= {"gate": ("open", "closed"), "tide": ("low", "high")}
    return known


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("tide is low", Condition(Ask.STATE, "tide", "low")),
        ("gate is not open", Condition(Ask.STATE, "gate", "open", wanted=False)),
        ("carrying coin", Condition(Ask.CARRYING, "coin")),
        ("not wearing coin", Condition(Ask.WEARING, "coin", wanted=False)),
        ("done won", Condition(Ask.DONE, "won")),
        ("not done won", Condition(Ask.DONE, "won", wanted=False)),
    ],
)
def test_a_condition_is_read(text: str, condition: Condition, ids: Ids) -> None:
    assert parse_condition(text, ids, UsageError) == condition


@pytest.mark.parametrize(
    ("text", "effect"),
    [
        ("set gate to open", Effect(Do.SET, "gate", "open")),
        ("give coin", Effect(Do.GIVE, "coin")),
        ("take coin", Effect(Do.TAKE, "coin")),
        ("put coin", Effect(Do.PUT, "coin")),
        ("move to hall", Effect(Do.MOVE, "hall")),
        ("deed won", Effect(Do.DEED, "won")),
    ],
)
def test_an_effect_is_read(text: str, effect: Effect, ids: Ids) -> None:
    assert parse_effect(text, ids, UsageError) == effect


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("pull picture", Pattern("pull", "hall/picture")),
        ("put coin in box", Pattern("put", "coin", "box")),
        ("knock on gate", Pattern("knock", "gate")),
        ("give coin to crow", Pattern("give", "coin", "crow")),
        ("say open sesame", Pattern("say", topic="open sesame")),
        ("ask crow about coin", Pattern("ask", "crow", topic="coin")),
        ("enter", Pattern("enter")),
    ],
)
def test_an_order_is_read(text: str, pattern: Pattern, ids: Ids) -> None:
    assert parse_pattern(text, {"picture": "hall/picture"}, ids, UsageError) == pattern


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("tide is mild", "tide is never 'mild', but one of: low, high"),
        ("moon is full", "there is no state, door, lid or clock 'moon'"),
        ("carrying gold", "there is no thing 'gold'"),
        ("done nothing", "there is no deed 'nothing'"),
        ("it rains", "'it rains' is no condition"),
        ("", "is no condition"),
    ],
)
def test_a_condition_that_means_nothing_is_named(text: str, says: str, ids: Ids) -> None:
    with pytest.raises(UsageError, match=says):
        parse_condition(text, ids, UsageError)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("set tide to low", "tide is a clock, which time alone sets"),
        ("set gate to ajar", "gate is never 'ajar'"),
        ("give gold", "there is no thing 'gold'"),
        ("move to mars", "there is no room 'mars'"),
        ("explode", "'explode' does nothing"),
    ],
)
def test_an_effect_that_does_nothing_is_named(text: str, says: str, ids: Ids) -> None:
    with pytest.raises(UsageError, match=says):
        parse_effect(text, ids, UsageError)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "'order' is empty"),
        ("pull rope", "'rope' is no thing"),
        ("say", "does not tell what is talked about"),
        ("ask crow", "does not tell what is talked about"),
        ("ask cow about hay", "there is no person 'cow'"),
    ],
)
def test_an_order_about_nothing_is_named(text: str, says: str, ids: Ids) -> None:
    with pytest.raises(UsageError, match=says):
        parse_pattern(text, {}, ids, UsageError)
