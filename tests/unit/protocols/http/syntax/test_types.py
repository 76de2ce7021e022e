"""Content types by the ending of a name (RFC 9110 §8.3)."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portside.protocols.http.syntax.types import DEFAULT, TYPES, content_type, is_compressible


@pytest.mark.parametrize("name, value", [
    ("index.html", b"text/html; charset=utf-8"),
    ("INDEX.HTM", b"text/html; charset=utf-8"),
    ("app.js", b"text/javascript; charset=utf-8"),
    ("app.mjs", b"text/javascript; charset=utf-8"),
    ("a.css", b"text/css; charset=utf-8"),
    ("a.md", b"text/markdown; charset=utf-8"),
    ("a.txt", b"text/plain; charset=utf-8"),
    ("a.ics", b"text/calendar; charset=utf-8"),
    ("a.xml", b"application/xml; charset=utf-8"),
    ("a.svg", b"image/svg+xml; charset=utf-8"),
    ("a.json", b"application/json"),
    ("app.js.map", b"application/json"),
    ("a.webmanifest", b"application/manifest+json"),
    ("a.wasm", b"application/wasm"),
    ("a.webp", b"image/webp"),
    ("a.avif", b"image/avif"),
    ("a.woff2", b"font/woff2"),
    ("a.mp4", b"video/mp4"),
    ("a.epub", b"application/epub+zip"),
    ("a.pcapng", b"application/x-pcapng"),
    ("favicon.ico", b"image/vnd.microsoft.icon"),
    ("a.tar.gz", b"application/gzip"),
    ("page.html.gz", b"application/gzip"),
    ("page.html.br", b"application/x-brotli"),
    ("README", b"text/plain; charset=utf-8"),
    (".gitignore", b"text/plain; charset=utf-8"),
    ("a", DEFAULT),
    ("html", DEFAULT),
    ("a.", DEFAULT),
    ("", DEFAULT),
    ("a.html.unknown", DEFAULT),
    ("a.html ", DEFAULT),
])  # fmt: skip
def test_the_last_ending_gives_the_type(name: str, value: bytes) -> None:
    assert content_type(name) == value


def test_no_ending_is_claimed_by_two_types() -> None:
    from portside.protocols.http.syntax import types

    endings = [
        ending
        for table in (types._TEXT, types._TEXT_ELSEWHERE, types._JSON, types._BINARY)
        for group in table.values()
        for ending in group.split()
    ]
    assert len(endings) == len(set(endings))


@pytest.mark.parametrize("ending", sorted(TYPES))
def test_every_type_is_well_formed(ending: str) -> None:
    assert ending == ending.lower()
    assert re.fullmatch(rb"[a-z]+/[a-z0-9.+-]+(; charset=utf-8)?", TYPES[ending])


@pytest.mark.parametrize("value, worth", [
    (b"text/html; charset=utf-8", True), (b"Text/HTML", True), (b"application/json", True), (b"image/svg+xml", True),
    (b"application/problem+json", True), (b"text/unheard-of", True), (b"application/wasm", True), (b"font/ttf", True),
    (b"image/png", False), (b"video/mp4", False), (b"application/gzip", False), (b"font/woff2", False), (b"", False),
    (DEFAULT, False),
])  # fmt: skip
def test_only_what_shrinks_is_worth_compressing(value: bytes, worth: bool) -> None:
    assert is_compressible(value) is worth


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.text())
def test_any_name_has_a_type(name: str) -> None:
    assert b"/" in content_type(name)
