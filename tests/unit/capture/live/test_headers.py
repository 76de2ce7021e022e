from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.capture.live import headers
from portside.capture.live.headers import (
    FIN,
    SYN,
    Headers,
    Segment,
    endpoint,
    parse_headers,
    parse_segment,
)
from portside.interfaces import Address
from tests.support.sightings import CLIENT, SERVER, End, datagram, headers_of, segment

FOUR = (CLIENT, SERVER)
SIX = (("fe80::1", 40000), ("fe80::2", 80))
HOP_BY_HOP, FRAGMENT = b"\x2c\x00" + bytes(6), 44


def of(end: End) -> bytes:
    return endpoint(Address(*end))


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (Address("127.0.0.1", 80), b"\x7f\0\0\x01\0P"),
        (Address("::1", 80), bytes(15) + b"\x01\0P"),
        (Address("::ffff:127.0.0.1", 80), b"\x7f\0\0\x01\0P"),
        (Address("fe80::1%eth0", 1), b"\xfe\x80" + bytes(13) + b"\x01\0\x01"),
    ],
)
def test_an_endpoint_is_what_headers_have(address: Address, expected: bytes) -> None:
    assert endpoint(address) == expected


@pytest.mark.parametrize("host", ["localhost", "", "1.2.3"])
def test_a_name_is_no_endpoint(host: str) -> None:
    with pytest.raises(ValueError, match="does not appear to be"):
        endpoint(Address(host, 80))


@pytest.mark.parametrize("ends", [FOUR, SIX])
def test_ports_and_addresses_are_found(ends: tuple[End, End]) -> None:
    for made, protocol in ((segment(*ends, SYN), 6), (datagram(*ends), 17)):
        found = headers_of(made)
        assert (found.protocol, found.source, found.target) == (protocol, of(ends[0]), of(ends[1]))
        assert found.end == made.stop and found.fragment == b""


@pytest.mark.parametrize("ends", [FOUR, SIX])
def test_a_segment_tells_what_follows_it(ends: tuple[End, End]) -> None:
    made = segment(*ends, SYN | FIN, 0xFFFFFFFF, 7, b"12345")
    assert parse_segment(made.memory, headers_of(made)) == Segment(SYN | FIN, 0xFFFFFFFF, 7, 6)


def test_what_ethernet_fills_up_is_not_the_segments() -> None:
    made = segment(*FOUR, FIN, 10)
    made.stop += 6  # a frame has at least 60 bytes
    assert parse_segment(made.memory, headers_of(made)).following == 11


def ipv4_fragment(offset: int, more: bool) -> bytes:
    packet = bytearray(datagram(*FOUR, b"x" * 64).frame().data[14:])
    packet[6:8] = (more << 13 | offset // 8).to_bytes(2)
    return bytes(packet)


def ipv6_fragment(offset: int, more: bool, before: bytes = b"") -> bytes:
    packet = datagram(*SIX, b"x" * 64).frame().data[14:]
    extension = b"\x11\0" + (offset | more).to_bytes(2) + b"idid"
    rest = before + extension + packet[40:]
    following = 0 if before else FRAGMENT
    return packet[:4] + len(rest).to_bytes(2) + bytes([following]) + packet[7:40] + rest


@pytest.mark.parametrize("make", [ipv4_fragment, ipv6_fragment])
def test_fragments_of_one_datagram_are_told_by_what_they_share(make: object) -> None:
    first, later, last = (make(*how) for how in ((0, True), (64, True), (128, False)))  # type: ignore[operator]
    found = [parse_headers(packet, 0, len(packet)) for packet in (first, later, last)]
    assert all(found)
    assert len({one.fragment for one in found if one}) == 1
    assert [bool(one.source) for one in found if one] == [True, False, False]
    assert [one.at < 0 for one in found if one] == [False, True, True]


def test_a_later_fragment_says_nothing_as_a_segment() -> None:
    assert parse_segment(b"", Headers(6, b"", b"", -1, 0, b"id")) == Segment(0, 0, 0, 0)


def test_extension_headers_are_passed_over() -> None:
    packet = ipv6_fragment(0, False, HOP_BY_HOP)  # a fragment header on a whole packet, which is allowed
    found = parse_headers(packet, 0, len(packet))
    assert found is not None and (found.source, found.fragment) == (of(SIX[0]), b"")


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"\x45" + bytes(19),
        b"\x45" + bytes(8) + b"\x01" + bytes(40),
        b"\x60" + bytes(20),
        b"\x60" + bytes(5) + b"\x3a" + bytes(60),
        b"\x50" + bytes(60),
    ],
    ids=["nothing", "no transport", "ICMP", "half a header", "ICMPv6", "no such version"],
)
def test_anything_else_is_nobodys(packet: bytes) -> None:
    assert parse_headers(packet, 0, len(packet)) is None


@given(
    st.sampled_from(
        [ipv4_fragment(0, False), segment(*FOUR, SYN).frame().data[14:], segment(*SIX, SYN).frame().data[14:]]
    ),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 255)), max_size=4),
    st.integers(0, 92),
)
def test_the_short_way_tells_what_the_long_one_does(packet: bytes, changes: list[tuple[int, int]], size: int) -> None:
    changed = bytearray(packet.ljust(92, b"x"))
    for place, value in changes:
        changed[place] = value
    data = bytes(changed[:size])
    assert parse_headers(data, 0, size) == headers._any(data, 0, size)


@given(st.binary(max_size=120), st.sampled_from([b"", b"\x45", b"\x60"]))
def test_no_bytes_make_it_fail(rest: bytes, start: bytes) -> None:
    packet = start + rest
    found = parse_headers(packet, 0, len(packet))
    if found is not None and found.protocol == 6:
        parse_segment(packet, found)


@given(st.integers(0, 80))
def test_a_packet_may_be_cut_anywhere(size: int) -> None:
    packet = ipv6_fragment(0, False, HOP_BY_HOP)[:size]
    assert parse_headers(packet, 0, len(packet)) is None or size >= 40 + 16 + 8
