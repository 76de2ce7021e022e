"""Times of files: ``YYYYMMDDHHMMSS`` with a fraction or without, in UTC (RFC 3659 §2.3)."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from portside.errors import RemoteError

BAD_ARGUMENT = 501
EARLIEST = -62_135_596_800.0
LATEST = 253_402_300_799.0
"""The first second of the year 1 and the last of 9999: no others can be written, though a disk may keep them."""
_TIME = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})(?:\.([0-9]{1,30}))?")
_Y2K = re.compile(r"191([0-9]{2})([0-9]{10}(?:\.[0-9]{1,30})?)")


def parse_time(text: str) -> float:
    """Seconds since 1970-01-01 UTC. Raises ``RemoteError`` (501) for what is no time.

    The year that some servers write as 19100 + n (``19126`` for 2026) is understood; the second 60 of a leap second
    counts as the next minute's first.
    """
    y2k = _Y2K.fullmatch(text)
    found = _TIME.fullmatch(f"20{y2k[1]}{y2k[2]}" if y2k is not None else text)
    if found is None:
        raise RemoteError("a time is written YYYYMMDDHHMMSS", BAD_ARGUMENT)
    year, month, day, hour, minute, second = (int(found[at]) for at in range(1, 7))
    leap = second == 60
    try:
        moment = datetime(year, month, day, hour, minute, 59 if leap else second, tzinfo=UTC)
    except ValueError:
        raise RemoteError(f"there is no such time as {text}", BAD_ARGUMENT) from None
    return min(moment.timestamp() + leap + (float(f"0.{found[7]}") if found[7] else 0.0), LATEST)


def moment_of(seconds: float) -> datetime:
    """``seconds`` since 1970-01-01 UTC, whole ones only, or the nearest moment that can be written."""
    return datetime.fromtimestamp(int(min(max(seconds, EARLIEST), LATEST) // 1), UTC)


def serialise_time(seconds: float) -> str:
    """``seconds`` since 1970-01-01 UTC as RFC 3659 writes them, whole seconds only."""
    return moment_of(seconds).strftime("%Y%m%d%H%M%S").rjust(14, "0")
