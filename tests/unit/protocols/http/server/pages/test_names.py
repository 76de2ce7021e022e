"""Names that strangers chose: what is shown, and where the link leads."""

from __future__ import annotations

import os
from html import unescape
from urllib.parse import unquote_to_bytes, urljoin, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portside.protocols.http.server.pages.names import plain_text, reference, visible_html

NAMES = st.text(
    st.one_of(st.characters(exclude_categories=["Cs"]), st.characters(min_codepoint=0xDC80, max_codepoint=0xDCFF)),
    max_size=40,
)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("plain name.txt", "plain name.txt"),
        ("héllo 日本 שלום", "héllo 日本 שלום"),
        ("a\nb\r\tc", r"a\nb\r\tc"),
        ("nul\x00 bell\x07 delete\x7f", r"nul\x00 bell\x07 delete\x7f"),
        ("\x85", "U+0085"),
        ("invoice\u202efdp.exe", "invoiceU+202Efdp.exe"),
        ("\u2066a\u2069\u200f\u061c", "U+2066aU+2069U+200FU+061C"),
        ("zero\u200bwidth\ufeff", "zeroU+200BwidthU+FEFF"),
        ("lines\u2028\u2029", "linesU+2028U+2029"),
        ("tag\U000e0041", "tagU+E0041"),
        ("bytes\udcff\udc80", r"bytes\xff\x80"),
        ("lone\ud800", "loneU+D800"),
        ("\N{WOMAN}\N{ZERO WIDTH JOINER}\N{ROCKET}", "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{ROCKET}"),
        ("می\N{ZERO WIDTH NON-JOINER}خواهم", "می\N{ZERO WIDTH NON-JOINER}خواهم"),
    ],
)
def test_what_cannot_be_seen_has_a_stand_in(name: str, shown: str) -> None:
    assert plain_text(name) == shown


@pytest.mark.parametrize(
    ("name", "html"),
    [
        ("<script>", "&lt;script&gt;"),
        ("<\n>", '&lt;<span class="odd">\\n</span>&gt;'),
        ("a\"b'c&amp;", "a&quot;b&#x27;c&amp;amp;"),
    ],
)
def test_markup_in_a_name_is_text(name: str, html: str) -> None:
    assert visible_html(name) == html


@settings(derandomize=True)
@given(NAMES)
def test_html_shows_the_plain_text_and_has_no_markup_of_the_name(name: str) -> None:
    html = visible_html(name).replace('<span class="odd">', "").replace("</span>", "")
    assert "<" not in html
    assert '"' not in html
    assert unescape(html) == plain_text(name)


@settings(derandomize=True)
@given(NAMES)
def test_no_stand_in_needs_another(name: str) -> None:
    shown = plain_text(name)
    assert plain_text(shown) == shown
    shown.encode()


@pytest.mark.parametrize(
    ("name", "folder", "expected"),
    [
        ("a.txt", False, "./a.txt"),
        ("a b", True, "./a%20b/"),
        ("a:b", False, "./a%3Ab"),
        ("javascript:alert(1)", False, "./javascript%3Aalert%281%29"),
        ("?q", False, "./%3Fq"),
        ("#h", False, "./%23h"),
        ("%2e%2e", False, "./%252e%252e"),
        ("\\evil", False, "./%5Cevil"),
        ("//evil.test", False, "./%2F%2Fevil.test"),
        ("é", False, "./%C3%A9"),
        ("\udcff", False, "./%FF"),
        ("\ud800", False, "./%ED%A0%80"),
        ("line\nbreak", False, "./line%0Abreak"),
        ('"><b', False, "./%22%3E%3Cb"),
    ],
)
def test_references_are_encoded(name: str, folder: bool, expected: str) -> None:
    assert reference(name, folder) == expected


@settings(derandomize=True)
@given(NAMES.filter(lambda name: name not in {"", ".", ".."}), st.booleans())
def test_a_reference_leads_to_the_very_name(name: str, folder: bool) -> None:
    target = urlsplit(urljoin("http://localhost:8080/a/b/?sort=size", reference(name, folder)))
    assert (target.scheme, target.netloc, target.query, target.fragment) == ("http", "localhost:8080", "", "")
    assert unquote_to_bytes(target.path) == b"/a/b/" + os.fsencode(name) + (b"/" if folder else b"")
