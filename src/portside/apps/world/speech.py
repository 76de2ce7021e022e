"""What visitors say, made harmless; and names, so that nobody can pass for another.

What is said reaches other people's terminals. So it keeps only what can be seen: no control characters (escape
sequences begin with one), nothing that turns the direction of writing or takes no room, no heap of accents.
"""

from __future__ import annotations

import unicodedata

LONGEST_LINE = 400
"""Characters of a typed line: five lines of a terminal, if all of it is said."""
ACCENTS = 2
"""Combining marks on one letter: Vietnamese needs two, and a tower of them covers other people's lines."""
SHORTEST_NAME, LONGEST_NAME = 2, 16
"""Letters of a name."""

UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode's categories of what cannot be seen, or ends a line."""
MARKS = frozenset({"Mn", "Me"})
LETTERS = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th"}
"""Letters that no decomposition leads to plain ones."""

PRONOUNS = frozenset(
    {"you", "someone", "somebody", "everyone", "everybody", "nobody", "they", "he", "she", "it", "me", "myself", "self",
     "all", "the", "narrator", "admin", "administrator", "root", "system", "server", "guest", "portside", "and", "to",
     "quit", "new", "from", "with"}
)  # fmt: skip
"""Names that would read as something else."""


def clean(text: str, longest: int = LONGEST_LINE) -> str:
    """``text`` on one line, without anything that a terminal would obey; at most ``longest`` characters."""
    seen = "".join(" " if character.isspace() else character for character in text[: longest * 4])
    seen = "".join(character for character in seen if unicodedata.category(character) not in UNSEEN)
    return " ".join(_thinned(unicodedata.normalize("NFC", seen)).split())[:longest].rstrip()


def name_key(name: str) -> str:
    """What tells names apart: small letters without accents. '' where ``name`` is none."""
    folded = "".join(LETTERS.get(letter, letter) for letter in unicodedata.normalize("NFKC", name).casefold())
    plain = "".join(mark for mark in unicodedata.normalize("NFKD", folded) if unicodedata.category(mark) != "Mn")
    right = plain.isascii() and plain.isalpha() and len(plain) >= SHORTEST_NAME and len(name) <= LONGEST_NAME
    return plain if right and len(plain) <= 2 * LONGEST_NAME else ""


def spelt(name: str) -> str:
    """A name as it is shown: with a capital first and small letters after it."""
    composed = unicodedata.normalize("NFKC", name).casefold()
    return composed[:1].upper() + composed[1:]


def refusal(name: str, taken: frozenset[str]) -> str:
    """Why ``name`` can't be somebody's; '' where it can. ``taken`` are words that mean something in the world."""
    key = name_key(name)
    if not key:
        return f"A name here is made of {SHORTEST_NAME} to {LONGEST_NAME} letters, and nothing else."
    if key in PRONOUNS or key in taken:
        return f"{spelt(name)} means something else here. Please choose another name."
    return ""


def _thinned(text: str) -> str:
    """``text`` with at most a few accents on each letter."""
    kept, row = [], 0
    for character in text:
        row = row + 1 if unicodedata.category(character) in MARKS else 0
        if row <= ACCENTS:
            kept.append(character)
    return "".join(kept)
