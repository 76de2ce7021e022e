"""A folder's listing as an answer."""

from __future__ import annotations

import json
import os
import stat

import pytest

from portside.protocols.http.messages import Response
from portside.protocols.http.server.listings import render_folder
from tests.support.asks import request


def status(size: int, *, folder: bool = False, modified: float = 0) -> os.stat_result:
    mode = stat.S_IFDIR if folder else stat.S_IFREG
    return os.stat_result((mode | 0o644, 1, 1, 1, 0, 0, size, modified, modified, modified))


ENTRIES = [("b.txt", status(20, modified=1)), ("a.txt", status(30, modified=2)), ("sub", status(4096, folder=True))]


def shown(query: str = "", *, accept: str = "text/html", upload: bool = False, notice: str | None = None) -> Response:
    asked = request("/", accept=accept)
    return render_folder(asked, ("folder",), ENTRIES, query=query, upload=upload, notice=notice)


def text(response: Response) -> str:
    assert isinstance(response.body, bytes)
    return response.body.decode()


def test_both_forms_vary_and_are_asked_for_again() -> None:
    for accept in ("text/html", "application/json"):
        response = shown(accept=accept)
        assert response.headers["Vary"] == "Accept"
        assert response.headers["Cache-Control"] == "no-cache"
        assert not response.lasting


def test_a_page_runs_nothing() -> None:
    response = shown()
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "script-src" not in response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]


def test_a_program_gets_names_and_sizes() -> None:
    listed = json.loads(text(shown(accept="application/json")))["entries"]
    sizes = {entry["name"].rstrip("/"): entry.get("size") for entry in listed}
    assert sizes == {"a.txt": 30, "b.txt": 20, "sub": None}


def test_the_query_gives_the_order() -> None:
    by_name, by_size = text(shown("sort=name")), text(shown("sort=size"))
    assert by_name.index("a.txt") < by_name.index("b.txt")
    assert by_size.index("b.txt") < by_size.index("a.txt")


@pytest.mark.parametrize(("query", "notice"), [
    ("uploaded=1", "1 file was stored."), ("uploaded=12", "12 files were stored."), ("uploaded=0",
    "0 files were stored."),
])  # fmt: skip
def test_what_was_stored_is_said(query: str, notice: str) -> None:
    assert notice in text(shown(query, upload=True))
    assert notice not in text(shown(query, upload=False))


@pytest.mark.parametrize("query", [
    "uploaded=<b>x</b>", "uploaded=You+have+won", "uploaded=-1", "uploaded=99999", "uploaded=", "uploaded=%D9%A1",
    "uploaded=" + "1" * 1000, "uploaded=1e3",
])  # fmt: skip
def test_no_link_puts_words_on_our_page(query: str) -> None:
    page = text(shown(query, upload=True))
    assert "stored" not in page
    assert "won" not in page
    assert "<b>" not in page


def test_a_notice_that_is_given_is_shown() -> None:
    assert "nothing was chosen" in text(shown(upload=True, notice="nothing was chosen"))


@pytest.mark.parametrize("name", ["back\\slash", "two\nlines", "a:b", "\x07"])
def test_what_no_request_can_name_is_left_out(name: str) -> None:
    asked = request("/", accept="application/json")
    entries = [*ENTRIES, (name, status(1))]
    response = render_folder(asked, ("folder",), entries, query="", upload=False, notice=None)
    assert len(json.loads(text(response))["entries"]) == len(ENTRIES)
