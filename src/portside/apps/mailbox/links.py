"""The links of a mail, in the order in which they stand: what a test wants to follow."""

from __future__ import annotations

import re
from html import unescape

MOST = 1000
"""Links that are told of one text."""

_REFERENCE = re.compile(
    r"\bhref\s{0,8}=\s{0,8}(?:\"([^\"]{1,8192})\"|'([^']{1,8192})'|([^\s\"'<>]{1,8192}))", re.IGNORECASE
)
_ADDRESS = re.compile(r"\b(?:https?|mailto):[^\s<>\"'\x00-\x1f]{1,8192}", re.IGNORECASE)
_END = ".,;:!?)]}"


def links_of_html(html: str) -> list[str]:
    """What the HTML leads to, as its author wrote it, each once."""
    found = (unescape(match[1] or match[2] or match[3] or "").strip() for match in _REFERENCE.finditer(html))
    return _first(list(dict.fromkeys(link for link in found if link and not link.startswith("#"))))


def links_of_text(text: str) -> list[str]:
    """The addresses in a text, each once, without the punctuation behind them."""
    return _first(list(dict.fromkeys(_without_end(match[0]) for match in _ADDRESS.finditer(text))))


def _first(links: list[str]) -> list[str]:
    return links[:MOST]


def _without_end(link: str) -> str:
    """A parenthesis belongs to the address where it was opened in it."""
    while link and link[-1] in _END:
        opening = {")": "(", "]": "[", "}": "{"}.get(link[-1])
        if opening is not None and link.count(opening) >= link.count(link[-1]):
            break
        link = link[:-1]
    return link
