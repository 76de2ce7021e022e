from __future__ import annotations

from portside.protocols.smtp.rules.limits import ServerLimits


def test_the_limits_are_what_the_rfc_asks_for_at_least() -> None:
    limits = ServerLimits()
    assert limits.command >= 300
    assert limits.block >= 180
    assert limits.recipients >= 100
    assert limits.largest >= 64 * 1024
    assert limits.waiting >= 1000


def test_the_shortest_wait_is_that_of_the_alarm() -> None:
    assert ServerLimits(greeting=3, command=2, block=4).shortest == 2
