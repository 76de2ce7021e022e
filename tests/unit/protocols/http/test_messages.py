"""Requests, responses and their fields (RFC 9110 §5)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.protocols.http.messages import NO_HEADERS, Data, End, Headers, Request, Response, reason_phrase

HEADERS = Headers([(b"Host", b"a"), (b"Accept", b"x"), (b"accept", b"y"), (b"X-Caf\xe9", b"\xff")])


def test_lines_of_one_name_are_combined_in_their_order() -> None:
    assert HEADERS.get(b"accept") == b"x, y"
    assert HEADERS.all(b"accept") == [b"x", b"y"]
    assert HEADERS["ACCEPT"] == "x, y"


def test_what_is_missing_is_missing() -> None:
    assert HEADERS.get(b"cookie") is None
    assert HEADERS.all(b"cookie") == []
    assert HEADERS.text("Cookie", "none") == "none"
    assert "cookie" not in HEADERS
    assert b"cookie" not in HEADERS
    with pytest.raises(KeyError):
        HEADERS["Cookie"]


def test_names_compare_without_regard_to_case_and_lines_stay_as_written() -> None:
    assert "hOST" in HEADERS
    assert HEADERS.text("HOST") == "a"
    assert [name for name, _ in HEADERS] == ["Host", "Accept", "accept", "X-Café"]
    assert len(HEADERS) == 4


def test_a_value_keeps_every_byte_as_text() -> None:
    every = bytes(range(256))
    assert Headers([(b"A", every)]).text("a").encode("latin-1") == every


def test_headers_are_equal_as_their_lines_are() -> None:
    assert Headers([(b"A", b"b")]) == Headers([(b"A", b"b")])
    assert hash(Headers([(b"A", b"b")])) == hash(Headers([(b"A", b"b")]))
    assert Headers([(b"A", b"b")]) != Headers([(b"a", b"b")])
    assert Headers([(b"A", b"b")]) != [(b"A", b"b")]
    assert repr(Headers([(b"A", b"b")])) == "Headers([(b'A', b'b')])"


def test_headers_do_not_change_but_have_changed_copies() -> None:
    longer = HEADERS.with_lines((b"Z", b"z"))
    assert longer["z"] == "z"
    assert "z" not in HEADERS
    shorter = longer.without(b"accept", b"host")
    assert [name for name, _ in shorter.lines] == [b"X-Caf\xe9", b"Z"]
    assert len(NO_HEADERS) == 0


@given(st.lists(st.tuples(st.sampled_from([b"A", b"a", b"B"]), st.binary(max_size=5)), max_size=6))
def test_a_field_is_all_of_its_lines(lines: list[tuple[bytes, bytes]]) -> None:
    headers = Headers(lines)
    values = [value for name, value in lines if name.lower() == b"a"]
    assert headers.all(b"a") == values
    assert headers.get(b"a") == (b", ".join(values) if values else None)


def test_requests_and_responses_are_themselves() -> None:
    """What is remembered hangs on this very object, whatever another one says."""
    assert Request("GET", "/") != Request("GET", "/")
    assert Response(200) != Response(200)
    assert len({Request("GET", "/"), Request("GET", "/")}) == 2


def test_pieces_are_what_they_hold() -> None:
    assert Data(b"x") == Data(b"x")
    assert End() == End(NO_HEADERS)


@pytest.mark.parametrize(("status", "phrase"), [
    (200, "OK"), (404, "Not Found"), (413, "Content Too Large"), (414, "URI Too Long"), (416, "Range Not Satisfiable"),
    (421, "Misdirected Request"), (422, "Unprocessable Content"), (431, "Request Header Fields Too Large"), (599, ""),
    (999, ""),
])  # fmt: skip
def test_a_status_has_its_registered_phrase_on_every_python(status: int, phrase: str) -> None:
    assert reason_phrase(status) == phrase
    assert Response(status).phrase == phrase


def test_a_phrase_of_ones_own_goes_before() -> None:
    assert Response(404, reason="Gone fishing").phrase == "Gone fishing"
