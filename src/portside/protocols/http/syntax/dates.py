"""HTTP's dates: three formats to read, one to write (RFC 9110 §5.6.7)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from math import floor, isfinite

from portside.errors import LocalError

_DAYS = (b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun")
_LONG_DAYS = (b"Monday", b"Tuesday", b"Wednesday", b"Thursday", b"Friday", b"Saturday", b"Sunday")
_MONTHS = (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec")
_NUMBER_OF_MONTH = {month: number for number, month in enumerate(_MONTHS, 1)}

_DAY = rb"(?:" + b"|".join(_DAYS) + rb")"
_LONG_DAY = rb"(?:" + b"|".join(_LONG_DAYS) + rb")"
_MONTH = rb"(?P<month>" + b"|".join(_MONTHS) + rb")"
_TIME = rb"(?P<hour>[01][0-9]|2[0-3]):(?P<minute>[0-5][0-9]):(?P<second>[0-5][0-9]|60)"

_imf = re.compile(_DAY + rb", (?P<day>[0-9]{2}) " + _MONTH + rb" (?P<year>[0-9]{4}) " + _TIME + rb" GMT").fullmatch
_rfc850 = re.compile(
    _LONG_DAY + rb", (?P<day>[0-9]{2})-" + _MONTH + rb"-(?P<year>[0-9]{2}) " + _TIME + rb" GMT"
).fullmatch
_asctime = re.compile(
    _DAY + rb" " + _MONTH + rb" (?P<day>[0-9]{2}| [0-9]) " + _TIME + rb" (?P<year>[0-9]{4})"
).fullmatch

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_FIFTY_YEARS = 50
_PIVOT_YEAR = 2000


def parse_date(value: bytes, now: float | None = None) -> float | None:
    """Seconds since the epoch, None where ``value`` is no date in one of the three formats.

    RFC 850's two-digit year is read as the past one where it seems more than 50 years after ``now``; without
    ``now``, 70 to 99 mean the last century. The name of the day is not held against the date, and a leap
    second (``:60``) is the first second of the next minute.
    """
    match = _imf(value) or _rfc850(value) or _asctime(value)
    if match is None:
        return None
    day, month, year, hour, minute, second = match.group("day", "month", "year", "hour", "minute", "second")
    seconds_of_day = int(hour) * 3600 + int(minute) * 60 + int(second)
    full_year = int(year) if len(year) == 4 else _full_year(int(year), now)
    return seconds_of(full_year, _NUMBER_OF_MONTH[month], int(day), seconds_of_day)


def seconds_of(year: int, month: int, day: int, seconds_of_day: int) -> float | None:
    """Seconds since the epoch of a day in UTC and the seconds in it; None where there is no such day."""
    try:
        days = date(year, month, day).toordinal() - _EPOCH_DAY
    except ValueError:
        return None
    return float(days * 86400 + seconds_of_day)


def _full_year(year: int, now: float | None) -> int:
    if now is None:
        return _PIVOT_YEAR + year - (100 if year >= 70 else 0)
    this = (_EPOCH + timedelta(seconds=floor(now))).year
    latest = this + _FIFTY_YEARS
    return latest - (latest - year) % 100


def serialise_date(seconds: float) -> bytes:
    """``Sun, 06 Nov 1994 08:49:37 GMT``; fractions are cut off towards the past.

    Raises LocalError outside the years 1 to 9999.
    """
    if not isfinite(seconds):
        raise LocalError(f"{seconds} is no time")
    try:
        when = _EPOCH + timedelta(seconds=floor(seconds))
    except OverflowError as error:
        raise LocalError(f"{seconds} seconds since the epoch is outside the calendar") from error
    return b"%s, %02d %s %04d %02d:%02d:%02d GMT" % (
        _DAYS[when.weekday()],
        when.day,
        _MONTHS[when.month - 1],
        when.year,
        when.hour,
        when.minute,
        when.second,
    )
