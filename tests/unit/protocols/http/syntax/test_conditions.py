"""Entity tags and conditional requests (RFC 9110 §8.8, §13)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portside.errors import LocalError
from portside.protocols.http.messages import Headers
from portside.protocols.http.syntax.conditions import (
    ANY,
    ETag,
    Precondition,
    evaluate,
    if_range_holds,
    match_strongly,
    match_weakly,
    parse_etag,
    parse_etags,
    serialise_etag,
)
from portside.protocols.http.syntax.dates import serialise_date

steady = settings(derandomize=True, max_examples=300, deadline=None)
GO, KNOWN, FAILED = Precondition.PROCEED, Precondition.NOT_MODIFIED, Precondition.FAILED
CHANGED = 784111777.5
BEFORE, SAME, AFTER = (serialise_date(CHANGED + step) for step in (-1, 0, 1))
NOW = CHANGED + 1000
opaques = st.lists(st.sampled_from([0x21, *range(0x23, 0x7F), 0x80, 0xFF]), max_size=12).map(bytes)


@pytest.mark.parametrize("value, etag", [
    (b'"x"', ETag(b"x")), (b'W/"x"', ETag(b"x", True)), (b'""', ETag(b"")), (b'"a,b\\"', ETag(b"a,b\\")),
    (b'"\xff"', ETag(b"\xff")), (b"x", None), (b'w/"x"', None), (b'"x', None), (b'x"', None), (b'"a b"', None),
    (b'"a"b"', None), (b'"x"\n', None), (b"", None), (b"*", None), (b'W/ "x"', None), (b'"\x7f"', None),
])  # fmt: skip
def test_an_entity_tag_is_read_strictly(value: bytes, etag: ETag | None) -> None:
    assert parse_etag(value) == etag


@pytest.mark.parametrize("value, etags", [
    (b"*", ANY), (b" * ", ANY), (b'"*"', (ETag(b"*"),)), (b'"a"', (ETag(b"a"),)),
    (b'"a,b", W/"c",,"d" ,', (ETag(b"a,b"), ETag(b"c", True), ETag(b"d"))),
    (b"", None), (b",", None), (b"a", None), (b'"a" "b"', None), (b'"a", *', None), (b'"a", b', None),
    (b'"a"' + b" ," * 30000 + b"x", None),
])  # fmt: skip
def test_a_list_of_entity_tags_is_read_whole_or_not_at_all(value: bytes, etags: object) -> None:
    assert parse_etags(value) == etags


@pytest.mark.parametrize("one, other, strongly, weakly", [
    (ETag(b"1", True), ETag(b"1", True), False, True),
    (ETag(b"1", True), ETag(b"2", True), False, False),
    (ETag(b"1", True), ETag(b"1"), False, True),
    (ETag(b"1"), ETag(b"1"), True, True),
])  # fmt: skip
def test_tags_compare_as_the_table_of_section_8_8_3_2(one: ETag, other: ETag, strongly: bool, weakly: bool) -> None:
    assert match_strongly(one, other) is match_strongly(other, one) is strongly
    assert match_weakly(one, other) is match_weakly(other, one) is weakly


CASES = [
    # method, conditions, what they come to for a resource with the tag "x", changed at CHANGED
    ("GET", {}, GO),
    ("PUT", {}, GO),
    ("GET", {"If-Match": b'"x"'}, GO),
    ("GET", {"If-Match": b"*"}, GO),
    ("PUT", {"If-Match": b'"y", "x"'}, GO),
    ("PUT", {"If-Match": b'"y"'}, FAILED),
    ("GET", {"If-Match": b'"y"'}, FAILED),
    ("PUT", {"If-Match": b'W/"x"'}, FAILED),
    ("PUT", {"If-Match": b"x"}, FAILED),
    ("PUT", {"If-Match": b""}, FAILED),
    ("PUT", {"If-Unmodified-Since": BEFORE}, FAILED),
    ("GET", {"If-Unmodified-Since": BEFORE}, FAILED),
    ("PUT", {"If-Unmodified-Since": SAME}, GO),
    ("PUT", {"If-Unmodified-Since": AFTER}, GO),
    ("PUT", {"If-Unmodified-Since": b"yesterday"}, GO),
    ("PUT", {"If-Match": b'"x"', "If-Unmodified-Since": BEFORE}, GO),
    ("PUT", {"If-Match": b'"y"', "If-Unmodified-Since": AFTER}, FAILED),
    ("GET", {"If-None-Match": b'"x"'}, KNOWN),
    ("HEAD", {"If-None-Match": b'"x"'}, KNOWN),
    ("GET", {"If-None-Match": b'W/"x"'}, KNOWN),
    ("GET", {"If-None-Match": b'"a", "x"'}, KNOWN),
    ("GET", {"If-None-Match": b"*"}, KNOWN),
    ("GET", {"If-None-Match": b'"y"'}, GO),
    ("GET", {"If-None-Match": b"x"}, GO),
    ("PUT", {"If-None-Match": b'"x"'}, FAILED),
    ("PUT", {"If-None-Match": b"*"}, FAILED),
    ("PUT", {"If-None-Match": b'"y"'}, GO),
    ("PUT", {"If-None-Match": b"x"}, FAILED),
    ("DELETE", {"If-None-Match": b'"x"'}, FAILED),
    ("GET", {"If-Modified-Since": BEFORE}, GO),
    ("GET", {"If-Modified-Since": SAME}, KNOWN),
    ("HEAD", {"If-Modified-Since": AFTER}, KNOWN),
    ("GET", {"If-Modified-Since": b"tomorrow"}, GO),
    ("GET", {"If-Modified-Since": SAME + b", " + SAME}, GO),
    ("POST", {"If-Modified-Since": SAME}, GO),
    ("GET", {"If-None-Match": b'"y"', "If-Modified-Since": AFTER}, GO),
    ("GET", {"If-None-Match": b'"x"', "If-Modified-Since": BEFORE}, KNOWN),
    ("GET", {"If-Match": b'"x"', "If-None-Match": b'"x"'}, KNOWN),
    ("GET", {"If-Match": b'"y"', "If-None-Match": b'"x"'}, FAILED),
    ("GET", {"If-Unmodified-Since": BEFORE, "If-None-Match": b'"x"'}, FAILED),
    ("OPTIONS", {"If-Match": b'"y"'}, GO),
    ("TRACE", {"If-None-Match": b"*"}, GO),
]


@pytest.mark.parametrize("method, conditions, expected", CASES)
def test_conditions_are_evaluated_in_the_order_of_section_13_2_2(
    method: str, conditions: dict[str, bytes], expected: Precondition
) -> None:
    headers = Headers((name.encode(), value) for name, value in conditions.items())
    assert evaluate(method, headers, b'"x"', CHANGED, now=NOW) is expected


@pytest.mark.parametrize("method, conditions, expected", [
    ("PUT", {"If-None-Match": b"*"}, GO),
    ("PUT", {"If-None-Match": b'"x"'}, GO),
    ("PUT", {"If-Match": b"*"}, FAILED),
    ("PUT", {"If-Match": b'"x"'}, FAILED),
    ("PUT", {"If-Unmodified-Since": BEFORE}, GO),
    ("GET", {"If-Modified-Since": AFTER}, GO),
])  # fmt: skip
def test_conditions_on_what_is_not_there(method: str, conditions: dict[str, bytes], expected: Precondition) -> None:
    headers = Headers((name.encode(), value) for name, value in conditions.items())
    assert evaluate(method, headers, None, None, exists=False) is expected


def test_a_weak_tag_of_our_own_never_matches_strongly() -> None:
    assert evaluate("PUT", Headers([(b"If-Match", b'W/"x"')]), b'W/"x"', None) is FAILED
    assert evaluate("GET", Headers([(b"If-None-Match", b'W/"x"')]), b'W/"x"', None) is KNOWN
    assert not if_range_holds(b'W/"x"', b'W/"x"', None, NOW)


def test_something_without_a_tag_exists_all_the_same() -> None:
    assert evaluate("PUT", Headers([(b"If-Match", b"*")]), None, None) is GO
    assert evaluate("GET", Headers([(b"If-None-Match", b"*")]), None, None) is KNOWN
    assert evaluate("GET", Headers([(b"If-None-Match", b'"x"')]), None, None) is GO


@pytest.mark.parametrize("value, now, holds", [
    (None, NOW, True),
    (b'"x"', NOW, True),
    (b'"y"', NOW, False),
    (b'W/"x"', NOW, False),
    (b'"x", "y"', NOW, False),
    (b"*", NOW, False),
    (SAME, NOW, True),
    (BEFORE, NOW, False),
    (AFTER, NOW, False),
    (SAME, CHANGED + 0.3, False),
    (SAME, CHANGED + 0.5, True),
    (b"yesterday", NOW, False),
    (b"", NOW, False),
])  # fmt: skip
def test_if_range_holds_only_for_exactly_this_representation(value: bytes | None, now: float, holds: bool) -> None:
    assert if_range_holds(value, b'"x"', CHANGED, now) is holds


def test_if_range_needs_something_to_compare_with() -> None:
    assert not if_range_holds(b'"x"', None, CHANGED, NOW)
    assert not if_range_holds(SAME, b'"x"', None, NOW)


@pytest.mark.parametrize("opaque", [b'"', b" ", b"\n", b"\x7f"])
def test_a_tag_that_would_break_its_field_is_not_written(opaque: bytes) -> None:
    with pytest.raises(LocalError):
        serialise_etag(ETag(opaque))


@steady
@given(st.lists(st.builds(ETag, opaques, st.booleans()), min_size=1, max_size=5))
def test_entity_tags_come_back(etags: list[ETag]) -> None:
    assert [parse_etag(serialise_etag(etag)) for etag in etags] == etags
    assert parse_etags(b", ".join(map(serialise_etag, etags))) == tuple(etags)


@steady
@given(st.sampled_from(["GET", "PUT"]), st.binary() | st.text('W/"*, x').map(str.encode), st.booleans())
def test_nothing_that_comes_in_raises(method: str, value: bytes, exists: bool) -> None:
    for name in (b"If-Match", b"If-None-Match", b"If-Modified-Since", b"If-Unmodified-Since"):
        evaluate(method, Headers([(name, value)]), b'"x"' if exists else None, CHANGED, exists=exists, now=NOW)
    if_range_holds(value, b'"x"', CHANGED, NOW)
