"""What a server tells of itself, and whom it takes for a neighbour."""

from __future__ import annotations

import pytest

from portside.interfaces import Address, Door
from portside.protocols.ftp.rules.policy import Policy, Tls, told
from portside.protocols.ftp.rules.terms import Terms


@pytest.mark.parametrize(
    ("here", "there", "outer"),
    [
        ("10.0.0.1", "10.0.0.77", False),
        ("10.0.0.1", "10.0.1.77", True),
        ("127.0.0.1", "127.0.0.1", False),
        ("127.0.0.1", "127.9.9.9", False),
        ("2001:db8::1", "2001:db8::2", False),
        ("10.0.0.1", "", True),
    ],
)
def test_only_strangers_are_told_the_outer_address(here: str, there: str, outer: bool) -> None:
    policy = Policy(passive_address="198.51.100.9")
    announced = policy.announced(Door(Address(here, 21), Address(there, 4)), Address(here, 5000))
    assert announced == Address("198.51.100.9" if outer else here, 5000)


def test_without_an_outer_address_the_real_one_is_told() -> None:
    assert Policy().announced(Door(Address("10.0.0.1"), Address("8.8.8.8")), Address("10.0.0.1", 5)).host == "10.0.0.1"


def test_what_asks_for_a_file_is_not_answered_here() -> None:
    assert told("RETR", "x", Policy(), Terms()) is None


def test_the_features_of_tls_are_told_where_there_is_tls() -> None:
    for tls in Tls:
        reply = told("FEAT", None, Policy(tls=tls), Terms())
        assert reply is not None
        assert (" AUTH TLS" in reply.lines) is (tls is not Tls.OFF)
        assert reply.lines[0] == "Features:"
        assert all(line.startswith(" ") for line in reply.lines[1:-1])


def test_help_tells_of_every_command_and_of_one() -> None:
    everything = told("HELP", "", Policy(), Terms())
    one = told("HELP", "retr", Policy(), Terms())
    assert everything is not None
    assert one is not None
    assert " RETR" in " ".join(everything.lines)
    assert one.lines[0].startswith("RETR path: ")
