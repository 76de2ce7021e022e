from __future__ import annotations

import pytest

from portside.capture.live.bpf import ETHERNET, LOOPBACK, NONE
from portside.capture.live.sightings import LINK_ETHERNET, LINK_RAW, Frame, link_of
from tests.support.sightings import seen

FRAME = bytes(range(60))


@pytest.mark.parametrize("hardware", [ETHERNET, LOOPBACK])
def test_a_frame_is_copied_as_it_is(hardware: int) -> None:
    assert seen(FRAME, 7, hardware=hardware).frame() == Frame(7, 1, LINK_ETHERNET, FRAME, 60)


def test_a_vlan_tag_that_was_taken_out_stands_behind_the_addresses_again() -> None:
    sighting = seen(FRAME)
    sighting.vlan = b"\x81\x00\x00\x07"
    frame = sighting.frame()
    assert frame.data == FRAME[:12] + b"\x81\x00\x00\x07" + FRAME[12:]
    assert frame.length == 64


def test_what_has_no_link_header_or_an_unknown_one_begins_with_ip() -> None:
    assert seen(FRAME, hardware=NONE, network=0).frame() == Frame(0, 1, LINK_RAW, FRAME, 60)
    assert seen(FRAME, hardware=512, network=2).frame() == Frame(0, 1, LINK_RAW, FRAME[2:], 58)


def test_a_frame_that_was_cut_keeps_its_length() -> None:
    sighting = seen(FRAME)
    sighting.length = 1000
    assert (len(sighting.frame().data), sighting.frame().length) == (60, 1000)


def test_link_types_are_those_of_capture_files() -> None:
    assert [link_of(hardware) for hardware in (ETHERNET, LOOPBACK, NONE, 512)] == [1, 1, 101, 101]
