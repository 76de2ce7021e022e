"""Bytes as text, in any split, and text as bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.protocols.telnet.client.text import Decoding, Translation, encode, line_end, lookup


@given(text=st.text(st.characters(exclude_characters="\r\0", exclude_categories=["Cs"])), size=st.integers(1, 5))
def test_what_is_sent_is_read_again_in_any_split(text: str, size: int) -> None:
    data, decoding = encode(text, "utf-8"), Decoding("utf-8")
    read = "".join(decoding.decode(data[at : at + size]) for at in range(0, len(data), size)) + decoding.end()
    assert read == text


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        ([b"a\r\nb"], "a\nb"),
        ([b"a\r", b"\nb"], "a\nb"),
        ([b"a\r", b"b"], "a\rb"),
        ([b"a\r"], "a\r"),
        ([b"\xc3", b"\xa4"], "ä"),
        ([b"\xc3"], "\ufffd"),
        ([b"\xff"], "\ufffd"),
        ([b"\0a\0\0b"], "ab"),
    ],
)
def test_pieces(pieces: list[bytes], text: str) -> None:
    decoding = Decoding("utf-8")
    assert "".join([*map(decoding.decode, pieces), decoding.end()]) == text


def test_a_character_set_may_change_and_an_unknown_one_changes_nothing() -> None:
    decoding = Decoding("utf-8")
    decoding.change("ISO-8859-1")
    assert decoding.charset == "iso8859-1"
    assert decoding.decode(b"\xe4") == "ä"
    decoding.change("KLINGON")
    assert decoding.charset == "iso8859-1"


def test_what_a_character_set_lacks_is_a_question_mark() -> None:
    assert encode("ä€\n", "iso8859-1") == b"\xe4?\r\n"
    assert encode("a\r\nb", "ascii") == b"a\r\nb"


def test_in_binary_a_line_has_one_end() -> None:
    assert encode("a\r\nb\n", "ascii", binary=True) == b"a\nb\n"
    assert (line_end(binary=True), line_end(binary=False)) == ("\n", "\r\n")


def test_bytes_that_a_character_set_lacks_come_back_where_they_are_kept() -> None:
    decoding = Decoding("utf-8", "surrogateescape")
    assert decoding.decode(b"\xffa").encode("utf-8", "surrogateescape") == b"\xffa"


def test_naming_the_same_character_set_again_loses_no_half_character() -> None:
    decoding = Decoding("utf-8")
    assert decoding.decode(b"\xc3") == ""
    decoding.change("UTF8")
    assert decoding.decode(b"\xa4") == "ä"


def test_a_translation_leaves_line_ends_alone_and_survives_any_split() -> None:
    translation = Translation("utf-8", "iso8859-1")
    assert [translation(piece) for piece in (b"\n\xc3", b"\xb6\r\0", b"\xe2\x82\xac")] == [b"\n", b"\xf6\r\0", b"?"]


@pytest.mark.parametrize("name", ["klingon", "hex", "a\0b", ""])
def test_what_is_no_character_set_of_text_is_none(name: str) -> None:
    assert lookup(name) is None
    if name != "hex":
        with pytest.raises((LookupError, ValueError)):
            Translation(name, "utf-8")
