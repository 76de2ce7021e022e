"""The language in which mail is searched, and what it means to the index.

``words`` (or their beginnings), ``"phrases"``, ``from:``, ``to:``, ``subject:``, ``has:attachment``, ``is:unread``,
``is:read``, ``before:2026-11-27``, ``after:2026-11-27``; each is excluded by ``-`` ahead of it, and all must hold.
There is no wrong query: what is none of these is looked for as words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

MOST_TERMS = 50
"""Terms of one query: each is looked up."""
MOST_LETTERS = 1000
"""Letters of a query that are read."""

_term = re.compile(r'(-?)(?:([A-Za-z]+):)?(?:"([^"]*)"?|(\S+))')
_columns = {"from": "from_words", "to": "to_words", "subject": "subject_words"}
_states = {
    ("has", "attachment"): "attachments > 0",
    ("has", "attachments"): "attachments > 0",
    ("is", "unread"): "seen = 0",
    ("is", "read"): "seen = 1",
    ("is", "seen"): "seen = 1",
}
_bounds = {"before": "time < ?", "after": "time >= ?"}


@dataclass(slots=True)
class Query:
    """What must hold: ``match`` and ``unmatched`` are expressions of the words' index, ``conditions`` SQL's.

    ``values`` are those of the conditions, in order.
    """

    wanted: list[str] = field(default_factory=list)
    excluded: list[str] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    @property
    def match(self) -> str:
        """The words that must be there; "" where none need to."""
        wanted = " AND ".join(self.wanted)
        return f"({wanted}) NOT ({self.unmatched})" if wanted and self.excluded else wanted

    @property
    def unmatched(self) -> str:
        """The words of which none may be there."""
        return " OR ".join(self.excluded)


def parse_query(text: str, now: float) -> Query:
    """Read a query at the time ``now``; the dates in it are days of this machine's calendar."""
    query = Query()
    for count, found in enumerate(_term.finditer(text[:MOST_LETTERS])):
        if count < MOST_TERMS:
            _take(query, found, now)
    return query


def _take(query: Query, found: re.Match[str], now: float) -> None:
    minus, name, phrase, word = found[1], (found[2] or "").lower(), found[3], found[4]
    value = phrase if phrase is not None else word
    state = _states.get((name, value.lower()))
    day = _day(value, now) if name in _bounds else None
    if state:
        query.conditions.append(f"NOT ({state})" if minus else state)
    elif day is not None:
        query.conditions.append(f"NOT ({_bounds[name]})" if minus else _bounds[name])
        query.values.append(day)
    else:
        if name and name not in _columns:
            value = f"{name}:{value}"
        _words(query, _columns.get(name, ""), value, bool(minus), phrase is not None)


def _words(query: Query, column: str, value: str, is_excluded: bool, is_whole: bool) -> None:
    """Words beside each other; the last may be a beginning unless it was quoted. Without a letter they say nothing."""
    if not any(letter.isalnum() for letter in value):
        return
    quoted = value.replace('"', " ").replace("\0", " ")
    expression = f'{column + " : " if column else ""}"{quoted}"{"" if is_whole else " *"}'
    (query.excluded if is_excluded else query.wanted).append(expression)


def _day(text: str, now: float) -> float | None:
    """The beginning of a day, in seconds since 1970: ``2026-11-27``, ``today`` or ``yesterday``."""
    today = datetime.fromtimestamp(now).replace(hour=0, minute=0, second=0, microsecond=0)
    if text in ("today", "yesterday"):
        return (today - timedelta(days=text == "yesterday")).timestamp()
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text, re.ASCII):
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").timestamp()
    except (ValueError, OverflowError):  # there is no such day
        return None
