"""The words of HTML: those that people see, in a time that grows with the length and no faster."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.mail.mime.markup import LONGEST, plain


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("", ""),
        ("plain", "plain"),
        ("<p>a</p><p>b</p>", "a\nb"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<b>bo</b>ld", "bold"),
        ("a\n b\t\tc", "a b c"),
        ("&lt;b&gt; &amp; &eacute;&#233;&#xe9; &nbsp;x", "<b> & ééé x"),
        ("&unknown; &#99999999999; &", "&unknown; &#99999999999; &"),
        ("<style>p { color: red }</style>a", "a"),
        ("<SCRIPT>alert('<b>')</script >a", "a"),
        ("<head><title>t</title></head><body>a", "a"),
        ("a<!-- > hidden -->b", "ab"),
        ("a<!-- unended > b", "a b"),
        ("<!DOCTYPE html><html>a", "a"),
        ("<?xml version='1.0'?>a", "a"),
        ('<a title="1 > 0" href=x>a</a>', "a"),
        ("a < b and c > d", "a < b and c > d"),
        ("<style>unended a", "unended a"),
        ("<ul><li>a<li>b</ul>", "a\nb"),
        ("<table><tr><td>a<td>b</table>", "a\nb"),
        ("<p>a</p>\n\n\n<p> </p><p>b", "a\nb"),
    ],
)
def test_the_words_are_found(markup: str, words: str) -> None:
    assert plain(markup) == words


@given(st.text("<>/!-?\"'=& ;#x1apst", max_size=100))
def test_whatever_comes_is_read(markup: str) -> None:
    assert isinstance(plain(markup), str)


def test_no_more_is_read_than_is_said() -> None:
    assert len(plain("a" * (LONGEST + 5))) == LONGEST


@pytest.mark.parametrize(
    "piece",
    ["<", "<!--", "<style>", "<a ", '<a "', "<a '", "&", "&#", "<?", "</", "<script><style>", "\n", " ", "<a b"],
)
def test_markup_full_of_one_thing_is_read_in_one_pass(piece: str) -> None:
    assert len(plain(piece * 50_000)) <= len(piece) * 50_000
