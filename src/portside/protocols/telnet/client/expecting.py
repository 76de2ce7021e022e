"""What has come and nobody has taken yet, and what is looked for in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from portside.errors import LimitExceeded

MOST_KEPT = 1_000_000
"""Characters that wait to be taken: screens full of output; beyond that the server has to wait, or has gone mad."""
SHOWN = 200
"""Characters of what came instead that an error shows."""

Pattern = str | re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Found:
    """What was waited for has come.

    - ``index``: which of the patterns it was. ``match``: where it was found.
    - ``before``: all that had come before it.
    """

    index: int
    before: str
    match: re.Match[str]

    @property
    def text(self) -> str:
        """What the pattern has matched."""
        return self.match[0]


class Waiting:
    """Text in the order in which it came."""

    __slots__ = ("_text",)

    def __init__(self) -> None:
        self._text = ""

    def __len__(self) -> int:
        return len(self._text)

    def add(self, text: str) -> None:
        """More has come."""
        self._text += text

    @property
    def full(self) -> bool:
        """Whether nothing more is wanted before something is taken."""
        return len(self._text) >= MOST_KEPT

    def take(self) -> str:
        """All of it."""
        text, self._text = self._text, ""
        return text

    def find(self, patterns: Sequence[re.Pattern[str]]) -> Found | None:
        """The first place where one of ``patterns`` matches, and all up to its end is taken; None for none.

        Of two that begin at one place the one named first counts. Raises ``LimitExceeded`` where none will ever match,
        since no more is kept.
        """
        matches = [(match.start(), index, match) for index, pattern in enumerate(patterns)
                   if (match := pattern.search(self._text)) is not None]  # fmt: skip
        if not matches:
            if self.full:
                raise LimitExceeded(f"{MOST_KEPT:,} characters came without what was expected: {self.shown}")
            return None
        _, index, match = min(matches, key=lambda one: one[:2])
        before, self._text = self._text[: match.start()], self._text[match.end() :]
        return Found(index, before, match)

    @property
    def shown(self) -> str:
        """The end of what has come, for a person."""
        return repr(self._text[-SHOWN:]) if self._text else "nothing"


def compiled(patterns: Pattern | Sequence[Pattern]) -> list[re.Pattern[str]]:
    """Regular expressions; a string is one."""
    several = [patterns] if isinstance(patterns, str | re.Pattern) else patterns
    return [re.compile(one) if isinstance(one, str) else one for one in several]
