"""The dates of messages: ``Fri, 27 Nov 2026 09:30:00 +0100`` (RFC 5322 §3.3), and what older programs wrote (§4.3)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NUMBER_OF_MONTH = {month.lower(): number for number, month in enumerate(_MONTHS, 1)}

LONGEST_DATE = 200
"""Letters of a date with its comments: more is none."""

_date = re.compile(
    r"\s*(?:[A-Za-z]{3,9}\s*,?\s*)?(?P<day>[0-9]{1,2})[\s-]+(?P<month>[A-Za-z]{3})[A-Za-z]{0,6}\.?[\s-]+"
    r"(?P<year>[0-9]{2,4}),?\s+(?P<hour>[0-9]{1,2})\s*:\s*(?P<minute>[0-9]{2})(?:\s*:\s*(?P<second>[0-9]{2}))?"
    r"(?:\s*(?P<zone>[+-][0-9]{4}|[A-Za-z]{1,5}))?\s*",
    re.ASCII,
).match
_comment = re.compile(r"\([^()]*\)").sub
# RFC 5322 §4.3: other letters say nothing of the zone, and are read as -0000.
_ZONES = {"EDT": -4, "EST": -5, "CDT": -5, "CST": -6, "MDT": -6, "MST": -7, "PDT": -7, "PST": -8}
_PIVOT = 50  # §4.3: two digits up to 49 are of this century, and three digits count from 1900
_CENTURIES = {2: 1900, 3: 1900, 4: 0}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_date(text: str) -> float | None:
    """Seconds since 1970, None where it is no date. The name of the day is not held against it."""
    found = parse_datetime(text)
    return None if found is None else (found - _EPOCH).total_seconds()


def parse_datetime(text: str) -> datetime | None:
    """The date with the zone of the clock that it was read from, None where it is none."""
    match = _date(_comment(" ", text)) if len(text) <= LONGEST_DATE else None
    if match is None or match["month"].lower() not in _NUMBER_OF_MONTH:
        return None
    hour, minute, second = (int(match[name] or "0") for name in ("hour", "minute", "second"))
    month, day = _NUMBER_OF_MONTH[match["month"].lower()], int(match["day"])
    try:
        clock = datetime(_full_year(match["year"]), month, day, hour, minute, tzinfo=_zone(match["zone"]))
        moment = clock + timedelta(seconds=second)  # a leap second is the first of the next minute
        moment.astimezone(UTC)  # a zone may lead out of all years
    except (ValueError, OverflowError):
        return None
    return moment if second <= 60 else None


def _full_year(digits: str) -> int:
    year = int(digits)
    return year + 2000 if len(digits) == 2 and year < _PIVOT else year + _CENTURIES[len(digits)]


def _zone(written: str | None) -> timezone:
    if written is None or written[0] not in "+-":
        return timezone(timedelta(hours=_ZONES.get((written or "").upper(), 0)))
    offset = timedelta(hours=int(written[1:3]), minutes=int(written[3:5]))
    return timezone(-offset if written[0] == "-" else offset)


def serialise_date(time: float, offset: int = 0) -> str:
    """A moment in seconds since 1970 as a message tells it, on a clock ``offset`` minutes ahead of UTC.

    >>> serialise_date(0)
    'Thu, 01 Jan 1970 00:00:00 +0000'
    """
    clock = (_EPOCH + timedelta(seconds=int(time))).astimezone(timezone(timedelta(minutes=offset)))
    sign, (hours, minutes) = "-" if offset < 0 else "+", divmod(abs(offset), 60)
    day = f"{_DAYS[clock.weekday()]}, {clock.day:02} {_MONTHS[clock.month - 1]} {clock.year:04}"
    return f"{day} {clock:%H:%M:%S} {sign}{hours:02}{minutes:02}"
