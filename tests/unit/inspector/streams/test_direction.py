"""One direction of TCP: whatever comes in whatever order, the bytes come out in theirs."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from portside.inspector.streams.direction import LARGEST_GAP, MOST_HELD, Direction, Gap, InOrder, Piece


def begun(seq: int = 1000) -> Direction:
    direction = Direction()
    direction.begin(seq)
    return direction


def joined(found: InOrder) -> bytes:
    return b"".join(one.data if isinstance(one, Piece) else b"_" * one.size for one in found)


def test_in_order_it_passes_on() -> None:
    direction = begun()
    assert direction.add(1000, b"abc", 3, 1, 54) == [Piece(0, b"abc", 1, 54)]
    assert direction.add(1003, b"def", 3, 2, 54) == [Piece(3, b"def", 2, 54)]


def test_what_comes_early_waits() -> None:
    direction = begun()
    assert direction.add(1003, b"def", 3, 2, 54) == []
    assert direction.add(1000, b"abc", 3, 1, 54) == [Piece(0, b"abc", 1, 54), Piece(3, b"def", 2, 54)]


def test_what_was_sent_again_is_counted_and_its_new_end_is_taken() -> None:
    direction = begun()
    direction.add(1000, b"abc", 3, 1, 54)
    assert direction.add(1000, b"abc", 3, 2, 54) == []
    assert direction.add(1001, b"bcd", 3, 3, 54) == [Piece(3, b"d", 3, 56)]
    assert direction.repeated == 1


def test_a_loss_becomes_a_gap_once_it_is_acknowledged() -> None:
    direction = begun()
    direction.add(1000, b"abc", 3, 1, 54)
    assert direction.add(1006, b"ghi", 3, 3, 54) == []
    assert direction.acknowledged(1009) == [Gap(3, 3), Piece(6, b"ghi", 3, 54)]
    assert direction.missing == 3


def test_what_the_snap_length_cut_is_a_gap() -> None:
    direction = begun()
    assert direction.add(1000, b"ab", 5, 1, 54) == [Piece(0, b"ab", 1, 54), Gap(2, 3)]
    assert direction.add(1005, b"", 5, 2, 54) == [Gap(5, 5)]


def test_numbers_wrap_around() -> None:
    direction = begun(2**32 - 2)
    found = direction.add(2**32 - 2, b"abcd", 4, 1, 0) + direction.add(2, b"ef", 2, 2, 0)
    assert joined(found) == b"abcdef"


def test_a_stray_segment_is_left_out() -> None:
    direction = begun()
    assert direction.add(1000 + LARGEST_GAP + 10, b"zzz", 3, 1, 0) == []
    assert direction.add(1000 + (1 << 30) + 10, b"zzz", 3, 1, 0) == []
    assert joined(direction.add(1000, b"abc", 3, 2, 0)) == b"abc" and direction.strays == 2


def test_what_waits_is_bounded() -> None:
    direction = begun()
    size = 60_000
    found: InOrder = []
    for number in range(2 * MOST_HELD // size):
        found += direction.add(1001 + number * size, bytes(size), size, number, 0)
    assert found and found[0] == Gap(0, 1)


def test_an_end_comes_when_all_before_it_has() -> None:
    direction = begun()
    direction.fin(1003)
    assert not direction.at_end
    direction.add(1000, b"abc", 3, 1, 0)
    assert direction.at_end


def test_at_the_end_of_the_capture_what_waits_comes_out_behind_its_gap() -> None:
    direction = begun()
    direction.add(1005, b"fgh", 3, 1, 0)
    assert joined(direction.close()) == b"_____fgh"


@given(
    st.binary(min_size=1, max_size=200),
    st.lists(st.tuples(st.integers(0, 199), st.integers(1, 60)), max_size=40),
    st.integers(0, 2**32 - 1),
)
def test_any_segments_in_any_order_give_the_same_bytes(whole: bytes, asked: list[tuple[int, int]], isn: int) -> None:
    direction = begun(isn)
    pieces = [(start % len(whole), size) for start, size in asked] + [(at, 1) for at in range(len(whole))]
    found: InOrder = []
    for number, (start, size) in enumerate(pieces):
        data = whole[start : start + size]
        found += direction.add((isn + start) % 2**32, data, len(data), number, start)
    assert joined(found) == whole
    assert all(isinstance(one, Piece) and whole[one.at : one.at + len(one.data)] == one.data for one in found)


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.binary(max_size=9), st.integers(0, 30)), max_size=30))
def test_noise_gives_offsets_that_only_grow(segments: list[tuple[int, bytes, int]]) -> None:
    direction = Direction()
    at = 0
    for seq, data, more in segments:
        for one in direction.add(seq, data, len(data) + more, 1, 0) + direction.acknowledged((seq + 7) % 2**32):
            assert one.offset == at
            at += len(one.data) if isinstance(one, Piece) else one.size
