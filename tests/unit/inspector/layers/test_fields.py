"""Frames taken apart: every envelope, every span inside its parent, however short the frame."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.capture.frames import ACK, SYN, handshake_options
from portside.inspector.layers.fields import take_apart
from portside.inspector.layers.headers import Header
from portside.inspector.layers.links import ETHERNET, RAW
from portside.protocols.explaining import Field
from tests.unit.inspector.layers.test_decode import HOP, LINKS, V4, V6, extended, frame, ip6


def check(headers: Sequence[Header], size: int) -> None:
    for header in headers:
        assert 0 <= header.span[0] <= header.span[1] <= size
        if header.inner is not None:
            assert header.span[0] <= header.inner[0] <= header.inner[1] <= header.span[1]
        for field in header.fields:
            inside(field, (0, size))


def inside(field: Field, around: tuple[int, int]) -> None:
    assert around[0] <= field.span[0] <= field.span[1] <= around[1]
    for part in field.parts:
        inside(part, field.span)


@pytest.mark.parametrize(("link", "data"), LINKS)
def test_every_frame_opens_down_to_its_payload(link: int, data: bytes) -> None:
    headers = take_apart(link, data)
    check(headers, len(data))
    assert headers[-1].name == "TCP segment" and headers[-1].inner is not None
    assert data[slice(*headers[-1].inner)] == b"hello"
    for size in range(len(data)):
        check(take_apart(link, data[:size]), size)


def test_a_usual_segment_is_three_envelopes_with_right_checksums() -> None:
    data = frame(V4.segment(0, 1, 2, ACK, b"hello"))
    headers = take_apart(ETHERNET, data)
    assert [header.name for header in headers] == ["Ethernet frame", "IPv4 packet", "TCP segment"]
    checksums = [field.meaning for header in headers for field in header.fields if "hecksum" in field.name]
    assert checksums == ["right", "right"]


def test_ipv6_and_udp() -> None:
    headers = take_apart(ETHERNET, frame(V6.datagram(0, b"hello")))
    assert [header.name for header in headers] == ["Ethernet frame", "IPv6 packet", "UDP datagram"]
    assert [field.meaning for field in headers[2].fields if field.name == "Checksum"] == ["right"]


def test_extension_headers_are_named() -> None:
    headers = take_apart(RAW, extended(ip6(), HOP))
    assert any("op-by-hop" in field.name for field in headers[0].fields)


def test_the_handshakes_options_are_named() -> None:
    data = frame(V4.segment(0, 1, 0, SYN, options=handshake_options(four=True)))
    (options,) = [field for field in take_apart(ETHERNET, data)[2].fields if field.name == "Options"]
    assert [part.name for part in options.parts] == ["Maximum segment size", "No operation", "Window scale"]


@given(st.binary(max_size=120), st.sampled_from([0, 1, 101, 108, 113, 276, 228, 229, 147]))
def test_noise_never_raises(data: bytes, link: int) -> None:
    check(take_apart(link, data), len(data))
