"""Range, Content-Range and multipart/byteranges (RFC 9110 §14)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portside.errors import LocalError
from portside.protocols.http.syntax.ranges import (
    MAX_RANGES,
    ByteRange,
    ContentRange,
    RangeFault,
    frame_parts,
    parse_content_range,
    parse_range,
    serialise_content_range,
    serialise_range,
)

steady = settings(derandomize=True, max_examples=300, deadline=None)
IGNORED, UNSATISFIABLE = RangeFault.IGNORED, RangeFault.UNSATISFIABLE
HUGE = b"9" * 5000


@pytest.mark.parametrize("value, expected", [
    (b"bytes=0-9", [(0, 9)]),
    (b"bytes=0-0", [(0, 0)]),
    (b"bytes=90-", [(90, 99)]),
    (b"bytes=-10", [(90, 99)]),
    (b"bytes=-1000", [(0, 99)]),
    (b"bytes=0-" + HUGE, [(0, 99)]),
    (b"bytes=-" + HUGE, [(0, 99)]),
    (b"bytes=000000000000000000000000000001-2", [(1, 2)]),
    (b"Bytes=5-6", [(5, 6)]),
    (b"bytes= 0-1 ,\t, 5-6 ,", [(0, 1), (5, 6)]),
    (b"bytes=50-59,0-9", [(50, 59), (0, 9)]),
    (b"bytes=0-9,200-300", [(0, 9)]),
    (b"bytes=0-9,10-19", [(0, 19)]),
    (b"bytes=0-9,5-30,20-40", [(0, 40)]),
    (b"bytes=80-89,0-9,5-20,60-69", [(80, 89), (0, 20), (60, 69)]),
    (b"bytes=0-,0-,0-,0-", [(0, 99)]),
    (b"bytes=0-0,-1", [(0, 0), (99, 99)]),
])  # fmt: skip
def test_satisfiable_ranges_are_clipped_and_made_one_where_they_meet(
    value: bytes, expected: list[tuple[int, int]]
) -> None:
    assert parse_range(value, 100) == tuple(ByteRange(*pair) for pair in expected)


@pytest.mark.parametrize(
    "value", [b"bytes=100-", b"bytes=100-200", b"bytes=-0", b"bytes=200-300,-0", b"bytes=" + HUGE + b"-"]
)
def test_a_range_behind_the_end_is_unsatisfiable(value: bytes) -> None:
    assert parse_range(value, 100) is UNSATISFIABLE


@pytest.mark.parametrize("value", [
    b"", b"bytes", b"bytes=", b"bytes=,", b"bytes=-", b"bytes=a-b", b"bytes=1", b"bytes=1-2-3", b"bytes=9-0",
    b"bytes=0-9,9-0", b"bytes=0-9;10-19", b"items=0-9", b"bytes 0-9", b"bytes=+1-2", b"bytes=1_0-20", b"bytes=0x0-9",
    b"bytes=0 - 9", b"bytes=0-9\n", b"bytes=0-9 10-19", b"bytes=--5", b"0-9", b"bytes =0-9",
    "bytes=0-٩".encode(), b"bytes=" + b"1-1," * MAX_RANGES + b"2-2", b"bytes=" + b" " * 60000 + b"x",
    b"bytes=0-0" + b" , " * 20000 + b"x",
])  # fmt: skip
def test_a_malformed_or_greedy_range_is_ignored_whole(value: bytes) -> None:
    assert parse_range(value, 100) is IGNORED


def test_as_many_ranges_as_allowed_are_served() -> None:
    value = b"bytes=" + b",".join(b"%d-%d" % (2 * n, 2 * n) for n in range(MAX_RANGES))
    ranges = parse_range(value, 1000)
    assert isinstance(ranges, tuple)
    assert len(ranges) == MAX_RANGES


@pytest.mark.parametrize(
    "value, expected",
    [(b"bytes=0-", UNSATISFIABLE), (b"bytes=0-0", UNSATISFIABLE), (b"bytes=-5", IGNORED), (b"bytes=-0", UNSATISFIABLE)],
)
def test_nothing_of_an_empty_file_can_be_sent_in_parts(value: bytes, expected: RangeFault) -> None:
    assert parse_range(value, 0) is expected


@pytest.mark.parametrize("value, part, size", [
    (b"bytes 0-9/100", ByteRange(0, 9), 100),
    (b"bytes 0-9/*", ByteRange(0, 9), None),
    (b"bytes */100", None, 100),
    (b"bytes 99-99/100", ByteRange(99, 99), 100),
    (b"bytes */0", None, 0),
])  # fmt: skip
def test_a_content_range_is_read_and_written(value: bytes, part: ByteRange | None, size: int | None) -> None:
    assert parse_content_range(value) == ContentRange(part, size)
    assert serialise_content_range(part, size) == value


@pytest.mark.parametrize("value", [
    b"", b"bytes", b"bytes */*", b"bytes 0-9", b"bytes=0-9/100", b"bytes 9-0/100", b"bytes 0-100/100", b"bytes 0-9/9",
    b"bytes 0-/100", b"bytes -9/100", b"items 0-9/100", b"bytes  0-9/100", b"bytes 0-9/100 ", b"bytes +0-9/100",
    b"bytes 0-9/1_00", b"bytes 0-9/100\n", b"bytes 0-" + HUGE + b"/*", b"bytes */" + HUGE,
])  # fmt: skip
def test_a_content_range_that_makes_no_sense_is_none(value: bytes) -> None:
    assert parse_content_range(value) is None


def test_a_content_range_needs_something_to_say() -> None:
    with pytest.raises(LocalError):
        serialise_content_range(None, None)


@pytest.mark.parametrize("ranges", [[], [(5, 4)], [(-5, 4)]])
def test_a_range_that_makes_no_sense_is_not_written(ranges: list[tuple[int, int | None]]) -> None:
    with pytest.raises(LocalError):
        serialise_range(ranges)


def test_a_range_field_is_written() -> None:
    assert serialise_range([(0, 9), (20, None), (-5, None)]) == b"bytes=0-9,20-,-5"


@pytest.mark.parametrize(
    "boundary, content_type",
    [
        (b"", b"text/plain"),
        (b"a" * 71, b"text/plain"),
        (b'a"b', b"a/b"),
        (b"a\r\nb", b"a/b"),
        (b"a", b"a/b\r\nSet-Cookie: x"),
    ],
)
def test_nothing_breaks_the_frame_of_the_parts(boundary: bytes, content_type: bytes) -> None:
    with pytest.raises(LocalError):
        frame_parts((ByteRange(0, 1), ByteRange(5, 6)), 10, boundary, content_type)


def test_parts_stand_between_boundaries() -> None:
    framing = frame_parts((ByteRange(0, 1), ByteRange(5, 7)), 10, b"xyz", b"text/plain")
    data = b"0123456789"
    body = framing.heads[0] + data[0:2] + framing.heads[1] + data[5:8] + framing.tail
    assert framing.content_type == b'multipart/byteranges; boundary="xyz"'
    assert framing.length == len(body)
    assert body == (
        b"--xyz\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-1/10\r\n\r\n01"
        b"\r\n--xyz\r\nContent-Type: text/plain\r\nContent-Range: bytes 5-7/10\r\n\r\n567"
        b"\r\n--xyz--\r\n"
    )


pairs = st.tuples(st.integers(0, 120), st.none() | st.integers(0, 40)).map(
    lambda pair: (pair[0], None if pair[1] is None else pair[0] + pair[1])
)


@steady
@given(
    st.lists(pairs | st.tuples(st.integers(-120, -1), st.none()), min_size=1, max_size=MAX_RANGES), st.integers(1, 100)
)
def test_exactly_the_bytes_asked_for_are_selected_and_each_once(
    ranges: list[tuple[int, int | None]], size: int
) -> None:
    wanted: set[int] = set()
    for first, last in ranges:
        wanted.update(range(size)[first:] if last is None else range(size)[first : last + 1])
    found = parse_range(serialise_range(ranges), size)
    if not wanted:
        assert found is UNSATISFIABLE
    else:
        assert isinstance(found, tuple)
        sent = [place for part in found for place in range(part.first, part.last + 1)]
        assert len(sent) == len(wanted)
        assert set(sent) == wanted


@steady
@given(st.integers(0, 10**18), st.integers(0, 10**18), st.none() | st.integers(1, 10**18))
def test_every_content_range_comes_back(first: int, more: int, beyond: int | None) -> None:
    part = ByteRange(first, first + more)
    size = None if beyond is None else part.last + beyond
    assert parse_content_range(serialise_content_range(part, size)) == ContentRange(part, size)


@steady
@given(st.binary() | st.text("bytes=-, 0123456789/*").map(str.encode), st.integers(0, 2**63))
def test_nothing_that_comes_in_raises(value: bytes, size: int) -> None:
    for field in (value, b"bytes=" + value):
        found = parse_range(field, size)
        if isinstance(found, tuple):
            assert 0 < sum(part.count for part in found) <= size
    for field in (value, b"bytes " + value):
        said = parse_content_range(field)
        assert said is None or said.part is None or said.part.count > 0
