"""How long each step may take."""

from __future__ import annotations

from dataclasses import astuple

from portside.protocols.smtp.rules.waits import ClientLimits


def test_by_itself_each_wait_is_as_long_as_the_rfc_wants() -> None:
    limits = ClientLimits()
    assert (limits.greeting, limits.command, limits.data, limits.block, limits.end) == (300, 300, 120, 180, 600)


def test_a_shorter_patience_caps_all_but_the_keeping_of_idle_connections() -> None:
    assert astuple(ClientLimits().within(150)) == (150, 150, 120, 150, 150, 60)
    assert ClientLimits().within(0) == ClientLimits()


def test_the_shortest_wait_is_the_shortest() -> None:
    assert ClientLimits().shortest == 60
    assert ClientLimits().within(2).shortest == 2
