"""Times as MDTM, MFMT and MLSx write them (RFC 3659 §2.3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.errors import RemoteError
from portside.protocols.ftp.syntax.times import parse_time, serialise_time

TIMES = [
    ("19700101000000", 0.0),
    ("19700101000001.5", 1.5),
    ("20000229120000", 951825600.0),
    ("20261127002300", 1795738980.0),
    ("19691231235959", -1.0),
    ("20161231235960", 1483228800.0),
    ("99991231235960.5", 253_402_300_799.0),
    ("19126112700230", None),
    ("191261127002300", 1795738980.0),
    ("20010229120000", None),
    ("20001301000000", None),
    ("20000100000000", None),
    ("20000101240000", None),
    ("20000101006000", None),
    ("20000101000061", None),
    ("2000010100000", None),
    ("200001010000000", None),
    ("20000101000000.", None),
    ("20000101 00000", None),
    ("+2000010100000", None),
    ("2000010100000\u0661", None),
    ("00000101000000", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "seconds"), TIMES)
def test_a_time_is_read_or_refused(text: str, seconds: float | None) -> None:
    if seconds is None:
        with pytest.raises(RemoteError) as caught:
            parse_time(text)
        assert caught.value.status == 501
    else:
        assert parse_time(text) == seconds


@given(st.integers(-60_000_000_000, 250_000_000_000))
def test_a_time_that_is_written_is_read_as_it_was(seconds: int) -> None:
    assert parse_time(serialise_time(seconds)) == seconds


def test_a_fraction_is_left_out_downwards() -> None:
    assert serialise_time(1.9) == "19700101000001"
    assert serialise_time(-0.5) == "19691231235959"


@pytest.mark.parametrize(("seconds", "text"), [(1e15, "99991231235959"), (-1e15, "00010101000000")])
def test_what_no_calendar_has_is_the_nearest_time_that_it_has(seconds: float, text: str) -> None:
    assert serialise_time(seconds) == text
