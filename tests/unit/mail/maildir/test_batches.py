"""Batches: whole or not there, and told from what was there before and from what is made to look like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.mail.maildir import batches
from portside.mail.maildir.batches import BLOCK, Entry

KEY = 0x1122334455667788
ENTRIES = [
    Entry("1.a.h", ("",), b"one", 1),
    Entry("2.b.h", ("x@y", "jürgen@y"), None, 2),
    Entry("3.c.h", ("",), b"", 3),
]


def segment(*parts: bytes, key: int = KEY) -> bytes:
    return batches.serialise_header(key) + b"".join(parts)


def read(data: bytes, key: int = KEY) -> tuple[list[int], bool]:
    found, damaged = batches.parse_segment(data, key)
    return [batch.number for batch in found], damaged


def test_a_batch_comes_back_as_it_was() -> None:
    data = batches.serialise_batch(KEY, 7, ENTRIES)
    found = batches.parse_batch(data, 0, KEY)
    assert found is not None
    assert found == (batches.Batch(7, tuple(ENTRIES)), len(data))
    assert len(data) % BLOCK == 0


@given(st.lists(st.tuples(st.text(max_size=30), st.binary(max_size=9000)), min_size=1, max_size=5))
def test_whatever_is_written_is_read_again_and_fits_where_it_was_said_to(content: list[tuple[str, bytes]]) -> None:
    entries = [Entry(f"{n}.h", (box.replace("\n", ""),), data, n) for n, (box, data) in enumerate(content)]
    data = batches.serialise_batch(KEY, 1, entries)
    assert len(data) <= batches.batch_size(entries)
    found = batches.parse_batch(data, 0, KEY)
    assert found is not None and found[0].entries == tuple(entries)


def test_a_header_tells_its_key() -> None:
    assert batches.parse_header(batches.serialise_header(KEY)) == KEY


@pytest.mark.parametrize("block", [b"", b"\0" * BLOCK, b"x" * BLOCK, batches.serialise_header(KEY)[:30]])
def test_what_is_no_header_has_no_key(block: bytes) -> None:
    assert batches.parse_header(block) is None


def test_a_broken_header_has_no_key() -> None:
    block = bytearray(batches.serialise_header(KEY))
    block[26] ^= 1
    assert batches.parse_header(bytes(block)) is None


def test_a_header_of_a_later_version_is_told() -> None:
    block = bytearray(batches.serialise_header(KEY))
    block[23] = 2
    with pytest.raises(batches.NewerLog, match="version 2"):
        batches.parse_header(bytes(block))


@pytest.mark.parametrize("at", [0, 5, 20, 30, 36, 40, 60])
def test_one_changed_bit_makes_the_batch_none(at: int) -> None:
    data = bytearray(batches.serialise_batch(KEY, 1, ENTRIES))
    data[at] ^= 4
    assert batches.parse_batch(bytes(data), 0, KEY) is None


def test_every_cut_makes_the_batch_none() -> None:
    data = batches.serialise_batch(KEY, 1, [Entry("1.h", ("",), b"x" * 5000, 1)])
    whole = 5000 + 40
    assert all(batches.parse_batch(data[:end], 0, KEY) is None for end in range(0, whole, 97))


def test_a_torn_batch_at_the_end_is_no_damage() -> None:
    first, second = (batches.serialise_batch(KEY, n, ENTRIES) for n in (1, 2))
    assert read(segment(first, second[:20], bytes(BLOCK))) == ([1], False)


def test_a_broken_batch_ahead_of_a_whole_one_is_damage_and_loses_no_other() -> None:
    first, second, third = (batches.serialise_batch(KEY, n, ENTRIES) for n in (1, 2, 3))
    broken = b"?" * len(second)
    assert read(segment(first, broken, third)) == ([1, 3], True)


def test_what_an_earlier_use_left_behind_does_not_count() -> None:
    old = [batches.serialise_batch(KEY + 1, n, ENTRIES) for n in (1, 2)]
    new = batches.serialise_batch(KEY, 3, ENTRIES)
    assert read(segment(new, *old)) == ([3], False)
    assert read(segment(*old)) == ([], False)


def test_a_message_that_looks_like_a_batch_is_none() -> None:
    forged = batches.serialise_batch(KEY + 1, 2, [Entry("forged", ("../../etc",), b"", 9)])
    carrier = batches.serialise_batch(KEY, 1, [Entry("1.h", ("",), bytes(BLOCK - 60) + forged * 2, 1)])
    assert read(segment(b"\0" * BLOCK, carrier[BLOCK:])) == ([], False)


@given(st.lists(st.tuples(st.integers(0, 6 * BLOCK - 1), st.integers(0, 255)), max_size=20))
def test_whatever_is_damaged_nothing_is_read_that_was_not_written(changes: list[tuple[int, int]]) -> None:
    whole = segment(
        *(batches.serialise_batch(KEY, n, [Entry(f"{n}.h", ("",), b"x" * 500 * n, n)]) for n in range(1, 6))
    )
    data = bytearray(whole)
    for at, octet in changes:
        data[at] = octet
    written, _ = batches.parse_segment(whole, KEY)
    found, _ = batches.parse_segment(bytes(data), KEY)
    assert all(batch in written for batch in found)
    assert len(written) == 5
