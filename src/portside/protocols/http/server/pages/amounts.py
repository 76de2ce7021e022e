"""Counts, sizes and times in words."""

from __future__ import annotations

from datetime import UTC, datetime

_UNITS = ("kB", "MB", "GB", "TB", "PB", "EB")


def count(number: int, noun: str) -> str:
    """``1 file``, ``1,234 files``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def human_size(size: int) -> tuple[str, str]:
    """A number of bytes as number and decimal unit: at most three digits, one decimal below 10."""
    if size < 1000:
        return str(size), "B"
    value = float(size)
    for unit in _UNITS:
        value /= 1000
        if value < 9.95:
            return f"{value:.1f}", unit
        if value < 999.5:
            return f"{value:.0f}", unit
    return f"{value:,.0f}", _UNITS[-1]


def human_date(time: float, now: float) -> str:
    """How long ago ``time`` was, for a week; before that, and in the future, the day (UTC).

    Both are seconds since 1970; a time that no calendar holds is ``unknown``.
    """
    minutes = (now - time) / 60
    if 0 <= minutes < 1:
        return "just now"
    if 1 <= minutes < 60:
        return f"{count(int(minutes), 'minute')} ago"
    if 60 <= minutes < _DAY:
        return f"{count(int(minutes / 60), 'hour')} ago"
    if _DAY <= minutes < 7 * _DAY:
        return f"{count(int(minutes / _DAY), 'day')} ago"
    when = moment(time)
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}" if when else "unknown"


_DAY = 24 * 60
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def moment(time: float) -> datetime | None:
    """Seconds since 1970 as a date (UTC); None where a file system tells nonsense: before year 1, after 9999."""
    return datetime.fromtimestamp(int(time), UTC) if _FIRST <= time <= _LAST else None


_FIRST, _LAST = -62_135_596_800, 253_402_300_799


def rfc3339(when: datetime) -> str:
    """The date as ``2026-03-14T15:09:26Z`` (RFC 3339 §5.6)."""
    return f"{when.isoformat()[:19]}Z"
