"""The limits of both sides of FTP."""

from __future__ import annotations

from portside.protocols.ftp.rules.limits import ServerLimits
from portside.protocols.ftp.syntax.lines import LONGEST_COMMAND


def test_nobody_is_sent_away_before_the_five_minutes_that_are_asked_for() -> None:
    assert ServerLimits().idle >= 300.0


def test_the_longest_command_has_room_while_others_wait() -> None:
    assert ServerLimits().waiting > 2 * LONGEST_COMMAND


def test_every_limit_is_one() -> None:
    limits = ServerLimits()
    assert all(getattr(limits, name) > 0 for name in limits.__slots__)
