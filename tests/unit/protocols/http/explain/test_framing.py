"""Framing, read passively: where messages begin and end (RFC 9112 §6)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.interfaces import Role
from portside.protocols.http.explain.direction import Kind, State
from portside.protocols.http.explain.framing import Framing

ASK = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def kinds(framing: Framing, role: Role, data: bytes) -> list[tuple[str, int]]:
    return [(kind.value, stop - start) for kind, start, stop, _ in framing.read(role, data)]


@pytest.mark.parametrize(
    ("method", "head", "after"),
    [
        (b"GET", b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", State.LENGTH),
        (b"GET", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", State.START),
        (b"HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", State.START),
        (b"GET", b"HTTP/1.1 204 No Content\r\n\r\n", State.START),
        (b"GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n", State.START),
        (b"GET", b"HTTP/1.1 100 Continue\r\n\r\n", State.START),
        (b"GET", b"HTTP/1.1 200 OK\r\n\r\n", State.UNTIL_CLOSE),
        (b"GET", CHUNKED, State.CHUNK_SIZE),
        (b"CONNECT", b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", State.SWITCHED),
        (b"CONNECT", b"HTTP/1.1 403 No\r\nContent-Length: 3\r\n\r\n", State.LENGTH),
        (b"GET", b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n", State.SWITCHED),
    ],
)
def test_what_was_asked_decides_how_the_answer_is_framed(method: bytes, head: bytes, after: State) -> None:
    framing = Framing()
    framing.read(Role.CLIENT, method + b" / HTTP/1.1\r\nHost: a\r\n\r\n")
    framing.read(Role.SERVER, head)
    assert framing.direction(Role.SERVER).state is after


def test_pipelined_requests_are_answered_in_order() -> None:
    framing = Framing()
    framing.read(Role.CLIENT, ASK.replace(b"GET", b"HEAD") + ASK)
    assert framing.asked() == b"HEAD"
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"
    assert kinds(framing, Role.SERVER, answer + answer + b"abc") == [
        ("head", 38), ("end", 0), ("head", 38), ("body", 3), ("end", 0),
    ]  # fmt: skip


def test_chunks_with_extensions_and_trailers() -> None:
    framing = Framing()
    body = b"3;a=b\r\nabc\r\n0\r\nX: y\r\n\r\n"
    assert kinds(framing, Role.SERVER, CHUNKED + body) == [
        ("head", len(CHUNKED)), ("between", 7), ("body", 3), ("between", 2), ("between", 3), ("trailer", 8), ("end", 0),
    ]  # fmt: skip


def test_lost_in_the_middle_it_goes_on_at_the_next_start_line() -> None:
    framing = Framing()
    assert kinds(framing, Role.CLIENT, b"rest of a body\r\nmore\r\n") == [("data", 22)]
    assert kinds(framing, Role.CLIENT, ASK) == [("head", len(ASK)), ("end", 0)]


def test_a_hole_in_a_body_of_known_length_is_counted() -> None:
    framing = Framing()
    framing.read(Role.SERVER, b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
    assert framing.miss(Role.SERVER, 4) == []
    assert kinds(framing, Role.SERVER, b"xyz") == [("body", 3), ("end", 0)]
    framing.read(Role.SERVER, b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
    framing.miss(Role.SERVER, 40)
    assert framing.direction(Role.SERVER).state is State.LOST


@given(
    st.lists(st.tuples(st.sampled_from(list(Role)), st.one_of(st.binary(max_size=40), st.sampled_from([ASK, CHUNKED]))))
)
def test_whatever_comes_the_pieces_follow_each_other(said: list[tuple[Role, bytes]]) -> None:
    framing = Framing()
    at = dict.fromkeys(Role, 0)
    for role, data in said:
        for kind, start, stop, head in framing.read(role, data):
            assert start == at[role] and stop >= start
            assert len(head) in (0, stop - start) and isinstance(kind, Kind)
            at[role] = stop
    for role in Role:
        for _, start, stop, _ in framing.end(role):
            assert start == at[role]
            at[role] = stop
