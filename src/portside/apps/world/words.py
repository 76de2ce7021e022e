"""What a visitor types, taken apart: a verb, what it is about, and what that goes to or comes from.

People write "get the lamp from the chest", "x lamp" or "'hello". The words are English and few; which verbs there are
is told by a ``Vocabulary``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from portside.apps.world.plan import OPPOSITE

ARTICLES = frozenset({"the", "a", "an", "my", "some", "this", "that", "please"})
PREPOSITIONS = frozenset(
    {"in", "into", "inside", "on", "onto", "with", "using", "to", "from", "at", "about", "under", "behind", "through",
     "off", "out", "over", "for", "of"}
)  # fmt: skip
SHORT_DIRECTIONS = {word[0]: word for word in ("north", "south", "east", "west", "up", "down")}
WAYS = SHORT_DIRECTIONS | {word: word for word in OPPOSITE}
"""Each word that is a direction, and the direction."""

LEADING = {"'": "say", '"': "say", ":": "emote", ";": "emote", "?": "help", "!": "shout"}
"""Signs that stand for a verb, with what follows at once."""

SHORTEST_PREFIX = 2
"""Letters from which on a verb's beginning stands for the verb; shorter ones have meanings of their own."""


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants. ``text`` is all that followed the verb, as it was typed."""

    verb: str
    noun: str = ""
    preposition: str = ""
    second: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The verbs, each with the words that mean it; ``phrases`` are verbs of two words (pick up)."""

    verbs: Mapping[str, str]
    phrases: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def verb(self, word: str) -> str:
        """The verb that ``word`` means or begins; '' where there is none."""
        if word in self.verbs:
            return self.verbs[word]
        if len(word) < SHORTEST_PREFIX:
            return ""
        return next((verb for known, verb in self.verbs.items() if known.startswith(word)), "")


def parse_order(line: str, vocabulary: Vocabulary) -> Order:
    """What ``line`` asks for; its verb is '' where nobody knows the first word."""
    line = line.strip()
    if line[:1] in LEADING:
        return _order(LEADING[line[0]], line[1:].strip())
    first, _, rest = line.partition(" ")
    word, rest = first.casefold(), rest.strip()
    if word in WAYS and not rest:
        return Order("go", WAYS[word])
    second, _, further = rest.partition(" ")
    phrase = vocabulary.phrases.get((word, second.casefold()))
    if phrase is not None:
        return _order(phrase, further.strip())
    return _order(vocabulary.verb(word), rest)


def parse_clause(words: Iterable[str]) -> tuple[str, str, str]:
    """Noun, preposition and second noun of ``words``, without their articles."""
    kept = [word for word in words if word not in ARTICLES]
    for place, word in enumerate(kept):
        if word in PREPOSITIONS:
            second = [other for other in kept[place + 1 :] if other not in PREPOSITIONS]
            return " ".join(kept[:place]), word, " ".join(second)
    return " ".join(kept), "", ""


def several(noun: str) -> list[str]:
    """The nouns of an enumeration: "lamp, matches and coin"."""
    parts = noun.replace(",", " and ").split(" and ")
    return [part.strip() for part in parts if part.strip()]


def listed(names: Iterable[str]) -> str:
    """``names`` as people enumerate them: "a lamp, a coin and a key"."""
    given = list(names)
    return " and ".join(filter(None, [", ".join(given[:-1]), *given[-1:]]))


def _order(verb: str, text: str) -> Order:
    noun, preposition, second = parse_clause(text.casefold().split())
    return Order(verb, noun, preposition, second, text)


def capital(text: str) -> str:
    """``text`` with a capital first, and the rest as it is."""
    return text[:1].upper() + text[1:]


def with_article(noun: str) -> str:
    """A noun as one of its kind: a pilot, an expert."""
    return f"{'an' if noun[:1].casefold() in 'aeiou' else 'a'} {noun}"
