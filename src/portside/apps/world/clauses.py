"""The small language of a world's file: what has to be so, what happens, and which order is meant.

::

    "tide is low"    "gate is not open"    "carrying coin"    "not wearing oilskin"    "done lit-the-beam"
    "set beam to lit"    "give coin"    "take letter"    "put pearl"    "move to island"    "deed ferried"
    "pull lever"    "give letter to keeper"    "say open"    "ask clerk about lamp"    "enter"
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from portside.apps.world.plan import Ask, Condition, Do, Effect, Pattern
from portside.apps.world.words import parse_clause

Wrong = Callable[[str], Exception]
"""Makes the error that says what is wrong, with its place in the file."""

SPOKEN = frozenset({"say", "ask"})
"""Verbs whose words are not things but what is talked about."""


@dataclass(slots=True)
class Ids:
    """What there is in a world, while its file is read: ``values`` are those of each state, door, lid and clock."""

    rooms: frozenset[str] = frozenset()
    things: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    doors: frozenset[str] = frozenset()
    deeds: frozenset[str] = frozenset()
    clocks: frozenset[str] = frozenset()
    values: dict[str, tuple[str, ...]] = field(default_factory=dict, init=False)


def parse_condition(text: str, ids: Ids, wrong: Wrong) -> Condition:
    """What ``text`` asks for; raises what ``wrong`` makes."""
    match text.split():
        case [subject, "is", "not", value]:
            return Condition(Ask.STATE, *_state(subject, value, ids, wrong), wanted=False)
        case [subject, "is", value]:
            return Condition(Ask.STATE, *_state(subject, value, ids, wrong))
        case ["not", "carrying" | "wearing" | "done" as ask, subject]:
            return Condition(Ask(ask), _asked(ask, subject, ids, wrong), wanted=False)
        case ["carrying" | "wearing" | "done" as ask, subject]:
            return Condition(Ask(ask), _asked(ask, subject, ids, wrong))
    raise wrong(f"'{text}' is no condition: write for example 'tide is low', 'carrying lamp' or 'not done swam'")


def parse_effect(text: str, ids: Ids, wrong: Wrong) -> Effect:
    """What ``text`` does; raises what ``wrong`` makes."""
    match text.split():
        case ["set", subject, "to", value]:
            if subject in ids.clocks:
                raise wrong(f"'{text}': {subject} is a clock, which time alone sets")
            return Effect(Do.SET, *_state(subject, value, ids, wrong))
        case ["give" | "take" | "put" as do, subject]:
            return Effect(Do(do), _known("thing", subject, ids.things, wrong))
        case ["move", "to", subject]:
            return Effect(Do.MOVE, _known("room", subject, ids.rooms, wrong))
        case ["deed", subject]:
            return Effect(Do.DEED, _known("deed", subject, ids.deeds, wrong))
    raise wrong(f"'{text}' does nothing: write for example 'set gate to open', 'give coin' or 'move to island'")


def parse_pattern(text: str, sights: Mapping[str, str], ids: Ids, wrong: Wrong) -> Pattern:
    """The order that ``text`` stands for; ``sights`` are the names of what can be seen in its room, with their ids."""
    verb, _, rest = text.casefold().partition(" ")
    if not verb:
        raise wrong("'order' is empty")
    if verb in SPOKEN:
        return _spoken(verb, rest, ids, wrong)
    noun, preposition, second = parse_clause(rest.split())
    if not noun and preposition:
        noun, second = second, ""
    meant = [_target(word, sights, ids, wrong) if word else "" for word in (noun, second)]
    return Pattern(verb, *meant)


def _spoken(verb: str, rest: str, ids: Ids, wrong: Wrong) -> Pattern:
    if verb == "say":
        topic, person = rest.strip("\"' "), ""
    else:
        person, _, topic = rest.partition(" about ")
        _known("person", person, ids.people, wrong)
    if not topic:
        raise wrong(f"'{verb} {rest}' does not tell what is talked about")
    return Pattern(verb, person, topic=topic)


def _target(word: str, sights: Mapping[str, str], ids: Ids, wrong: Wrong) -> str:
    if word in ids.things | ids.people | ids.doors:
        return word
    if word in sights:
        return sights[word]
    raise wrong(f"'{word}' is no thing, person or door, and nothing that is seen in the action's room")


def _state(subject: str, value: str, ids: Ids, wrong: Wrong) -> tuple[str, str]:
    if subject not in ids.values:
        raise wrong(f"there is no state, door, lid or clock '{subject}'")
    if value not in ids.values[subject]:
        raise wrong(f"{subject} is never '{value}', but one of: {', '.join(ids.values[subject])}")
    return subject, value


def _asked(ask: str, subject: str, ids: Ids, wrong: Wrong) -> str:
    if ask == "done":
        return _known("deed", subject, ids.deeds, wrong)
    return _known("thing", subject, ids.things, wrong)


def _known(kind: str, subject: str, among: frozenset[str], wrong: Wrong) -> str:
    if subject not in among:
        raise wrong(f"there is no {kind} '{subject}'")
    return subject
