"""The envelope of a message."""

from __future__ import annotations

import pytest

from portside.mail.envelope import Envelope, Recipient


@pytest.mark.parametrize(
    ("address", "local_part", "domain"),
    [
        ("a@example.test", "a", "example.test"),
        ("A.b@EXAMPLE.test", "A.b", "example.test"),
        ('"x@y"@example.test', '"x@y"', "example.test"),
        ("postmaster", "postmaster", ""),
        ("a@[IPv6:::1]", "a", "[ipv6:::1]"),
        ("用户@例子.测试", "用户", "例子.测试"),
    ],
)
def test_an_address_has_two_halves(address: str, local_part: str, domain: str) -> None:
    recipient = Recipient(address)
    assert (recipient.local_part, recipient.domain) == (local_part, domain)


def test_addresses_stand_in_their_order() -> None:
    assert Envelope("", (Recipient("b@x.test"), Recipient("a@x.test"))).addresses == ("b@x.test", "a@x.test")
