"""HTTP's dates (RFC 9110 §5.6.7)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portside.errors import LocalError
from portside.protocols.http.syntax.dates import parse_date, serialise_date

steady = settings(derandomize=True, max_examples=300, deadline=None)
EXAMPLE = 784111777.0
IN_2026 = 1767225600.0


@pytest.mark.parametrize("value, seconds", [
    (b"Sun, 06 Nov 1994 08:49:37 GMT", EXAMPLE),
    (b"Sunday, 06-Nov-94 08:49:37 GMT", EXAMPLE),
    (b"Sun Nov  6 08:49:37 1994", EXAMPLE),
    (b"Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
    (b"Wed, 31 Dec 1969 23:59:59 GMT", -1.0),
    (b"Mon, 06 Nov 1994 08:49:37 GMT", EXAMPLE),
    (b"Thu, 29 Feb 2024 00:00:00 GMT", 1709164800.0),
    (b"Sat, 31 Dec 2016 23:59:60 GMT", 1483228800.0),
])  # fmt: skip
def test_the_three_formats_are_read(value: bytes, seconds: float) -> None:
    assert parse_date(value) == seconds


@pytest.mark.parametrize("value", [
    b"", b"0", b"784111777", b"-1", b"Sun, 06 Nov 1994 08:49:37", b"Sun, 06 Nov 1994 08:49:37 UTC",
    b"Sun, 06 Nov 1994 08:49:37 +0000", b"Sun, 6 Nov 1994 08:49:37 GMT", b"sun, 06 nov 1994 08:49:37 gmt",
    b"Sun, 31 Nov 1994 08:49:37 GMT", b"Sun, 00 Nov 1994 08:49:37 GMT", b"Sun, 29 Feb 2023 00:00:00 GMT",
    b"Sun, 06 Nov 0000 08:49:37 GMT", b"Sun, 06 Nov 1994 24:00:00 GMT", b"Sun, 06 Nov 1994 08:60:37 GMT",
    b"Sun, 06 Nov 1994 08:49:61 GMT", b"Sun, 06 Nov 1994 08:49:37 GMT\n", b" Sun, 06 Nov 1994 08:49:37 GMT",
    b"Sun, 06 Nov 19_4 08:49:37 GMT", b"Sun, +6 Nov 1994 08:49:37 GMT", b"Sun Nov 6 08:49:37 1994",
    b"Sun, 06-Nov-94 08:49:37 GMT", b"Sunday, 06 Nov 1994 08:49:37 GMT", b"Xyz, 06 Nov 1994 08:49:37 GMT",
    "Sun, 0٦ Nov 1994 08:49:37 GMT".encode(),
])  # fmt: skip
def test_what_is_no_date_is_none(value: bytes) -> None:
    assert parse_date(value) is None


@pytest.mark.parametrize("year, full", [(b"94", 1994), (b"26", 2026), (b"75", 2075), (b"76", 2076), (b"77", 1977)])
def test_a_two_digit_year_is_at_most_fifty_years_ahead(year: bytes, full: int) -> None:
    seconds = parse_date(b"Sunday, 06-Nov-" + year + b" 08:49:37 GMT", IN_2026)
    assert seconds is not None
    assert serialise_date(seconds)[12:16] == b"%d" % full


def test_a_date_is_written_in_the_first_format() -> None:
    assert serialise_date(EXAMPLE) == b"Sun, 06 Nov 1994 08:49:37 GMT"
    assert serialise_date(EXAMPLE + 0.999) == b"Sun, 06 Nov 1994 08:49:37 GMT"
    assert serialise_date(-0.5) == b"Wed, 31 Dec 1969 23:59:59 GMT"


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), -1e12, 1e12, 1e300])
def test_a_time_outside_the_calendar_is_not_written(seconds: float) -> None:
    with pytest.raises(LocalError):
        serialise_date(seconds)


@steady
@given(st.integers(-62135596800, 253402300799))
def test_every_second_of_the_calendar_comes_back(seconds: int) -> None:
    assert parse_date(serialise_date(seconds)) == seconds


@steady
@given(st.binary() | st.text("SunNov GMT:0123456789,-").map(str.encode), st.none() | st.floats(0, 2e11))
def test_nothing_that_comes_in_raises(value: bytes, now: float | None) -> None:
    seconds = parse_date(value, now)
    assert seconds is None or parse_date(serialise_date(seconds)) == seconds
