"""Charsets by names that strangers wrote: what is known is read, and nothing else is even looked for."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.mail.charsets import LONGEST_NAME, codec_of, decode


@pytest.mark.parametrize(
    ("charset", "data", "text"),
    [
        ("utf-8", "grün".encode(), "grün"),
        ("UTF8", "grün".encode(), "grün"),
        ("utf-8", b"\xef\xbb\xbfa", "a"),
        ("iso-8859-1", b"gr\xfcn", "grün"),
        ("ISO_8859-1:1987", b"gr\xfcn", "grün"),
        ("latin1", b"\x93a\x94", "“a”"),
        ("windows-1251", "привет".encode("cp1251"), "привет"),
        ("koi8-r", "привет".encode("koi8_r"), "привет"),
        ("gb2312", "中文".encode("gb18030"), "中文"),
        ("iso-2022-jp", "日本語".encode("iso2022_jp"), "日本語"),
        ("Shift_JIS", "日本語①".encode("cp932"), "日本語①"),
        ("x-sjis", "日本".encode("cp932"), "日本"),
        ("ks_c_5601-1987", "한글".encode("cp949"), "한글"),
        ("big5", "中文".encode("big5"), "中文"),
        ("us-ascii", b"abc", "abc"),
        ("us-ascii", "grün".encode(), "grün"),
        ("", b"gr\xfcn", "grün"),
        ("", "grün".encode(), "grün"),
        ("nobody-knows", "grün".encode(), "grün"),
        ("utf-8", b"a\xffb", "a\ufffdb"),
    ],
)
def test_a_charset_is_read(charset: str, data: bytes, text: str) -> None:
    assert decode(data, charset) == text


@pytest.mark.parametrize(
    "charset",
    ["punycode", "idna", "unicode_escape", "raw_unicode_escape", "utf-7", "zlib", "base64", "hex", "rot13", "mbcs",
     "undefined", "oem", "../../etc/passwd", "a" * (LONGEST_NAME + 1), "utf-8\0"[:5] * 20, "a.b"],
)  # fmt: skip
def test_what_is_no_charset_of_mail_is_none(charset: str) -> None:
    assert codec_of(charset) == ""


def test_a_name_that_nobody_knows_is_not_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_for: list[str] = []
    monkeypatch.setattr(codecs, "lookup", looked_for.append)
    assert decode(b"a", "x-nobody-has-heard-of-this") == "a"
    assert looked_for == []


@given(st.binary(max_size=200), st.sampled_from(["", "utf-8", "utf-16", "iso-2022-jp", "hz", "gb18030", "iso-2022-kr"]))
def test_whatever_comes_is_text_that_can_be_written_again(data: bytes, charset: str) -> None:
    decode(data, charset).encode("utf-8")
