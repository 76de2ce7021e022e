"""The words of HTML, for a message that has no other text: to be found and shown in a list, not to be laid out."""

from __future__ import annotations

import re
from html import unescape

_tag = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)(?:[^<>\"']++|\"[^\"]*+\"?|'[^']*+'?)*+>?|<![^>]*>?|<\?[^>]*>?")
_entity = re.compile(r"&(?:#[0-9]{1,7}(?![0-9])|#[xX][0-9A-Fa-f]{1,6}(?![0-9A-Fa-f])|[A-Za-z][A-Za-z0-9]{1,31});?")
_spaces = re.compile(r"[ \t\r\f\v\u00a0]+")
_lines = re.compile(r" ?\n[ \n]*")
_UNSEEN = frozenset({"!--", "script", "style", "head", "title", "template", "noscript", "svg", "object"})
_BREAKS = frozenset({
    "address", "article", "blockquote", "br", "div", "dl", "dt", "dd", "fieldset", "footer", "form", "h1",
    "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p",
    "pre", "section", "table", "td", "th", "tr", "ul",
})  # fmt: skip


LONGEST = 1 << 20
"""Letters of markup that are read: what is looked for stands at its beginning."""


def plain(markup: str) -> str:
    """The words in ``markup``, a line for each block. It takes a time that grows with the length and no faster."""
    return _tidied("".join(_words(markup[:LONGEST])))


def _words(markup: str) -> list[str]:
    words: list[str] = []
    here, endless = 0, set[str]()
    while (match := _tag.search(markup, here)) is not None:
        words.append(_unescaped(markup[here : match.start()]))
        name = "!--" if match[0].startswith("<!--") else (match[2] or "").lower()
        words.append("\n" if name in _BREAKS else "")
        is_unseen = name in _UNSEEN and not match[1] and name not in endless
        here = _behind(markup, name, match, endless) if is_unseen else match.end()
    return [*words, _unescaped(markup[here:])]


def _behind(markup: str, name: str, begin: re.Match[str], endless: set[str]) -> int:
    """Behind what nobody sees; where its end is missing, behind its beginning. That is found out once for each name."""
    start = begin.start() + len("<!--") if name == "!--" else begin.end()
    end = re.compile("-->" if name == "!--" else f"</{name}\\b[^>]*>", re.I).search(markup, start)
    if end is None:
        endless.add(name)
    return end.end() if end else begin.end()


def _unescaped(words: str) -> str:
    return _entity.sub(lambda match: unescape(match[0]), words.replace("\n", " "))


def _tidied(words: str) -> str:
    return _lines.sub("\n", _spaces.sub(" ", words)).strip()
