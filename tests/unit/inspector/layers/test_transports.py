"""TCP, UDP and ICMP in words, and what their checksums tell."""

from __future__ import annotations

import pytest

from portside.capture.frames import ACK, FIN, PSH, SYN
from portside.inspector.layers.fields import take_apart
from portside.inspector.layers.headers import checksum
from portside.inspector.layers.links import ETHERNET, RAW
from tests.unit.inspector.layers.test_decode import V4, frame, ip4

TCP_CHECKSUM = 14 + 20 + 16


def verdict(data: bytes) -> str:
    (found,) = [field.meaning for field in take_apart(ETHERNET, data)[2].fields if field.name == "Checksum"]
    return found


def test_a_wrong_checksum_is_told_with_the_right_one() -> None:
    data = bytearray(frame(V4.segment(0, 1, 2, ACK, b"hello")))
    right = data[TCP_CHECKSUM : TCP_CHECKSUM + 2].hex()
    data[TCP_CHECKSUM : TCP_CHECKSUM + 2] = b"\x12\x34"
    assert verdict(bytes(data)).endswith(f"it should be 0x{right}")


def test_a_checksum_that_the_card_was_to_finish_is_no_mistake() -> None:
    data = bytearray(frame(V4.segment(0, 1, 2, ACK, b"hello")))
    pseudo = bytes(data[26:34]) + b"\0\x06" + (25).to_bytes(2)
    data[TCP_CHECKSUM : TCP_CHECKSUM + 2] = (0xFFFF - checksum(pseudo)).to_bytes(2)
    assert verdict(bytes(data)).startswith("begun")


@pytest.mark.parametrize(
    ("flags", "said"), [(SYN, "SYN"), (SYN | ACK, "SYN, ACK"), (PSH | ACK, "PSH, ACK"), (FIN | ACK, "FIN, ACK")]
)
def test_flags_are_named_and_each_is_explained(flags: int, said: str) -> None:
    (field,) = [one for one in take_apart(ETHERNET, frame(V4.segment(0, 1, 2, flags)))[2].fields if one.name == "Flags"]
    assert field.value == said and all(part.value for part in field.parts)
    assert len(field.parts) == said.count(",") + 1


def test_what_a_segment_carries_is_counted() -> None:
    fields = {
        one.name: one.meaning for one in take_apart(ETHERNET, frame(V4.segment(0, 100, 2, ACK, b"hello")))[2].fields
    }
    assert fields["Sequence number"] == "carries bytes 100 to 104 of this direction"
    assert fields["Acknowledgment number"] == "everything before byte 2 has arrived"


def test_icmp_is_named() -> None:
    whole = bytearray(ip4())
    whole[9] = 1
    headers = take_apart(RAW, bytes(whole))
    assert headers[-1].name == "ICMP message"
