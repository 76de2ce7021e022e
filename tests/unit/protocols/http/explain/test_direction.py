"""One direction in pieces: whatever comes, each byte is in one of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.interfaces import Role
from portside.protocols.http.explain.direction import Direction, Kind, Piece, State

ASK = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def pieces(direction: Direction, data: bytes) -> list[Piece]:
    """All pieces, where no head is followed by a body."""
    found = direction.read(data)
    while found and found[-1][0] is Kind.HEAD:
        direction.follow(State.START)
        more = direction.go_on()
        if not more:
            break
        found += more
    return found


def kinds(direction: Direction, data: bytes) -> list[tuple[str, int]]:
    return [(kind.value, stop - start) for kind, start, stop, _ in pieces(direction, data)]


@pytest.mark.parametrize("rest", [b"A: b\r\n" * 20_000, b"A: " + b"b" * 120_000 + b"\r\n"])
def test_a_head_without_end_is_data_once(rest: bytes) -> None:
    direction = Direction(Role.SERVER)
    found = kinds(direction, b"HTTP/1.1 200 OK\r\n" + rest)
    assert {kind for kind, _ in found} == {"data"}
    assert kinds(direction, b"\r\nHTTP/1.1 204 No Content\r\n\r\n")[-1] == ("head", 27)


def test_the_beginning_of_a_line_before_a_hole_is_no_head() -> None:
    direction = Direction(Role.SERVER)
    direction.read(b"HTTP/1")
    assert [piece[0] for piece in direction.miss(10)] == [Kind.DATA]


@given(st.lists(st.integers(1, 40), max_size=12), st.integers(1, 4))
def test_any_split_gives_the_same_pieces(cuts: list[int], count: int) -> None:
    data = (b"no line of HTTP\r\n" + ASK) * count
    whole, split = Direction(Role.CLIENT), Direction(Role.CLIENT)
    expected = [(piece[0], piece[2]) for piece in pieces(whole, data) if piece[0] is Kind.HEAD]
    found = []
    for size in [*cuts, len(data)]:
        part, data = data[:size], data[size:]
        found += [(piece[0], piece[2]) for piece in pieces(split, part) if piece[0] is Kind.HEAD]
    assert found == expected and len(found) == count
    assert split.at == whole.at
