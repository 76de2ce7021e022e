"""Lines and replies, found by somebody who may have missed some."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.protocols.ftp.explain.splitting import LONGEST_LINE, MOST_LINES, Lines, ReplyEnds, ReplyGroups


def test_a_line_comes_when_its_end_does() -> None:
    lines = Lines()
    assert list(lines.read(b"NO")) == []
    assert not lines.between
    (line,) = lines.read(b"OP\r\n")
    assert (line.start, line.stop, line.data, line.whole) == (0, 6, b"NOOP\r\n", True)
    assert lines.between


def test_the_rest_of_a_line_behind_a_hole_is_not_whole() -> None:
    lines = Lines()
    list(lines.read(b"NO"))
    rest = lines.rest()
    assert rest is not None
    assert (rest.start, rest.data, rest.whole) == (0, b"NO", False)
    lines.miss(10)
    assert [(piece.start, piece.whole) for piece in lines.read(b"P\r\nNOOP\r\n")] == [(12, False), (15, True)]
    assert lines.rest() is None


@pytest.mark.parametrize("size", [LONGEST_LINE - 1, LONGEST_LINE, LONGEST_LINE + 1])
def test_a_line_has_a_limit(size: int) -> None:
    pieces = list(Lines().read(b"x" * (size - 1) + b"\n"))
    assert [piece.whole for piece in pieces] == ([True] if size <= LONGEST_LINE else [False, False])


@given(st.binary(max_size=300), st.integers(1, 9))
def test_no_byte_is_lost_and_any_split_gives_the_same_lines(data: bytes, step: int) -> None:
    lines, whole = Lines(), Lines()
    cut = [piece for at in range(0, len(data), step) for piece in lines.read(data[at : at + step])]
    assert cut == list(whole.read(data))
    rest = lines.rest()
    assert b"".join(piece.data for piece in [*cut, *([rest] if rest else [])]) == data


@pytest.mark.parametrize(
    ("lines", "ends"),
    [
        ([b"220 a"], [True]),
        ([b"220"], [True]),
        ([b"hello"], [True]),
        ([b"220-a", b"221 b", b"220b", b"220 c"], [False, False, False, True]),
        ([b"220-a", b"220"], [False, True]),
        ([b"220-a", b"220-b", b" 220 c", b"220 d"], [False, False, False, True]),
    ],
)
def test_a_reply_ends_with_its_code_and_a_space(lines: list[bytes], ends: list[bool]) -> None:
    groups = ReplyGroups()
    assert [groups.ends(line) for line in lines] == ends
    assert groups.between


def test_a_reply_has_a_limit() -> None:
    groups = ReplyGroups()
    assert [groups.ends(b"220-a") for _ in range(MOST_LINES)] == [False] * (MOST_LINES - 1) + [True]


def test_replies_are_found_by_their_first_bytes() -> None:
    ends = ReplyEnds()
    assert ends.read(b"220-a\r\n2") == []
    assert ends.read(b"20 b\r\n331 c\r\n") == [b"220-", b"331 "]
    ends.read(b"211-a\r\n23")
    ends.lose()
    assert ends.read(b"4 b\r\n200 c\r\n") == [b"200 "]
