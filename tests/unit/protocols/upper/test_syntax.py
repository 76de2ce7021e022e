from __future__ import annotations

import sys
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.protocols.upper.syntax import GROWTH, LONGEST_REST, split_incomplete, upper


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (b"", b""),
        (b"hello\n", b"HELLO\n"),
        (b"HELLO 123 \x00\x7f", b"HELLO 123 \x00\x7f"),
        ("straße", b"STRASSE"),
        ("äöü éà ñ", "ÄÖÜ ÉÀ Ñ".encode()),
        ("привет", "ПРИВЕТ".encode()),
        ("γειά σου ς", "ΓΕΙΆ ΣΟΥ Σ".encode()),
        ("ﬁ ﬀ ŉ ǰ ΐ", "FI FF \u02bcN J\u030c \u0399\u0308\u0301".encode()),
        ("ǆ ǅ", "Ǆ Ǆ".encode()),
        ("ı i", b"I I"),
        ("日本 😀", "日本 😀".encode()),
        ("𐐨", "𐐀".encode()),
        (b"a\xffb\xfe", b"A\xffB\xfe"),
        (b"\xc3", b"\xc3"),
        (b"a\xe2\x82z", b"A\xe2\x82Z"),
        (b"\xc0\xaf\xed\xa0\x80", b"\xc0\xaf\xed\xa0\x80"),
        (b"\xff\xc3\xa4\xff", b"\xff\xc3\x84\xff"),
        (b"\xc3\xa4\xc3", b"\xc3\x84\xc3"),
    ],
)
def test_text_is_raised_and_other_bytes_stay(given: bytes | str, expected: bytes) -> None:
    assert upper(given if isinstance(given, bytes) else given.encode()) == expected


@given(st.text(st.characters(codec="utf-8")))
def test_utf8_is_raised_as_unicode_says(text: str) -> None:
    assert upper(text.encode()).decode() == text.upper()


@given(st.binary())
def test_any_bytes_are_answered(data: bytes) -> None:
    assert len(upper(data)) <= GROWTH * len(data)


def test_no_character_grows_more_than_threefold() -> None:
    raised = [chr(code) for code in range(sys.maxunicode + 1) if chr(code).upper() != chr(code)]
    growth = {character: len(character.upper().encode()) / len(character.encode()) for character in raised}
    assert max(growth.values()) == GROWTH
    assert growth["\u0390"] == GROWTH


@pytest.mark.parametrize(
    ("data", "rest"),
    [
        (b"", b""),
        (b"abc", b""),
        ("ä".encode(), b""),
        (b"ab\xc3", b"\xc3"),
        (b"ab\xe2\x82", b"\xe2\x82"),
        (b"ab\xf0\x9f\x98", b"\xf0\x9f\x98"),
        (b"\xf0\x9f\x98\x80", b""),
        (b"\xf0\x9f\x98\x80\xf0", b"\xf0"),
        (b"\xff", b""),
        (b"\xc0", b""),
        (b"\xed\xa0", b""),
        (b"\xf4\x90", b""),
        (b"\xf5\x80\x80", b""),
        (b"\x80\x80\x80", b""),
        (b"a\x80\x80\x80\x80", b""),
        (b"\xe2\x82\xac\x82", b""),
    ],
)
def test_only_what_may_become_a_character_is_a_rest(data: bytes, rest: bytes) -> None:
    assert split_incomplete(data) == (data[: len(data) - len(rest)], rest)


PIECES = st.lists(
    st.one_of(
        st.binary(max_size=6),
        st.sampled_from("aäßŉΐ€😀日").map(lambda character: character.encode()),
        st.sampled_from([b"\xc3", b"\xe2\x82", b"\xf0\x9f\x98", b"\xed\xa0", b"\x80"]),
    ),
    max_size=12,
).map(b"".join)


@given(PIECES)
def test_a_rest_is_short_and_nothing_gets_lost(data: bytes) -> None:
    whole, rest = split_incomplete(data)
    assert whole + rest == data
    assert len(rest) <= LONGEST_REST


@given(PIECES, st.lists(st.integers(0, 60)))
def test_any_split_gives_the_same_bytes(data: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    out, held = b"", b""
    for start, end in pairwise(edges):
        whole, held = split_incomplete(held + data[start:end])
        out += upper(whole)
    assert out + upper(held) == upper(data)
