"""Bytes as text, in any split, and text as bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.protocols.telnet.client.text import Decoding, encode


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
