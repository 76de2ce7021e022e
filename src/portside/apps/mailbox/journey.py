"""The way a message has come, by what each host on it has written ahead of the others (Received, RFC 5321 §4.4).

Each of these fields was written by one host, and all below it by somebody else, who may have made them up: they are
told, not believed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

MOST_HOPS = 100
"""Fields that are read: a message with more goes in circles (RFC 5321 §6.3)."""
LONGEST = 4096
"""Characters of a field that are read."""

_CLAUSES = ("from", "by", "via", "with", "id", "for")
_WORD = re.compile(r"\((?:[^()]|\([^()]*\)){0,1000}\)|<[^<>\s]{0,998}>|[^\s()<>]+|[()<>]")
ReadDate = Callable[[str], float | None]
"""Seconds since 1970 of a date as mail writes it, or None."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One host that took the message: what it says of itself and of whom it had it from.

    ``remark`` is what stands in parentheses behind ``source``: the address that the connection really came from.
    ``time`` is seconds since 1970, None where it can't be read; ``delay`` is seconds since the hop before, None where
    either time is missing. Clocks differ, so it may be below zero.
    """

    source: str
    remark: str
    by: str
    protocol: str
    recipient: str
    time: float | None
    delay: float | None = None


def journey(received: Sequence[str], read_date: ReadDate) -> list[Hop]:
    """The hops of the fields ``received``, which stand newest first; the oldest hop comes first."""
    hops: list[Hop] = []
    before: float | None = None
    for field in reversed(received[:MOST_HOPS]):
        hop = _hop(field[:LONGEST], read_date, before)
        hops.append(hop)
        before = before if hop.time is None else hop.time
    return hops


def _hop(field: str, read_date: ReadDate, before: float | None) -> Hop:
    said, _, date = field.rpartition(";")
    clauses = _clauses(said or date)
    time = read_date(date.strip()) if said else None
    return Hop(
        source=clauses.get("from", ("", ""))[0],
        remark=clauses.get("from", ("", ""))[1],
        by=clauses.get("by", ("", ""))[0],
        protocol=clauses.get("with", ("", ""))[0],
        recipient=clauses.get("for", ("", ""))[0].strip("<>"),
        time=time,
        delay=None if time is None or before is None else time - before,
    )


def _clauses(text: str) -> dict[str, tuple[str, str]]:
    """Each clause by its name: the word behind it, and the first remark in parentheses."""
    found: dict[str, tuple[str, str]] = {}
    name = ""
    for word in _WORD.findall(" ".join(text.split())):
        lower = word.lower()
        if lower in _CLAUSES and lower not in found:
            name, found[lower] = lower, ("", "")
        elif name:
            found[name] = _extended(found[name], word)
    return found


def _extended(clause: tuple[str, str], word: str) -> tuple[str, str]:
    value, remark = clause
    if word[0] == "(" and word[-1] == ")" and len(word) > 1:
        return value, remark or word[1:-1].strip()
    return value or word, remark
