"""The answer that lists a folder: for people, or as JSON for programs."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Sequence
from urllib.parse import parse_qs

from portside.errors import RemoteError
from portside.protocols.http.messages import FieldLine, Headers, Request, Response
from portside.protocols.http.server.pages.listing import Entry, parse_order, render_listing, render_listing_json
from portside.protocols.http.server.pages.page import STYLE_CSP
from portside.protocols.http.syntax.negotiation import choose_type
from portside.protocols.http.syntax.targets import check_name

_COMMON: tuple[FieldLine, ...] = ((b"Cache-Control", b"no-cache"), (b"Vary", b"Accept"))


def render_folder(
    request: Request,
    names: Sequence[str],
    entries: Sequence[tuple[str, os.stat_result]],
    *,
    query: str,
    upload: bool,
    notice: str | None,
) -> Response:
    """The listing of the folder ``names``; ``query`` is the target's, with the order that is wanted.

    A name that no request can hold (one with a backslash or a control character) is left out: its link would lead
    nowhere.
    """
    sort, descending = parse_order(query)
    shown = [_entry(name, status) for name, status in entries if _may_be_asked_for(name)]
    if choose_type(request.headers.get(b"accept"), ("text/html", "application/json")) == "application/json":
        lines = [(b"Content-Type", b"application/json"), *_COMMON]
        return Response(200, Headers(lines), render_listing_json(names, shown, sort=sort, descending=descending))
    page = render_listing(
        names,
        shown,
        sort=sort,
        descending=descending,
        upload=upload,
        notice=notice or (_stored(query) if upload else None),
        now=time.time(),
    )
    policy = (b"Content-Security-Policy", STYLE_CSP.encode("ascii"))
    return Response(200, Headers([(b"Content-Type", b"text/html; charset=utf-8"), policy, *_COMMON]), page)


def _may_be_asked_for(name: str) -> bool:
    try:
        check_name(name)
    except RemoteError:
        return False
    return True


def _entry(name: str, status: os.stat_result) -> Entry:
    folder = stat.S_ISDIR(status.st_mode)
    return Entry(name, folder, None if folder else status.st_size, status.st_mtime)


def _stored(query: str) -> str | None:
    """The notice after a form was stored: a number, so that no link can put words on our page."""
    number = parse_qs(query[:256]).get("uploaded", [""])[0]
    if not (number.isascii() and number.isdigit() and len(number) < 5):
        return None
    return "1 file was stored." if number == "1" else f"{int(number)} files were stored."
