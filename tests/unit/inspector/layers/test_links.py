"""Link types: where the network layer begins."""

from __future__ import annotations

import pytest

from portside.inspector.layers.links import ETHERNET, ETHERTYPE_IPV4, IPV6, LOOP, NULL, OLD_RAW, SLL, SLL2, network


@pytest.mark.parametrize(
    ("link", "data", "found"),
    [
        (ETHERNET, bytes(12) + b"\x08\0" + b"\x45", (ETHERTYPE_IPV4, 14)),
        (ETHERNET, bytes(12) + (b"\x81\0\0\1" * 9) + b"\x08\0\x45", (0x8100, 30)),
        (ETHERNET, bytes(14), (0, 0)),
        (OLD_RAW[0], b"\x45", (ETHERTYPE_IPV4, 0)),
        (IPV6, b"\x60", (0x86DD, 0)),
        (IPV6, b"", (0, 0)),
        (SLL, bytes(15), (0, 0)),
        (SLL2, bytes(19), (0, 0)),
        (NULL, b"\x1c\0\0\0\x60", (0x86DD, 4)),
        (LOOP, b"\0\0\0\x07", (0, 4)),
        (105, bytes(60), (0, 0)),
    ],
)
def test_where_the_network_layer_begins(link: int, data: bytes, found: tuple[int, int]) -> None:
    assert network(link, data) == found
