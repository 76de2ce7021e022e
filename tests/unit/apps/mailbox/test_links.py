"""The links of a mail."""

from __future__ import annotations

import pytest

from portside.apps.mailbox.links import MOST, links_of_html, links_of_text


@pytest.mark.parametrize(
    ("html", "links"),
    [
        ('<a href="https://a.example/?x=1&amp;y=2">', ["https://a.example/?x=1&y=2"]),
        ("<A HREF = 'mailto:ann@example.com'><a href=/relative>", ["mailto:ann@example.com", "/relative"]),
        ('<a href="x"><a href="y"><a href="x">', ["x", "y"]),
        ('<a href="#top"><a href=""><a href="  ">', []),
        ("no link: href", []),
        ("", []),
    ],
)
def test_of_html(html: str, links: list[str]) -> None:
    assert links_of_html(html) == links


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("See https://a.example/x.", ["https://a.example/x"]),
        ("(https://a.example/x_(y)) and https://a.example/x_(y)?", ["https://a.example/x_(y)"]),
        ("<http://a.example/>, HTTP://b.example!", ["http://a.example/", "HTTP://b.example"]),
        ("https://a.example/confirm?token=a-b_c~d%20e#f", ["https://a.example/confirm?token=a-b_c~d%20e#f"]),
        ("xhttps://a.example javascript:alert(1)", []),
        ("\u201ehttps://a.example/\u201c", ["https://a.example/\u201c"]),
    ],
)
def test_of_text(text: str, links: list[str]) -> None:
    assert links_of_text(text) == links


@pytest.mark.parametrize(
    "hostile", ["href=" * 50_000, "https:" * 50_000, "https://" + ")" * 200_000, "href='" * 50_000]
)
def test_hostile_text_is_done_with(hostile: str) -> None:
    assert len(links_of_html(hostile)) <= MOST and len(links_of_text(hostile)) <= MOST


def test_so_many_and_no_more() -> None:
    many = range(MOST + 5)
    assert len(links_of_html("".join(f"<a href=x{number}>" for number in many))) == MOST
    assert len(links_of_text(" ".join(f"https://a/{number}" for number in many))) == MOST
