"""Blocks of pcapng as they are written: whole, padded, and read by our own reader as what they were."""

from __future__ import annotations

import platform

import pytest

from portside.capture.files import pcapng
from portside.capture.files.blocks import BlockReader
from portside.capture.files.items import Interface, Packet, Secrets

TIME = 1_764_000_000_123_456_789


def test_the_first_bytes_are_what_the_format_asks() -> None:
    block = pcapng.section_header()
    assert block.hex() == "0a0d0d0a1c0000004d3c2b1a01000000ffffffffffffffff1c000000"


@pytest.mark.parametrize("size", range(9))
@pytest.mark.parametrize("comment", ["", "a", "four"])
def test_a_packet_is_padded_to_words(size: int, comment: str) -> None:
    block = pcapng.enhanced_packet(0, TIME, bytes(size), length=100, comment=comment)
    assert len(block) % 4 == 0
    assert block[4:8] == block[-4:] == len(block).to_bytes(4, "little")


def test_what_is_written_is_read() -> None:
    whole = b"".join(
        (
            pcapng.section_header(program="portside", comment="x" * 100_000),
            pcapng.interface(1, name="lo", description="loopback", comment="made up"),
            pcapng.secrets(b"CLIENT_RANDOM 00 11\n"),
            pcapng.enhanced_packet(0, TIME, b"abcde", length=9, comment="a packet"),
            pcapng.statistics(0, TIME, received=1, dropped=0),
        )
    )
    items, used = BlockReader().read(whole)
    assert used == len(whole)
    assert items[1:3] == [Interface(0, 1, "lo", "loopback", "made up"), Secrets(b"CLIENT_RANDOM 00 11\n")]
    packet = items[3]
    assert isinstance(packet, Packet)
    assert (packet.time, packet.data, packet.length, packet.comment) == (TIME, b"abcde", 9, "a packet")
    assert whole[packet.place : packet.place + 5] == b"abcde"


def test_a_section_of_ours_says_what_wrote_it_and_where() -> None:
    block = pcapng.section_of_ours("portside 1.2")
    assert b"portside 1.2" in block and platform.release().encode() in block
    assert block[4:8] == block[-4:] == len(block).to_bytes(4, "little")
