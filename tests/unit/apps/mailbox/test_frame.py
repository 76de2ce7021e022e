"""HTML mail made fit for the frame: what acts outside of a policy is gone, pictures are in it, and there are bounds."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.apps.mailbox import frame as room
from portside.apps.mailbox.frame import Picture, framed, policy, remote_pictures

PICTURE = Picture("image/PNG", b"\x89PNG")
OWN_TAB = ' target="_blank" rel="noopener noreferrer"'


def shown(html: str, **pictures: Picture) -> str:
    return framed(html, pictures.get).decode()


def test_a_mail_without_anything_odd_stays_as_it_is() -> None:
    html = '<!doctype html><p style="color:red">Grüße &amp; <b title="a < b">words</b> <abbr>x</abbr></p>'
    assert shown(html) == html


@pytest.mark.parametrize(
    "link", ["<a{} href=x>", "<A{} HREF=x target=_top rel=opener>", "<area{} href='x'>", "<a{}/href=x>"]
)
def test_links_lead_to_a_tab_that_knows_nothing(link: str) -> None:
    assert shown(link.format("")) == link.format(OWN_TAB)


@pytest.mark.parametrize(
    "html",
    [
        '<link rel="dns-prefetch" href="//evil.example">',
        '<LINK rel=preconnect href="//evil.example">',
        '<meta http-equiv="refresh" content="0;url=http://evil.example">',
        "<meta\nname=referrer content=unsafe-url>",
        "<base href=http://evil.example/>",
        "<base/target=_top>",
        "<iframe srcdoc='&lt;link rel=preconnect href=//evil.example>'></iframe>",
        "<frameset><frame src=x></frameset>",
        "<object data=x></object><embed src=x><portal src=x></portal>",
        "<svg><style></style><iFrAmE src=x>",
    ],
)
def test_what_acts_beyond_a_policy_is_taken_away(html: str) -> None:
    made = shown(html).lower()
    for name in ("link", "meta", "base", "iframe", "frame", "frameset", "object", "embed", "portal"):
        for end in (" ", "\n", "/", ">"):
            assert f"<{name}{end}" not in made


def test_links_within_the_mail_stay_within_it() -> None:
    assert shown('<a class="x" href="#top">a</a><A HREF=#b>') == (
        '<a target="_self" class="x" href="#top">a</a><A target="_self" HREF=#b>'
    )
    assert shown('<a href="https://a.example/#top">') == f'<a{OWN_TAB} href="https://a.example/#top">'
    for other in ("<abbr href='#x'>", "<a>href='#x'"):
        assert shown(other) == other


def test_names_that_only_begin_so_stay() -> None:
    for html in ("<linker><metadata>", "<basefont>a < base</basefont>", "<article><aside>"):
        assert shown(html) == html


@pytest.mark.parametrize(
    "html", ['<img src="cid:a@x">', "<img src='cid:a@x'>", "<img src=cid:a%40x>", '<td background=" CID:a@x">',
             "<p style=\"background:url('cid:a@x')\">", "<p style='background:url(cid:a@x)'>"],
)  # fmt: skip
def test_pictures_that_came_with_the_mail_are_written_into_it(html: str) -> None:
    made = shown(html, **{"a@x": PICTURE})
    assert "data:image/png;base64,iVBORw==" in made and "cid:" not in made.lower()


@pytest.mark.parametrize("kind", ["text/html", 'image/png;x="><script>', "image/tiff", "", "application/pdf"])
def test_what_is_no_picture_is_not_written_into_it(kind: str) -> None:
    assert shown('<img src="cid:a">', a=Picture(kind, b"x")) == '<img src="cid:a">'


def test_a_name_in_a_text_is_a_text() -> None:
    assert shown("<p>write cid:a</p>", a=PICTURE) == "<p>write cid:a</p>"


def test_a_picture_that_is_used_ever_again_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_PICTURES", 10)
    made = shown('<img src="cid:a">' * 50, a=PICTURE)
    assert made.count("data:") == 2 and made.count("cid:a") == 48


@pytest.mark.parametrize(
    "hostile",
    [
        "<" * 100_000,
        "<a " * 50_000,
        "<a href=" * 20_000,
        "cid:" * 50_000,
        "<!doctype " * 20_000,
        "url(" * 50_000,
        "\ud800",
    ],
)
def test_hostile_text_is_done_with(hostile: str) -> None:
    assert framed(hostile, {}.get)
    assert not remote_pictures(hostile)


ACTING = {"base", "embed", "frame", "frameset", "iframe", "link", "meta", "object", "portal"}
PIECES = [
    *sorted(ACTING), "<", "</", ">", " ", "/", "\n", "\x00", "a", "area", "href", "=", '"', "'", "#", "!--", "-->",
    "!doctype", "x-", "cid:a", "style", "svg", "template", "\u212a", "LINK", "I\u0307frame",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_whatever_is_written_no_acting_element_is_read(html: str) -> None:
    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            assert tag not in ACTING

    reader = Reader(convert_charrefs=True)
    reader.feed(shown(html, a=PICTURE))
    reader.close()


def test_nothing_is_fetched_unless_pictures_are_asked_for() -> None:
    without, beyond = policy(remote=False), policy(remote=True)
    assert "http" not in without and "img-src data: http: https:" in beyond
    for said in (without, beyond):
        assert "default-src 'none'" in said and "form-action 'none'" in said and "base-uri 'none'" in said
        assert "allow-scripts" not in said and "allow-same-origin" not in said and "allow-forms" not in said


@pytest.mark.parametrize(
    ("html", "remote"),
    [
        ('<img src="https://a.example/x">', True),
        ("<img src=//a.example/x>", True),
        ("<td background = 'http://a.example/x'>", True),
        ("<p style='background:url( \"https://a.example/x\")'>", True),
        ('<img srcset="https://a.example/x 2x">', True),
        ('<a href="https://a.example/x">', False),
        ('<img src="cid:a">', False),
        ("https://a.example", False),
    ],
)
def test_it_is_told_whether_something_lies_elsewhere(html: str, remote: bool) -> None:
    assert remote_pictures(html) is remote
