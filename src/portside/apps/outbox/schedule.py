"""When a queued message is tried again, when its sender hears of the delay, and when it is given up.

RFC 5321 §4.5.4.1: not sooner than after 30 minutes where a server keeps failing, with a try or two in the first hour,
and for four or five days. One try comes at the very end, so that nothing is given up on old news.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from portside.errors import UsageError

MINUTE = 60.0
HOUR = 60 * MINUTE
DAY = 24 * HOUR

RETRIES = (10 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR)
"""Seconds from one try to the next. Greylists let one in after some minutes; the last interval goes on for ever."""
EXPIRE = 5 * DAY
"""Seconds that a message may wait: who has lost a server has a long week-end to bring it back."""
DELAY_REPORT = 4 * HOUR
"""Seconds after which a sender is told that the message is still waiting."""
JITTER = 0.1
"""Of an interval, added at random: what failed together shall not come back together."""
MOST_RETRIES = 32
"""Intervals that one may name."""

_SPAN = re.compile(r"([0-9]{1,7}(?:\.[0-9]{1,3})?)([smhd]?)", re.ASCII)
_UNITS = {"": 1.0, "s": 1.0, "m": MINUTE, "h": HOUR, "d": DAY}


@dataclass(frozen=True, slots=True)
class Schedule:
    """The intervals between tries, and what a message's age means. All times are seconds, moments since 1970."""

    retries: tuple[float, ...] = RETRIES
    expire: float = EXPIRE
    delay_report: float = DELAY_REPORT

    def again(self, attempts: int, born: float, now: float, draw: float) -> float:
        """When to try again after ``attempts`` failed tries, at least one; ``draw`` is a random number from 0 to 1."""
        interval = self.retries[min(attempts, len(self.retries)) - 1]
        moment = now + interval * (1 + JITTER * draw)
        end = born + self.expire
        return min(moment, end) if now < end else moment

    def is_over(self, born: float, now: float) -> bool:
        """Whether a message has waited for as long as it may."""
        return now >= born + self.expire

    def is_late(self, born: float, now: float) -> bool:
        """Whether the sender is to be told of the delay."""
        return now >= born + self.delay_report


def parse_span(text: str) -> float:
    """The seconds that ``90``, ``90s``, ``5m``, ``4h`` or ``5d`` mean. Raises ``UsageError``."""
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"'{text}' is no time; write 30s, 5m, 4h or 5d")
    return float(found[1]) * _UNITS[found[2]]


def parse_retries(text: str) -> tuple[float, ...]:
    """The intervals that ``1m,5m,30m`` names. Raises ``UsageError``."""
    spans = tuple(parse_span(part) for part in text.split(",")[: MOST_RETRIES + 1])
    if len(spans) > MOST_RETRIES:
        raise UsageError(f"at most {MOST_RETRIES} times between tries can be named")
    if not all(spans):
        raise UsageError("a message cannot be tried again without any pause; write 1s or more")
    return spans


def serialise_span(seconds: float) -> str:
    """``seconds`` in words for a list: ``45s``, ``12m``, ``3h``, ``2d``, rounded down."""
    for unit, size in (("d", DAY), ("h", HOUR), ("m", MINUTE)):
        if seconds >= size:
            return f"{int(seconds // size)}{unit}"
    return f"{int(max(0.0, seconds))}s"
