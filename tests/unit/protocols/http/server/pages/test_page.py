"""The frame: its policy fits what it holds."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256

from portside.protocols.http.server.pages.page import STYLE_CSP, render_page


def style_of(page: bytes) -> str:
    found = re.findall(r"<style>(.*?)</style>", page.decode(), re.DOTALL)
    assert len(found) == 1
    return str(found[0])


def test_the_policy_names_the_digest_of_the_style_as_sent() -> None:
    digest = b64encode(sha256(style_of(render_page("a", "b")).encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}';" in STYLE_CSP


def test_the_policy_allows_no_script_and_no_other_origin() -> None:
    directives = dict(part.strip().split(" ", 1) for part in STYLE_CSP.split(";"))
    assert directives["default-src"] == directives["base-uri"] == directives["frame-ancestors"] == "'none'"
    assert directives["form-action"] == "'self'"
    assert "script-src" not in directives
    assert "unsafe" not in STYLE_CSP
    assert "*" not in STYLE_CSP


def test_the_policy_fits_one_header_line() -> None:
    assert STYLE_CSP.isascii()
    assert STYLE_CSP.isprintable()


def test_the_style_refers_to_nothing_outside() -> None:
    style = style_of(render_page("a", "b"))
    assert all(target.startswith('"data:image/svg+xml,') for target in re.findall(r"url\((.*?)\)", style))
    assert "@import" not in style
    assert "\r" not in style


def test_the_style_has_both_themes() -> None:
    assert "prefers-color-scheme: dark" in style_of(render_page("a", "b"))


def test_a_title_is_text() -> None:
    page = render_page("</title><script>\u202e\udcff", "").decode()
    assert r"<title>&lt;/title&gt;&lt;script&gt;U+202E\xff</title>" in page
