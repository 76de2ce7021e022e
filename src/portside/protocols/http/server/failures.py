"""The answers to requests that went wrong: a page for people, a line for programs, or the site's own page."""

from __future__ import annotations

from portside.protocols.http.messages import FieldLine, Headers, Request, Response, reason_phrase
from portside.protocols.http.server.pages.failure import render_failure
from portside.protocols.http.server.pages.page import STYLE_CSP
from portside.protocols.http.syntax.negotiation import choose_type

_POLICY = STYLE_CSP.encode("ascii")


def failure(request: Request, status: int, detail: str = "", *fields: FieldLine) -> Response:
    """The answer ``status`` with one sentence of ``detail``, and ``fields`` beside the usual ones.

    Who asks for HTML by name gets a page, everybody else a line of text.
    """
    phrase = reason_phrase(status)
    if choose_type(request.headers.get(b"accept"), ("text/plain", "text/html")) == "text/html":
        lines = [*fields, (b"Content-Type", b"text/html; charset=utf-8"), (b"Content-Security-Policy", _POLICY)]
        return Response(status, Headers(lines), render_failure(status, phrase, detail))
    text = f"{status} {phrase}: {detail}\n" if detail else f"{status} {phrase}\n"
    lines = [*fields, (b"Content-Type", b"text/plain; charset=utf-8")]
    return Response(status, Headers(lines), text.encode("utf-8", "replace"))
