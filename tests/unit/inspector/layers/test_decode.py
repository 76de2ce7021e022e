"""The quick way through a frame, for every link type and header that a capture may hold."""

from __future__ import annotations

import pytest

from portside.capture.frames import ACK, PSH, Path
from portside.inspector.layers.decode import TCP, UDP, Decoded, Fragment, decode
from portside.inspector.layers.links import ETHERNET, LOOP, NULL, RAW, SLL, SLL2

V4 = Path(("10.0.0.1", 40000), ("10.0.0.2", 80), from_client=True)
V6 = Path(("fe80::1%eth0", 40000), ("fe80::2", 80), from_client=True)
BLOCK_HEAD = 28


def frame(block: bytes) -> bytes:
    """The frame in a block of a pcapng file."""
    size = int.from_bytes(block[20:24], "little")
    return block[BLOCK_HEAD : BLOCK_HEAD + size]


def ip4(data: bytes = b"hello") -> bytes:
    return frame(V4.segment(0, 7, 9, PSH | ACK, data))[14:]


def ip6(data: bytes = b"hello") -> bytes:
    return frame(V6.segment(0, 7, 9, PSH | ACK, data))[14:]


def extended(data: bytes, *headers: tuple[int, bytes]) -> bytes:
    """An IPv6 packet with extension headers put in; each is (its kind, its bytes behind the first)."""
    following = data[6]
    inner = b""
    for kind, body in reversed(headers):
        inner, following = bytes([following]) + body + inner, kind
    whole = bytearray(data[:40] + inner + data[40:])
    whole[6] = following
    whole[4:6] = (len(whole) - 40).to_bytes(2)
    return bytes(whole)


HOP, DESTINATION = (0, b"\0" + bytes(6)), (60, b"\x01" + bytes(14))
WHOLE_FRAGMENT = (44, b"\0\0\0\0\0\0\1")

LINKS = [
    (ETHERNET, bytes(12) + b"\x08\0" + ip4()),
    (ETHERNET, bytes(12) + b"\x81\0\0\x07\x08\0" + ip4()),
    (ETHERNET, bytes(12) + b"\x88\xa8\0\x07\x81\0\0\x08\x86\xdd" + ip6()),
    (ETHERNET, bytes(12) + b"\0\x50\xaa\xaa\x03\0\0\0\x08\0" + ip4()),
    (ETHERNET, bytes(12) + b"\x08\0" + ip4() + bytes(9)),
    (RAW, ip4()),
    (RAW, ip6()),
    (SLL, bytes(14) + b"\x08\0" + ip4()),
    (SLL2, b"\x86\xdd" + bytes(18) + ip6()),
    (NULL, b"\x02\0\0\0" + ip4()),
    (NULL, b"\0\0\0\x02" + ip4()),
    (LOOP, b"\0\0\0\x1e" + ip6()),
    (RAW, extended(ip6(), HOP, DESTINATION)),
    (RAW, extended(ip6(), WHOLE_FRAGMENT)),
]


@pytest.mark.parametrize(("link", "data"), LINKS)
def test_a_segment_is_found_behind_every_link(link: int, data: bytes) -> None:
    found = decode(link, data)
    assert isinstance(found, Decoded)
    assert (found.protocol, found.source_port, found.target_port) == (TCP, 40000, 80)
    assert (found.seq, found.ack, found.flags) == (7, 9, PSH | ACK)
    assert data[found.start : found.stop] == b"hello" and found.wire == 5


@pytest.mark.parametrize(("link", "data"), LINKS)
def test_no_cut_upsets_it(link: int, data: bytes) -> None:
    for size in range(len(data)):
        found = decode(link, data[:size])
        if isinstance(found, Decoded):
            assert found.start <= found.stop <= size
            assert found.wire == 5 or found.protocol != TCP


def test_options_of_ip_are_skipped() -> None:
    whole = bytearray(ip4())
    whole[0] = 0x47
    whole[20:20] = bytes(8)
    whole[2:4] = len(whole).to_bytes(2)
    found = decode(RAW, bytes(whole))
    assert isinstance(found, Decoded) and whole[found.start : found.stop] == b"hello"


def test_a_length_that_the_card_was_to_fill_in_means_all_there_is() -> None:
    whole = bytearray(ip4())
    whole[2:4] = bytes(2)
    found = decode(RAW, bytes(whole))
    assert isinstance(found, Decoded) and found.wire == 5


def test_a_datagram_ends_where_its_length_says() -> None:
    data = frame(V4.datagram(0, b"hello"))
    found = decode(ETHERNET, data + bytes(13))
    assert isinstance(found, Decoded)
    assert (found.protocol, data[found.start : found.stop], found.wire) == (UDP, b"hello", 5)


@pytest.mark.parametrize(("bits", "offset", "more"), [(0x2000, 0, True), (0x0002, 16, False), (0x2003, 24, True)])
def test_fragments_of_ipv4_say_where_they_belong(bits: int, offset: int, more: bool) -> None:
    whole = bytearray(ip4())
    whole[6:8] = bits.to_bytes(2)
    found = decode(RAW, bytes(whole))
    assert isinstance(found, Fragment)
    assert (found.offset, found.more, found.stop - found.start) == (offset, more, 25)


def test_fragments_of_ipv6_say_where_they_belong() -> None:
    found = decode(RAW, extended(ip6(), (44, b"\0\0\x09\0\0\0\x07")))
    assert isinstance(found, Fragment)
    assert (found.offset, found.more, found.which) == (8, True, 7)


@pytest.mark.parametrize(
    ("link", "data"),
    [
        (ETHERNET, bytes(12) + b"\x08\x06" + bytes(28)),
        (RAW, b"\x44" + bytes(40)),
        (RAW, b"\x95" + bytes(40)),
        (147, bytes(100)),
        (ETHERNET, b""),
    ],
)
def test_what_is_not_ip_is_nothing(link: int, data: bytes) -> None:
    assert decode(link, data) is None
