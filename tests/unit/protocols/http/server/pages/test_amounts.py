"""Counts, sizes and times in words."""

from __future__ import annotations

from math import inf, nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portside.protocols.http.server.pages.amounts import count, human_date, human_size, moment, rfc3339

NOW = 1_773_500_000.0
"""2026-03-14T14:53:20Z"""


@pytest.mark.parametrize(("number", "text"), [(0, "0 files"), (1, "1 file"), (1234567, "1,234,567 files")])
def test_counts(number: int, text: str) -> None:
    assert count(number, "file") == text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (9949, "9.9 kB"),
        (9950, "10 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (734_003_200, "734 MB"),
        (10**9, "1.0 GB"),
        (10**12, "1.0 TB"),
        (10**15, "1.0 PB"),
        (2**63 - 1, "9.2 EB"),
        (10**22, "10,000 EB"),
    ],
)
def test_sizes(size: int, text: str) -> None:
    assert " ".join(human_size(size)) == text


@settings(derandomize=True)
@given(st.integers(0, 2**63))
def test_a_size_has_at_most_three_digits_and_the_right_magnitude(size: int) -> None:
    number, unit = human_size(size)
    factor = 1000 ** ("B", "kB", "MB", "GB", "TB", "PB", "EB").index(unit)
    assert len(number.replace(".", "")) <= 3
    assert abs(float(number) * factor - size) <= 0.051 * size


@pytest.mark.parametrize(
    ("ago", "text"),
    [
        (0, "just now"),
        (59, "just now"),
        (60, "1 minute ago"),
        (3599, "59 minutes ago"),
        (3600, "1 hour ago"),
        (86_399, "23 hours ago"),
        (86_400, "1 day ago"),
        (7 * 86_400 - 1, "6 days ago"),
        (7 * 86_400, "7 Mar 2026"),
        (-1, "14 Mar 2026"),
        (-86_400 * 365, "14 Mar 2027"),
        (NOW, "1 Jan 1970"),
        (NOW + 86_400, "31 Dec 1969"),
        (inf, "unknown"),
        (nan, "unknown"),
        (-1e15, "unknown"),
    ],
)
def test_dates(ago: float, text: str) -> None:
    assert human_date(NOW - ago, NOW) == text


@settings(derandomize=True)
@given(st.floats(allow_nan=True, allow_infinity=True), st.floats(allow_nan=True, allow_infinity=True))
def test_every_time_has_words(time: float, now: float) -> None:
    assert human_date(time, now)


@pytest.mark.parametrize("time", [-62_135_596_801.0, 253_402_300_800.0, inf, -inf, nan])
def test_a_time_that_no_calendar_holds_is_no_moment(time: float) -> None:
    assert moment(time) is None


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (NOW + 0.75, "2026-03-14T14:53:20Z"),
        (-62_135_596_800, "0001-01-01T00:00:00Z"),
        (253_402_300_799, "9999-12-31T23:59:59Z"),
    ],
)
def test_exact_times(time: float, text: str) -> None:
    when = moment(time)
    assert when is not None
    assert rfc3339(when) == text
