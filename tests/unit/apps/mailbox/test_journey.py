"""The way a message came, read from what hosts wrote."""

from __future__ import annotations

import pytest

from portside.apps.mailbox.journey import LONGEST, MOST_HOPS, Hop, journey
from portside.mail.dates import parse_date

FIRST = "from laptop (laptop.local [192.0.2.9]) by app.example.com with ESMTP id 7; Fri, 27 Nov 2026 09:30:00 +0000"
SECOND = (
    "from app.example.com (HELO app) (192.0.2.7) by mx.example.com (Postfix) with ESMTPS (TLS1.3) id 1 "
    "for <ann@example.com>; Fri, 27 Nov 2026 10:30:05 +0100"
)


def test_hops_come_oldest_first_with_the_time_between_them() -> None:
    first, second = journey([SECOND, FIRST], parse_date)
    assert first == Hop("laptop", "laptop.local [192.0.2.9]", "app.example.com", "ESMTP", "", 1795771800.0)
    assert second == Hop(
        "app.example.com", "HELO app", "mx.example.com", "ESMTPS", "ann@example.com", 1795771805.0, 5.0
    )


def test_a_clock_that_is_behind_is_told() -> None:
    assert [hop.delay for hop in journey([FIRST, SECOND], parse_date)] == [None, -5.0]


def test_a_hop_without_a_time_is_passed_over() -> None:
    hops = journey([SECOND, "by lost.example; yesterday", "by lost.example", FIRST], parse_date)
    assert [hop.delay for hop in hops] == [None, None, None, 5.0]
    assert [hop.by for hop in hops][1:3] == ["lost.example"] * 2


@pytest.mark.parametrize(
    "field",
    ["", ";", "from", "from ;", "()", "((((", "from (a (b) c) by", "<<>>", "from " * 1000, "(" * 5000,
     "by " + "x" * 9000, "\u0000 from \u202e by \u0663;", "from from by by; with"],
)  # fmt: skip
def test_anything_may_stand_in_the_field(field: str) -> None:
    (hop,) = journey([field], parse_date)
    assert hop.time is None and hop.delay is None
    assert all(len(text) <= LONGEST for text in (hop.source, hop.remark, hop.by, hop.protocol, hop.recipient))


def test_a_remark_in_a_remark_belongs_to_it() -> None:
    (hop,) = journey(["from a (b (c) d) by e; x"], parse_date)
    assert (hop.source, hop.remark, hop.by) == ("a", "b (c) d", "e")


def test_a_circle_ends() -> None:
    assert len(journey([FIRST] * 5000, parse_date)) == MOST_HOPS
