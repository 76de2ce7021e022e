"""Lines, contents and chunks come out the same in any split."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.protocols.smtp.explain.splitting import LONGEST_LINE, ContentEnd, Octets, ReplyEnds, code_of


def lines_of(pieces: list[bytes]) -> list[tuple[int, bytes, bool]]:
    octets, found = Octets(), []
    for piece in pieces:
        octets.feed(piece)
        while (line := octets.line()) is not None:
            found.append((line.start, line.data, line.whole))
    rest = octets.rest()
    return found if rest is None else [*found, (rest.start, rest.data, rest.whole)]


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


@given(st.lists(st.sampled_from([b"a", b"\r\n", b"\n", b"\r", b"bc"]), max_size=20).map(b"".join), st.integers(1, 9))
def test_any_split_gives_the_same_lines(data: bytes, size: int) -> None:
    whole = lines_of([data])
    assert whole == lines_of(cut(data, size))
    assert b"".join(line for _, line, _ in whole) == data
    assert all(line.endswith(b"\n") for _, line, is_whole in whole if is_whole)


def test_a_line_that_never_ends_comes_in_parts() -> None:
    data = b"x" * (LONGEST_LINE + 5) + b"\nNOOP\r\n"
    for size in (len(data), 1000):
        parts = lines_of(cut(data, size))
        assert b"".join(part for _, part, _ in parts) == data
        assert [is_whole for _, _, is_whole in parts] == [False] * (len(parts) - 1) + [True]
        assert parts[-1][1] == b"NOOP\r\n"


def test_after_a_hole_the_rest_of_a_line_is_no_line() -> None:
    octets = Octets()
    octets.feed(b"NO")
    assert octets.line() is None and not octets.between
    rest = octets.rest()
    assert rest is not None and rest.data == b"NO"
    octets.miss(10)
    octets.feed(b"P\r\nQUIT\r\n")
    first, second = octets.line(), octets.line()
    assert first is not None and (first.start, first.data, first.whole) == (12, b"P\r\n", False)
    assert second is not None and (second.data, second.whole) == (b"QUIT\r\n", True)
    assert octets.between


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 100])
def test_a_content_is_followed_up_to_its_end(size: int) -> None:
    data = b"a\r\n..\r\n.\n.\r\n\r\n.\r\nQUIT\r\n"
    octets, content, whole = Octets(), b"", False
    octets.new_content()
    for piece in cut(data, size):
        octets.feed(piece)
        while not whole and (part := octets.content()) is not None:
            content, whole = content + part.data, part.whole
    assert (content, whole) == (data[:-6], True)
    octets.feed(b"")
    rest = octets.line()
    assert rest is not None and rest.data == b"QUIT\r\n"


@given(st.lists(st.sampled_from([b"\r\n", b".", b"\n", b"\r", b"a"]), max_size=20).map(b"".join), st.integers(1, 6))
def test_an_end_is_found_where_it_is_in_any_pieces(data: bytes, size: int) -> None:
    at = (b"\r\n" + data).find(b"\r\n.\r\n")
    expected = at + 3 if at >= 0 else -1
    assert ContentEnd().find(data) == expected
    end, seen = ContentEnd(), 0
    for piece in cut(data, size):
        found = end.find(piece)
        if found >= 0:
            assert seen + found == expected
            return
        seen += len(piece)
    assert expected == -1


def test_an_end_is_looked_for_from_where_the_content_begins() -> None:
    assert ContentEnd().find(b".\r\nDATA\r\n.\r\n", 9) == 12
    end = ContentEnd()
    end.lose()
    assert end.find(b".\r\n") == -1  # the middle of a line
    assert end.find(b".\r\n") == 3


def test_a_chunk_is_so_many_octets() -> None:
    octets = Octets()
    octets.feed(b"abc")
    first = octets.chunk(5)
    assert first is not None and (first.data, first.whole) == (b"abc", False) and octets.chunk(2) is None
    octets.feed(b"deQUIT\r\n")
    second = octets.chunk(2)
    assert second is not None and (second.start, second.data, second.whole, second.stop) == (3, b"de", True, 5)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
def test_replies_end_with_the_line_that_no_hyphen_stands_in(size: int) -> None:
    ends, data = ReplyEnds(), b"220-a\r\n220 b\r\nnonsense\r\n250\r\n35\r\n354 c\r\n250-d\r\n  e\r\n250 f\r\n2500 g\r\n"
    assert [code for piece in cut(data, size) for code in ends.read(piece)] == [220, 250, 354, 250]


def test_after_a_hole_the_rest_of_a_reply_is_none() -> None:
    ends = ReplyEnds()
    ends.read(b"25")
    ends.lose()
    assert ends.read(b"0 a\r\n250 b\r\n") == [250]


@pytest.mark.parametrize(
    ("line", "code"), [(b"250 x", 250), (b"550", 550), (b"150 x", 0), (b"25", 0), (b"2500", 0), ("٢٥٠".encode(), 0)]
)
def test_a_line_begins_with_a_code_or_not(line: bytes, code: int) -> None:
    assert code_of(line) == code
