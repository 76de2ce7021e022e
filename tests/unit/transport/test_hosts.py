"""Addresses that stand for the same place, however they are written."""

from __future__ import annotations

import pytest

from portside.transport.hosts import same_host


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
