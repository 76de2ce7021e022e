"""Frames made for what sockets know: right to the last checksum, as our own dissector and the RFC's sum find."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.capture.frames import ACK, PSH, REMEMBERED, SYN, Path, handshake_options, sum_of
from portside.inspector.layers.fields import take_apart
from portside.inspector.layers.links import ETHERNET
from tests.unit.inspector.layers.test_decode import frame
from tests.unit.inspector.layers.test_headers import slow

ENDS = [
    (("127.0.0.1", 8080), ("127.0.0.1", 40000)),
    (("::1", 8080), ("fe80::1%lo", 40000)),
    (("127.0.0.1", 8080), ("::ffff:10.0.0.1", 40000)),
    (("255.255.255.255", 65535), ("255.255.255.255", 65535)),
    (("0.0.0.0", 0), ("0.0.0.0", 0)),
]


def verdicts(data: bytes) -> set[str]:
    return {
        field.meaning for header in take_apart(ETHERNET, data) for field in header.fields if "hecksum" in field.name
    }


@pytest.mark.parametrize(("source", "target"), ENDS)
@pytest.mark.parametrize("size", [0, 1, 2, 1460, REMEMBERED + 1, 65_475])
def test_every_checksum_is_right(source: tuple[str, int], target: tuple[str, int], size: int) -> None:
    way = Path(source, target, from_client=True)
    data = bytes(number % 251 for number in range(size))
    options = handshake_options(four=way.four) if size < 3 else b""
    for block in (way.segment(1, 2**32 - 1, 2**33 + 5, PSH | ACK, data, options), way.datagram(1, data)):
        assert verdicts(frame(block)) == {"right"}
        assert len(block) % 4 == 0 and block[4:8] == block[-4:] == len(block).to_bytes(4, "little")


@given(st.binary(max_size=300))
def test_the_sum_is_that_of_the_rfc(data: bytes) -> None:
    for _ in range(3):  # it is remembered from the second time on
        assert (0xFFFF - sum_of(data)) % 0xFFFF == slow(data) % 0xFFFF


def test_a_segment_says_what_it_was_told() -> None:
    way = Path(("10.0.0.1", 1), ("10.0.0.2", 2), from_client=True)
    headers = take_apart(ETHERNET, frame(way.segment(10**18 + 7, 100, 200, SYN, options=handshake_options(four=True))))
    named = {field.name: field.value for field in headers[2].fields}
    assert (named["Source port"], named["Sequence number"], named["Flags"]) == ("1", "100", "SYN")
    assert [header.name for header in headers] == ["Ethernet frame", "IPv4 packet", "TCP segment"]


def test_packets_of_one_direction_are_numbered() -> None:
    way = Path(("10.0.0.1", 1), ("10.0.0.2", 2), from_client=True)
    found = [frame(way.datagram(0, b""))[18:20] for _ in range(3)]
    assert found == [b"\0\1", b"\0\2", b"\0\3"]


@pytest.mark.parametrize(("source", "target"), ENDS[:2])
def test_a_sum_of_nothing_left_is_written_as_zero_by_tcp_and_as_ones_by_udp(
    source: tuple[str, int], target: tuple[str, int]
) -> None:
    def written(block: bytes, place: int) -> bytes:
        header = take_apart(ETHERNET, frame(block))[-1]
        return frame(block)[header.span[0] + place :][:2]

    way = Path(source, target, from_client=True)
    rest = written(way.segment(0, 1, 2, ACK, b"\0\0"), 16)
    assert written(way.segment(0, 1, 2, ACK, rest), 16) == b"\0\0"
    rest = written(way.datagram(0, b"\0\0"), 6)
    assert written(way.datagram(0, rest), 6) == b"\xff\xff"  # 0 says that there is none (RFC 768)
