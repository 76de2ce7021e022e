"""IP headers in words (RFC 791, RFC 8200)."""

from __future__ import annotations

import pytest

from portside.inspector.layers.ip import ipv4, ipv6, pseudo_header
from tests.unit.inspector.layers.test_decode import ip4, ip6


def test_an_ipv4_header_says_everything() -> None:
    header, protocol = ipv4(ip4(), 0)
    named = {field.name: (field.value, field.meaning) for field in header.fields}
    assert protocol == 6 and header.inner == (20, 45)
    assert named["Source address"][0] == "10.0.0.1" and named["Destination address"][0] == "10.0.0.2"
    assert named["Source address"][1] == "private: not routed on the Internet"
    assert named["Header checksum"][1] == "right"


def test_a_wrong_checksum_is_told() -> None:
    data = bytearray(ip4())
    data[10] ^= 0xFF
    header, _ = ipv4(bytes(data), 0)
    (meaning,) = [field.meaning for field in header.fields if field.name == "Header checksum"]
    assert meaning.startswith("wrong")


def test_a_fragment_says_so() -> None:
    data = bytearray(ip4())
    data[6:8] = b"\x20\x00"
    header, protocol = ipv4(bytes(data), 0)
    assert "fragment" in header.note and protocol in (-1, 6)


def test_an_ipv6_header_says_everything() -> None:
    header, protocol = ipv6(ip6(), 0)
    named = {field.name: field.value for field in header.fields}
    assert (protocol, header.inner) == (6, (40, 65))
    assert named["Source address"] == "fe80::1" and named["Hop limit"] == "64"


@pytest.mark.parametrize(("make", "read", "size"), [(ip4, ipv4, 12), (ip6, ipv6, 40)])
def test_the_pseudo_header_has_the_addresses(make, read, size: int) -> None:  # type: ignore[no-untyped-def]
    data = make()
    header, _ = read(data, 0)
    assert len(pseudo_header(header, data, 6, 25)) == size
