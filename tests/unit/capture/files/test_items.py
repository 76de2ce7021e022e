"""What a capture file holds."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from portside.capture.files.items import Packet, Remark


def test_a_packet_is_of_the_first_file_unless_told_otherwise() -> None:
    packet = Packet(1, 1, b"", 0, 0, 0)
    packet.file = 3
    assert (packet.file, packet.comment) == (3, "")


def test_what_is_read_stays_as_it_is() -> None:
    with pytest.raises(FrozenInstanceError):
        Remark("").text = "other"  # type: ignore[misc]
