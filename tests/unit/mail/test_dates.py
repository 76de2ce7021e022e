"""Dates: RFC 5322's own, what older programs wrote, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.mail.dates import LONGEST_DATE, parse_date, parse_datetime, serialise_date

NOON = 880_127_706.0  # 21 Nov 1997, 15:55:06 UTC


@pytest.mark.parametrize(
    "text",
    [
        "Fri, 21 Nov 1997 09:55:06 -0600",
        "21 Nov 1997 09:55:06 -0600",
        "Fri, 21 Nov 97 09:55:06 -0600",
        "Fri, 21 Nov 097 09:55:06 -0600",
        "Fri, 21 Nov 1997 09(comment):   55  :  06 -0600",
        "Fri, 21 Nov 1997 15:55:06 GMT",
        "Fri, 21 Nov 1997 15:55:06 UT",
        "Fri, 21 Nov 1997 15:55:06 Z",
        "Fri, 21 Nov 1997 10:55:06 EST",
        "Fri, 21 Nov 1997 08:55:06 PDT",
        "Fri, 21 Nov 1997 15:55:06 XYZ",
        "Fri, 21 Nov 1997 15:55:06",
        "Thu,21 Nov 1997 15:55:06 +0000 (UTC)",
        "  friday, 21 november 1997 15:55:06 -0000",
        "21-Nov-1997 15:55:06 +0000",
    ],
)
def test_a_date_is_read(text: str) -> None:
    assert parse_date(text) == NOON


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Thu, 01 Jan 1970 00:00 +0000", 0),
        ("Thu, 01 Jan 1970 00:00:60 +0000", 60),
        ("Wed, 31 Dec 1969 23:59:59 +0000", -1),
        ("Tue, 1 Jan 2036 00:00:00 +0000", 2_082_758_400),
        ("1 Jan 49 00:00:00 +0000", 2_493_072_000),
        ("1 Jan 50 00:00:00 +0000", -631_152_000),
    ],
)
def test_odd_dates_are_read(text: str, seconds: int) -> None:
    assert parse_date(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "", "Fri, 32 Nov 1997 09:55:06 -0600", "Fri, 21 Foo 1997 09:55:06 -0600", "30 Feb 2020 00:00 +0000",
        "Fri, 21 Nov 1997 24:55:06 -0600", "Fri, 21 Nov 1997 09:60:06 -0600", "Fri, 21 Nov 1997 09:55:61 -0600",
        "Fri, 21 Nov 1997 09:55:06 -9900", "1 Jan 0000 00:00 +0000", "1 Jan 0001 00:00 +1200",
        "31 Dec 9999 23:59:60 +0000", "٢١ Nov 1997 09:55:06 -0600", "21 Nov 1_97 09:55:06", "x" * (LONGEST_DATE + 1),
    ],
)  # fmt: skip
def test_what_is_no_date_is_none(text: str) -> None:
    assert parse_date(text) is None


def test_the_clock_that_it_was_read_from_is_kept() -> None:
    found = parse_datetime("Fri, 21 Nov 1997 09:55:06 -0630")
    assert found is not None
    assert found.isoformat() == "1997-11-21T09:55:06-06:30"


@pytest.mark.parametrize(
    ("offset", "text"),
    [
        (0, "Fri, 21 Nov 1997 15:55:06 +0000"),
        (-360, "Fri, 21 Nov 1997 09:55:06 -0600"),
        (345, "Fri, 21 Nov 1997 21:40:06 +0545"),
        (-30, "Fri, 21 Nov 1997 15:25:06 -0030"),
    ],
)
def test_a_date_is_written(offset: int, text: str) -> None:
    assert serialise_date(NOON, offset) == text


@given(st.integers(-62_000_000_000, 253_000_000_000), st.integers(-12 * 60, 14 * 60))
def test_what_is_written_is_read(seconds: int, offset: int) -> None:
    assert parse_date(serialise_date(seconds, offset)) == seconds
