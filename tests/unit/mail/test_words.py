"""Encoded words: the examples of RFC 2047 §8, what programs do to them, and there and back again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.mail.words import LONGEST_WORD, decode_base64, decode_words, encode_words, needs_encoding


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("=?ISO-8859-1?Q?a?=", "a"),
        ("=?ISO-8859-1?Q?a?= b", "a b"),
        ("=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab"),
        ("=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=", "ab"),
        ("=?ISO-8859-1?Q?a?=\r\n    =?ISO-8859-1?Q?b?=", "ab"),
        ("=?ISO-8859-1?Q?a_b?=", "a b"),
        ("=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=", "a b"),
        ("=?US-ASCII?Q?Keith_Moore?= <moore@cs.utk.edu>", "Keith Moore <moore@cs.utk.edu>"),
        ("=?ISO-8859-1?Q?Andr=E9?= Pirard", "André Pirard"),
        ("=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?= =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=",
         "If you can read this you understand the example."),
        ("=?utf-8*en?q?=C3=A4?=", "ä"),
        ("=?utf-8?B?w6Q?=", "ä"),
        ("=?utf-8?b?w?= =?utf-8?b?6Q=?=", "\ufffd"),
        ("=?utf-8?q?=C3?= =?utf-8?q?=A4?=", "ä"),
        ("=?utf-8?q?a=0D=0ABcc:_x?=", "a Bcc: x"),
        ("a\0b", "a b"),
        ("=?utf-8?q?a b?=", "a b"),
        ("(=?utf-8?q?a?=)", "(a)"),
        ("=?nobody-knows?q?a?=", "a"),
        ("=?utf-8?x?a?=", "=?utf-8?x?a?="),
        ("=?utf-8?q?a", "=?utf-8?q?a"),
        ("=?=?utf-8?q?a?=", "=?a"),
        ("no words", "no words"),
        ("", ""),
    ],
)  # fmt: skip
def test_encoded_words_are_read(said: str, meant: str) -> None:
    assert decode_words(said) == meant


@pytest.mark.parametrize(
    ("said", "meant"),
    [(b"YQ==", b"a"), (b"YQ", b"a"), (b"Y!Q=\n=", b"a"), (b"YWI", b"ab"), (b"Y", b""), (b"YQ==YQ==", b"a"), (b"", b"")],
)
def test_base64_is_read_as_far_as_it_makes_sense(said: bytes, meant: bytes) -> None:
    assert decode_base64(said) == meant


@pytest.mark.parametrize(("text", "needs"), [("plain", False), ("grün", True), ("a\nb", True), ("=?a", True)])
def test_what_ascii_cannot_say_is_encoded(text: str, needs: bool) -> None:
    assert needs_encoding(text) is needs


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=300))
def test_what_is_encoded_comes_back(text: str) -> None:
    words = encode_words(text)
    assert all(len(word) <= LONGEST_WORD and word.isascii() and " " not in word for word in words)
    assert decode_words(" ".join(words)) == text


def test_each_word_is_of_whole_characters() -> None:
    for word in encode_words("日本語" * 30) + encode_words("aé" * 60):
        assert "\ufffd" not in decode_words(word)


@given(st.text("=?utf8-qbBQ_ a\r\n", max_size=80))
def test_whatever_comes_is_one_line(text: str) -> None:
    assert decode_words(text).replace("\xa0", " ").isprintable()
