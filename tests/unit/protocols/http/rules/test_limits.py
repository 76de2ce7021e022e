"""What a server puts up with."""

from __future__ import annotations

from dataclasses import fields

import pytest

from portside.protocols.http.rules.limits import ServerLimits


def test_every_limit_is_set_and_explained() -> None:
    limits = ServerLimits()
    for limit in fields(limits):
        assert f"``{limit.name}``" in (ServerLimits.__doc__ or "")
        assert getattr(limits, limit.name)


def test_a_head_may_be_as_long_as_the_rfc_asks_for() -> None:
    assert ServerLimits().heads.target >= 8000
    assert ServerLimits().heads.head > ServerLimits().heads.target
    assert ServerLimits().head_time == 30


@pytest.mark.parametrize(("limits", "until", "count", "expected"), [
    (ServerLimits(body_rate=100, body_stall=60), 110, 100, 111), (ServerLimits(body_rate=100, body_stall=60), 110, 0,
    110),
    (ServerLimits(body_rate=100, body_stall=60), 110, 10**9, 160), (ServerLimits(body_rate=100, body_stall=0), 110,
    10**6, 10_110),
    (ServerLimits(body_rate=0, body_stall=60), 110, 10**6, 110), (ServerLimits(body_rate=0, body_stall=0), 110, 10**6,
    110),
])  # fmt: skip
def test_what_comes_buys_time_up_to_the_longest_stand(
    limits: ServerLimits, until: float, count: int, expected: float
) -> None:
    assert limits.body_until(until, count, 100) == expected
