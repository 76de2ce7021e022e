"""Fragments of IP packets put together (RFC 791 §3.2, RFC 5722)."""

from __future__ import annotations

import itertools

import pytest

from portside.inspector.layers.decode import UDP, Fragment
from portside.inspector.streams.fragments import MOST_WAITING, Fragments, Whole

DATAGRAM = b"\x9c\x40\x00\x50" + (8 + 30).to_bytes(2) + b"\0\0" + bytes(range(30))


def part(offset: int, stop: int, which: int = 1) -> tuple[Fragment, bytes]:
    frame = b"#" * 34 + DATAGRAM[offset:stop]
    more = stop < len(DATAGRAM)
    return Fragment(which, offset, more, UDP, b"\1\1\1\1", b"\2\2\2\2", 34, len(frame)), frame


PARTS = [part(0, 16), part(16, 24), part(24, 38)]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_in_any_order_they_make_the_datagram(order: tuple[int, ...]) -> None:
    fragments = Fragments()
    found = [fragments.add(*PARTS[index], number=index + 10) for index in order]
    whole = found[-1]
    assert found[:2] == [None, None] and isinstance(whole, Whole)
    assert whole.data == DATAGRAM and whole.packets == (10, 11, 12)
    assert whole.data[whole.decoded.start : whole.decoded.stop] == bytes(range(30))
    assert whole.pieces == ((10, 34, 50), (11, 34, 42), (12, 34, 48))


def test_what_comes_twice_changes_nothing() -> None:
    fragments = Fragments()
    assert (
        fragments.add(*PARTS[0], number=1) is fragments.add(*PARTS[0], number=2) is fragments.add(*PARTS[1], number=3)
    )
    assert fragments.add(*PARTS[2], number=4) is not None


def test_overlapping_ones_are_given_up() -> None:
    fragments = Fragments()
    fragments.add(*part(0, 24), number=1)
    fragments.add(*part(16, 24), number=2)
    assert fragments.given_up == 1
    assert fragments.add(*PARTS[2], number=3) is None


def test_what_waits_is_bounded() -> None:
    fragments = Fragments()
    for which in range(MOST_WAITING + 5):
        fragments.add(*part(0, 16, which), number=which)
    assert fragments.given_up == 5


def test_a_datagram_too_short_for_its_header_is_nothing() -> None:
    fragments = Fragments()
    first = Fragment(1, 0, True, 6, b"\1\1\1\1", b"\2\2\2\2", 0, 8)
    last = Fragment(1, 8, False, 6, b"\1\1\1\1", b"\2\2\2\2", 0, 3)
    assert fragments.add(first, bytes(8), 1) is None and fragments.add(last, bytes(3), 2) is None
