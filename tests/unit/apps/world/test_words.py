"""What a visitor types, taken apart."""

from __future__ import annotations

import pytest

from portside.apps.world.words import (
    Order,
    Vocabulary,
    capital,
    listed,
    parse_clause,
    parse_order,
    several,
    with_article,
)

WORDS = Vocabulary(
    {"look": "look", "l": "look", "take": "take", "get": "take", "say": "say", "examine": "examine", "go": "go"}
    | {"give": "give", "help": "help", "emote": "emote"},
    {("pick", "up"): "take", ("look", "at"): "examine"},
)


@pytest.mark.parametrize(
    ("line", "order"),
    [
        ("look", Order("look")),
        ("L", Order("look")),
        ("loo", Order("look")),
        ("x", Order("")),
        ("n", Order("go", "north")),
        ("UP", Order("go", "up")),
        ("take the brass lamp", Order("take", "brass lamp", text="the brass lamp")),
        ("pick up a coin", Order("take", "coin", text="a coin")),
        ("look at the Crow", Order("examine", "crow", text="the Crow")),
        ("get lamp from my box", Order("take", "lamp", "from", "box", "lamp from my box")),
        ("look in box", Order("look", "", "in", "box", "in box")),
        ("'Hello, you", Order("say", "hello, you", text="Hello, you")),
        (":waves", Order("emote", "waves", text="waves")),
        ("?", Order("help")),
        ("fly away", Order("", "away", text="away")),
        ("n now", Order("", "now", text="now")),
        ("", Order("")),
    ],
)
def test_an_order_is_taken_apart(line: str, order: Order) -> None:
    assert parse_order(line, WORDS) == order


def test_one_letter_stands_for_a_verb_only_where_it_is_said_to() -> None:
    assert WORDS.verb("t") == ""
    assert WORDS.verb("ta") == "take"
    assert WORDS.verb("g") == ""


@pytest.mark.parametrize(
    ("words", "clause"),
    [
        ("oil into the great lamp", ("oil", "into", "great lamp")),
        ("through telescope", ("", "through", "telescope")),
        ("coat on", ("coat", "on", "")),
        ("lamp out of the box", ("lamp", "out", "box")),
        ("", ("", "", "")),
    ],
)
def test_nouns_stand_round_a_preposition(words: str, clause: tuple[str, str, str]) -> None:
    assert parse_clause(words.split()) == clause


@pytest.mark.parametrize(
    ("noun", "nouns"),
    [("lamp", ["lamp"]), ("lamp, coin and key", ["lamp", "coin", "key"]), ("", []), (" and ,", [])],
)
def test_an_enumeration_has_its_parts(noun: str, nouns: list[str]) -> None:
    assert several(noun) == nouns


@pytest.mark.parametrize(
    ("names", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_names_are_listed_as_people_do(names: list[str], text: str) -> None:
    assert listed(names) == text


def test_a_capital_leaves_the_rest_alone() -> None:
    assert (capital("the Port Light"), capital("")) == ("The Port Light", "")


@pytest.mark.parametrize(("noun", "text"), [("pilot", "a pilot"), ("expert", "an expert")])
def test_an_article_goes_with_its_noun(noun: str, text: str) -> None:
    assert with_article(noun) == text
