"""Addresses that stand for the same place, however they are written."""

from __future__ import annotations

import pytest

from portside.syntax.hosts import is_loopback, network_of, same_host


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "127.0.0.2", False),
        ("127.0.0.1", "::ffff:127.0.0.1", True),
        ("::1", "0:0:0:0:0:0:0:1", True),
        ("::1", "127.0.0.1", False),
        ("", "", True),
        ("", "127.0.0.1", False),
        ("here", "there", False),
    ],
)
def test_two_addresses_are_compared_as_what_they_stand_for(one: str, other: str, same: bool) -> None:
    assert same_host(one, other) is same
    assert same_host(other, one) is same


@pytest.mark.parametrize(
    ("address", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.255.255.254", True),
        ("::1", True),
        ("0:0:0:0:0:0:0:1", True),
        ("::ffff:127.0.0.1", True),
        ("::ffff:7f00:1", True),
        ("::ffff:10.0.0.1", False),
        ("128.0.0.1", False),
        ("126.255.255.255", False),
        ("0.0.0.0", False),
        ("::", False),
        ("::2", False),
        ("::127.0.0.1", False),
        ("fe80::1%lo", False),
        ("10.0.0.1", False),
        ("localhost", False),
        ("127.0.0.1.example.com", False),
        ("127.1", False),
        ("0177.0.0.1", False),
        ("[::1]", False),
        ("", False),
    ],
)
def test_only_numeric_loopback_addresses_are_loopback(address: str, loopback: bool) -> None:
    assert is_loopback(address) is loopback


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1:2:3", True),
        ("2001:db8::1", "2001:db8::2%eth0", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("", "", True),
        ("", "192.0.2.1", False),
    ],
)
def test_a_network_that_one_machine_may_use_counts_as_one(one: str, other: str, same: bool) -> None:
    assert (network_of(one) == network_of(other)) is same
