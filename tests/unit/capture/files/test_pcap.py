"""Classic pcap, in both byte orders and both clocks."""

from __future__ import annotations

import struct

import pytest

from portside.capture.files.items import Interface, Packet, Remark
from portside.capture.files.pcap import PcapReader


def pcap(order: str, magic: int, packets: list[tuple[int, int, bytes]], link: int = 1) -> bytes:
    head = struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, 65535, link)
    return head + b"".join(
        struct.pack(f"{order}IIII", seconds, fraction, len(data), len(data) + 1) + data
        for seconds, fraction, data in packets
    )


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("magic", "tick"), [(0xA1B2C3D4, 1000), (0xA1B23C4D, 1)])
@pytest.mark.parametrize("step", [1, 7, 1000])
def test_packets_and_their_times(order: str, magic: int, tick: int, step: int) -> None:
    data = pcap(order, magic, [(5, 7, b"abc"), (6, 8, b"")])
    reader = PcapReader(data[:4])
    items, buffer = [], b""
    for start in range(0, len(data), step):
        buffer += data[start : start + step]
        found, used = reader.read(buffer)
        items += found
        buffer = buffer[used:]
    assert items[0] == Interface(0, 1)
    first, second = items[1:]
    assert isinstance(first, Packet) and isinstance(second, Packet)
    assert (first.time, first.data, first.length) == (5 * 10**9 + 7 * tick, b"abc", 4)
    assert data[first.place : first.place + 3] == b"abc" and second.data == b""


def test_the_length_of_a_checksum_is_no_part_of_the_link_type() -> None:
    data = pcap("<", 0xA1B2C3D4, [], link=0x14000001)
    assert PcapReader(data[:4]).read(data)[0] == [Interface(0, 1)]


def test_a_packet_that_claims_too_much_is_damage() -> None:
    data = pcap("<", 0xA1B2C3D4, [(1, 1, b"abc")]) + struct.pack("<IIII", 1, 1, 1 << 31, 1)
    reader = PcapReader(data[:4])
    remark = reader.read(data)[0][-1]
    assert isinstance(remark, Remark) and reader.broken and "claims to have 2,147,483,648 bytes" in remark.text
