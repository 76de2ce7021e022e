"""When a message is tried again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.apps.outbox.schedule import (
    DAY,
    HOUR,
    MINUTE,
    Schedule,
    parse_retries,
    parse_span,
    serialise_span,
)
from portside.errors import UsageError

DRAWS = st.floats(0, 1, exclude_max=True)


@pytest.mark.parametrize(
    ("attempts", "minutes"), [(1, 10), (2, 30), (3, 60), (4, 120), (5, 180), (6, 180), (1_000, 180)]
)
def test_the_intervals_grow_and_the_last_goes_on(attempts: int, minutes: float) -> None:
    assert Schedule().again(attempts, 0, DAY, 0) == DAY + minutes * MINUTE


@given(st.integers(2, 200), st.floats(0, 4 * DAY), DRAWS)
def test_after_the_first_try_half_an_hour_passes_at_least(attempts: int, now: float, draw: float) -> None:
    """RFC 5321 §4.5.4.1."""
    assert Schedule().again(attempts, 0, now, draw) >= now + 30 * MINUTE


@given(st.integers(1, 200), st.floats(0, 10 * DAY), DRAWS)
def test_the_next_try_lies_ahead_and_one_falls_on_the_very_end(attempts: int, now: float, draw: float) -> None:
    again = Schedule().again(attempts, 0, now, draw)
    assert again > now
    assert again <= 5 * DAY or now >= 5 * DAY


def test_what_failed_together_does_not_come_back_together() -> None:
    moments = {Schedule().again(1, 0, 0, draw / 10) for draw in range(10)}
    assert len(moments) == 10
    assert max(moments) <= 11 * MINUTE


def test_a_message_is_late_after_four_hours_and_over_after_five_days() -> None:
    schedule = Schedule()
    assert not schedule.is_late(0, 4 * HOUR - 1) and schedule.is_late(0, 4 * HOUR)
    assert not schedule.is_over(0, 5 * DAY - 1) and schedule.is_over(0, 5 * DAY)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("5m", 300), ("4h", 4 * HOUR), ("5d", 5 * DAY), ("0.5s", 0.5)]
)
def test_a_span_is_read(text: str, seconds: float) -> None:
    assert parse_span(text) == seconds


@pytest.mark.parametrize("text", ["", "m", "5 m", "-5m", "+5m", "5w", "1e3", "٣m", "5m5m", "1_0", "12345678d"])
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no time"):
        parse_span(text)


def test_retries_are_read() -> None:
    assert parse_retries("1m, 5m,30m") == (60, 300, 1800)
    with pytest.raises(UsageError, match="without any pause"):
        parse_retries("1m,0s")
    with pytest.raises(UsageError, match="at most 32"):
        parse_retries(",".join(["1m"] * 33))


@pytest.mark.parametrize(
    ("seconds", "text"), [(-3, "0s"), (0, "0s"), (59.9, "59s"), (61, "1m"), (2 * HOUR + 1, "2h"), (3.5 * DAY, "3d")]
)
def test_a_span_is_told_in_one_word(seconds: float, text: str) -> None:
    assert serialise_span(seconds) == text
