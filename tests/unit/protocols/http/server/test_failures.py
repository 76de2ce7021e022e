"""The answers to what went wrong, for people and for programs."""

from __future__ import annotations

import pytest

from portside.protocols.http.messages import Response
from portside.protocols.http.server.failures import failure
from tests.support.asks import request


def failed(accept: str | None = None, status: int = 404, detail: str = "there is no such file") -> Response:
    fields = {} if accept is None else {"accept": accept}
    return failure(request("/", **fields), status, detail)


@pytest.mark.parametrize("accept", [None, "*/*", "text/plain", "application/json", "text/*"])
def test_a_program_gets_one_line(accept: str | None) -> None:
    response = failed(accept)
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.body == b"404 Not Found: there is no such file\n"


@pytest.mark.parametrize("accept", ["text/html", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"])
def test_who_asks_for_a_page_gets_one_that_runs_nothing(accept: str) -> None:
    response = failed(accept, detail="<script>alert(1)</script>")
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert isinstance(response.body, bytes)
    assert b"<script>" not in response.body
    assert b"Not Found" in response.body


def test_without_a_detail_the_phrase_says_it() -> None:
    assert failed(status=405, detail="").body == b"405 Method Not Allowed\n"


def test_fields_come_with_it() -> None:
    response = failure(request("/"), 405, "", (b"Allow", b"GET"))
    assert response.headers["Allow"] == "GET"
    assert response.status == 405


def test_a_detail_may_hold_anything() -> None:
    assert failed(detail="\udc80 \u20ac").body == "404 Not Found: ? €\n".encode()
