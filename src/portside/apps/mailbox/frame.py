"""The HTML of a mail, as it may be shown: in a frame where nothing runs, nothing is sent, and nothing is fetched.

What holds that is the browser, told by the answer's own policy: a sandbox without scripts, forms and an origin, and no
source for anything but the pictures that came with the mail, which are written into the page. Some elements are taken
away beside it, because they act outside of what a policy speaks of: hints to look up a name or to connect (``link``),
orders to the browser (``meta``), another address for everything relative (``base``), and pages within the page, whose
text would come here in a second spelling.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
"""Links beyond the mail open in a tab of their own, which is a page like any other; nothing else is allowed."""
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp", "image/svg+xml")
"""Types of pictures that came with a mail and are shown in it; as a picture, a drawing runs no script."""
MOST_PICTURES = 24 * 1024 * 1024
"""Bytes of pictures that are written into one page, each as often as it is used: more would stop the browser."""
LONGEST_NAME = 998
"""Letters of a picture's name: a line of a header holds no more (RFC 5322 §2.1.1)."""

_ACTING = re.compile(r"<(/?)(base|embed|frame|frameset|iframe|link|meta|object|portal)(?=[\s/>])", re.IGNORECASE)
_CID = re.compile(rf"(?<=[\"'(=])\s{{0,8}}cid:([^\s\"'()<>]{{1,{LONGEST_NAME}}})", re.IGNORECASE)
_LINK = re.compile(r"<(a|area)(?=[\s/])(?:(?=([^<>]{0,2048}?\bhref\s{0,8}=\s{0,8}[\"']?#))|)", re.IGNORECASE)
Found = Callable[[str], "Picture | None"]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that came with the mail: its media type, and its bytes."""

    kind: str
    data: bytes


def policy(*, remote: bool) -> str:
    """The Content Security Policy of the frame; with ``remote``, pictures may be fetched from wherever they are."""
    pictures = "data: http: https:" if remote else "data:"
    return (
        f"sandbox {SANDBOX}; default-src 'none'; img-src {pictures}; style-src 'unsafe-inline'; font-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )


def framed(html: str, find: Found) -> bytes:
    """``html`` as the frame gets it, in UTF-8; ``find`` gives the picture that has a name (``cid:``, RFC 2392)."""
    inert = _LINK.sub(_led, _ACTING.sub(r"<\1x-\2", html))
    return _with_pictures(inert, find).encode("utf-8", "replace")


def _led(link: re.Match[str]) -> str:
    """The beginning of a link with where it leads to: of an attribute that is given twice the first counts."""
    return f'<{link[1]} target="_self"' if link[2] else f'<{link[1]} target="_blank" rel="noopener noreferrer"'


def _with_pictures(html: str, find: Found) -> str:
    """``cid:`` addresses become the pictures themselves, as long as there is room for them."""
    room = MOST_PICTURES

    def address(match: re.Match[str]) -> str:
        nonlocal room
        picture = find(unquote(match[1]))
        if picture is None or picture.kind.lower() not in PICTURES or len(picture.data) > room:
            return match[0]
        room -= len(picture.data)
        return f"data:{picture.kind.lower()};base64,{b64encode(picture.data).decode('ascii')}"

    return _CID.sub(address, html)


def remote_pictures(html: str) -> bool:
    """Whether ``html`` would show something that lies elsewhere."""
    return _REMOTE.search(html) is not None


_REMOTE = re.compile(
    r"(?:\b(?:src|srcset|background|poster)\s{0,8}=\s{0,8}[\"']?|url\(\s{0,8}[\"']?)\s{0,8}(?:https?:)?//",
    re.IGNORECASE,
)
