"""Messages as the bytes pass: any split finds the same ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.interfaces import Role
from portside.protocols.explaining import Said, Switch
from portside.protocols.http.explain.reading import HttpReader

GET = b"GET /a?b=c HTTP/1.1\r\nHost: example.org\r\nUser-Agent: test\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 5\r\n\r\nhello"
CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
Row = list[tuple[Role, bytes]]


def read(row: Row, step: int = 1 << 20) -> list[Said]:
    reader = HttpReader()
    found: list[Said] = []
    for role, data in row:
        for at in range(0, len(data), step):
            found += reader.read(role, data[at : at + step])
    for role in Role:
        found += reader.ended(role)
    return found


def told(found: list[Said]) -> list[tuple[object, ...]]:
    return [(one.role, one.kind, one.title, one.start, one.stop, one.complete, dict(one.facts)) for one in found]


@pytest.mark.parametrize("step", [1, 2, 7, 30])
def test_any_split_finds_the_same_messages(step: int) -> None:
    row = [(Role.CLIENT, GET + GET), (Role.SERVER, OK + CHUNKS), (Role.CLIENT, GET), (Role.SERVER, OK[:-2])]
    assert told(read(row, step)) == told(read(row))


def test_what_a_list_is_told() -> None:
    request, response = read([(Role.CLIENT, GET), (Role.SERVER, OK)])
    assert (request.title, request.complete, request.facts["host"]) == ("GET /a?b=c", True, "example.org")
    assert (response.title, response.facts["status"], response.facts["length"]) == ("200 OK", 200, 5)
    assert response.facts["type"] == "text/html" and response.answers is request
    assert (response.start, response.stop) == (0, len(OK))


def test_the_length_is_that_of_the_body_without_its_chunks() -> None:
    _, response = read([(Role.CLIENT, GET), (Role.SERVER, CHUNKS)])
    assert response.facts["length"] == 5 and response.complete and response.stop == len(CHUNKS)


def test_interim_answers_belong_to_the_same_request() -> None:
    row = [(Role.CLIENT, GET), (Role.SERVER, b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK)]
    request, hints, response = read(row)
    assert hints.kind == "interim response" and hints.answers is response.answers is request


def test_what_is_cut_short_says_so() -> None:
    found = read([(Role.CLIENT, GET), (Role.SERVER, OK[:-2])])
    assert not found[1].complete and found[1].notes == ("it was cut short",)
    (head,) = read([(Role.CLIENT, GET[:-2])])
    assert head.notes == ("its head was cut short",)


def test_a_body_without_length_ends_with_the_connection() -> None:
    _, response = read([(Role.CLIENT, GET), (Role.SERVER, b"HTTP/1.0 200 OK\r\n\r\nall of it")])
    assert response.complete and response.facts["length"] == 9


def test_holes_are_told() -> None:
    reader = HttpReader()
    reader.read(Role.CLIENT, GET)
    (response,) = reader.read(Role.SERVER, OK[:-3])
    reader.missed(Role.SERVER, 2)
    reader.read(Role.SERVER, b"o")
    assert response.complete and response.notes == ("2 bytes were not captured",) and response.stop == len(OK)


def test_a_hole_at_the_end_of_a_body_is_told_too() -> None:
    reader = HttpReader()
    (response,) = reader.read(Role.SERVER, OK[:-2])
    reader.missed(Role.SERVER, 2)
    assert response.complete and response.notes == ("2 bytes were not captured",) and response.stop == len(OK)
    assert response.facts["length"] == 3


def test_a_chunk_with_a_hole_over_its_end_leaves_data_that_belong_to_nothing() -> None:
    reader = HttpReader()
    (response,) = reader.read(Role.SERVER, CHUNKS[: CHUNKS.index(b"bc")])
    reader.missed(Role.SERVER, 4)
    (rest,) = reader.read(Role.SERVER, b"no size of a chunk\r\n")
    assert (response.complete, response.facts["length"]) == (False, 1)
    assert (rest.kind, dict(rest.facts)) == ("data", {})


def test_in_the_middle_it_begins_with_data() -> None:
    found = read([(Role.SERVER, b"the rest of a page\r\n" + OK)])
    assert [one.kind for one in found] == ["data", "response"]


def test_a_tunnel_is_a_switch() -> None:
    reader = HttpReader()
    connect = b"CONNECT a:443 HTTP/1.1\r\n\r\n"
    answer = b"HTTP/1.1 200 Fine\r\n\r\n"
    reader.read(Role.CLIENT, connect)
    reader.read(Role.SERVER, answer)
    assert reader.switch == Switch(len(connect), len(answer))
    assert list(reader.read(Role.CLIENT, b"\x16\x03\x01")) == []


def test_titles_and_facts_hold_no_secret() -> None:
    data = b"GET /?access_token=c4n4ry HTTP/1.1\r\nHost: a\r\n\r\n"
    answer = b"HTTP/1.1 302 Found\r\nLocation: /?token=c4n4ry\r\nContent-Length: 0\r\n\r\n"
    assert "c4n4ry" not in str(told(read([(Role.CLIENT, data), (Role.SERVER, answer)])))


@given(
    st.lists(
        st.tuples(st.sampled_from(list(Role)), st.one_of(st.binary(max_size=50), st.sampled_from([GET, OK, CHUNKS])))
    )
)
def test_noise_never_raises(row: Row) -> None:
    sizes = {role: sum(len(data) for who, data in row if who is role) for role in Role}
    for one in read(row):
        assert 0 <= one.start <= one.stop <= sizes[one.role]
