"""The page that explains a failure: the status, its phrase, and one plain sentence."""

from __future__ import annotations

from portside.protocols.http.server.pages.names import visible_html
from portside.protocols.http.server.pages.page import render_page

_SENTENCES = {
    400: "The server could not make sense of the request.",
    401: "This page is only for those who log in, and the login is missing or wrong.",
    403: "The server understood the request, and does not allow it.",
    404: "There is nothing at this address. The link may be old, or the name mistyped.",
    405: "What is here cannot be asked for in this way.",
    408: "The request took too long to arrive, so the server stopped waiting.",
    411: "The server needs to know the length of what is sent before it takes it.",
    412: "What is here has changed, or is not what the request expects it to be.",
    413: "What was sent is larger than this server takes.",
    414: "The address is longer than this server reads.",
    416: "The part that was asked for lies beyond the end of what is here.",
    417: "The server cannot do what the request expects of it.",
    421: "The request was meant for another server: this one does not answer to that name.",
    429: "Too many requests came in a short time. Wait a little, then try again.",
    431: "The header fields of the request are longer than this server reads.",
    500: "Something went wrong inside the server. The request itself may be fine.",
    501: "The server does not know how to do what was asked.",
    503: "The server is too busy, or about to stop. Try again in a moment.",
    505: "The server does not speak this version of HTTP.",
}

_ELSEWHERE = frozenset({403, 404, 405, 416})
"""Where another page of the same server is likely to be what the reader wants."""


def render_failure(status: int, phrase: str, detail: str) -> bytes:
    """The page for ``status`` (RFC 9110 §15) in HTML5 and UTF-8; ``phrase`` and ``detail`` are plain text.

    ``detail`` may be empty; it may quote the request, since it is escaped here. Goes with ``STYLE_CSP``.
    """
    sentence = _SENTENCES.get(status) or _general(status)
    parts = [
        f'<p class="status">{status}</p>',
        f"<h1>{visible_html(phrase or 'Error')}</h1>",
        f"<p>{sentence}</p>",
    ]
    if detail:
        parts.append(f'<p class="detail"><bdi>{visible_html(detail)}</bdi></p>')
    if status in _ELSEWHERE:
        parts.append('<p><a class="home" href="/">Go to the home page</a></p>')
    return render_page(f"{status} {phrase}".rstrip(), "\n".join(parts) + "\n", "failure")


def _general(status: int) -> str:
    """A sentence for a status without one of its own, by its class."""
    return "The request could not be answered." if status < 500 else "The server failed to answer the request."
