"""Reading pcapng, from any writer, in any pieces, and however damaged."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.capture.files import pcapng
from portside.capture.files.blocks import BlockReader
from portside.capture.files.items import Interface, Item, Packet, Remark

WHOLE = b"".join(
    [
        pcapng.section_header(comment="hello"),
        pcapng.interface(1, name="lo"),
        *(pcapng.enhanced_packet(0, number * 10**9, bytes(number)) for number in range(5)),
    ]
)


def big_endian(resolution: bytes, high: int, low: int, offset: int = 0) -> bytes:
    """A section of a big-endian machine with one packet."""
    options = b"\0\x09\0\x01" + resolution + b"\0\0\0" + b"\0\x0e\0\x08" + struct.pack(">q", offset) + bytes(4)
    interface = struct.pack(">IIHHI", 1, 20 + len(options), 101, 0, 0) + options + struct.pack(">I", 20 + len(options))
    packet = struct.pack(">IIIIIII", 6, 36, 0, high, low, 3, 3) + b"abc\0" + struct.pack(">I", 36)
    return struct.pack(">IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28) + interface + packet


def read(data: bytes, step: int = 1 << 20) -> list[Item]:
    reader = BlockReader()
    items: list[Item] = []
    buffer = b""
    for start in range(0, len(data), step):
        buffer += data[start : start + step]
        found, used = reader.read(buffer)
        items += found
        buffer = buffer[used:]
    return items


@pytest.mark.parametrize("step", [1, 3, 16, 64])
def test_any_pieces_give_the_same_items(step: int) -> None:
    assert read(WHOLE, step) == read(WHOLE)
    assert [item.length for item in read(WHOLE) if isinstance(item, Packet)] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("resolution", "high", "low", "offset", "time"),
    [
        (b"\x06", 0, 1_500_000, 0, 1_500_000_000),
        (b"\x09", 1, 0, 0, 2**32),
        (b"\x8a", 0, 1024, 0, 10**9),
        (b"\x00", 0, 7, 10, 17 * 10**9),
    ],
)
def test_any_byte_order_and_clock(resolution: bytes, high: int, low: int, offset: int, time: int) -> None:
    interface, packet = read(big_endian(resolution, high, low, offset))
    assert isinstance(interface, Interface) and interface.link == 101
    assert isinstance(packet, Packet) and (packet.time, packet.data) == (time, b"abc")


def test_a_further_section_has_interfaces_of_its_own() -> None:
    items = read(WHOLE + big_endian(b"\x09", 0, 5) + WHOLE)
    assert [item.link for item in items if isinstance(item, Interface)] == [1, 101, 1]
    assert len([item for item in items if isinstance(item, Packet)]) == 11


def test_simple_and_old_packets_and_unknown_blocks() -> None:
    simple = struct.pack("<III", 3, 20, 9) + b"abcd" + struct.pack("<I", 20)
    old = struct.pack("<IIHHIIII", 2, 36, 0, 0, 0, 5, 2, 2) + b"ab\0\0" + struct.pack("<I", 36)
    unknown = struct.pack("<II", 0x0BAD, 16) + b"????" + struct.pack("<I", 16)
    head = pcapng.section_header() + pcapng.interface(1)
    packets = [item for item in read(head + unknown + simple + old) if isinstance(item, Packet)]
    assert [(packet.data, packet.length) for packet in packets] == [(b"abcd", 9), (b"ab", 2)]


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        (struct.pack("<II", 6, 13) + bytes(20), "claims to have 13 bytes"),
        (struct.pack("<II", 6, 1 << 30) + bytes(20), "claims to have"),
        (struct.pack("<II", 6, 16) + bytes(8), "two lengths"),
        (pcapng.enhanced_packet(7, 0, b""), "shorter"),
        (b"\n\r\r\n" + bytes(24), "byte order mark"),
    ],
)
def test_damage_is_named_with_its_place(damage: bytes, what: str) -> None:
    remark = read(WHOLE + damage + WHOLE)[-1]
    assert isinstance(remark, Remark) and remark.broken
    assert what in remark.text and f"byte {len(WHOLE):,}" in remark.text


@given(st.binary(max_size=400), st.integers(0, len(WHOLE)))
def test_noise_never_raises(noise: bytes, at: int) -> None:
    items = read(WHOLE[:at] + noise + WHOLE[at:])
    assert sum(isinstance(item, Remark) and item.broken for item in items) <= 1
