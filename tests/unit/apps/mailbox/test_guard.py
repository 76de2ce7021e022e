"""Who may change the mailbox."""

from __future__ import annotations

import pytest

from portside.apps.mailbox.guard import METHODS, POLICY, PROTECTED, check
from portside.protocols.http.messages import Headers, Request
from portside.protocols.http.server.local_pages import Refused

HOST = (b"Host", b"127.0.0.1:8025")
JSON = (b"Content-Type", b"application/json; charset=utf-8")
Line = tuple[bytes, bytes]


def asked(method: str, *lines: Line, path: str = "api/messages", body: bool = False) -> None:
    check(Request(method, f"/{path}", Headers([HOST, *lines]), body=body), path)


def refusal(method: str, *lines: Line, path: str = "api/messages", body: bool = False) -> int:
    with pytest.raises(Refused) as caught:
        asked(method, *lines, path=path, body=body)
    return caught.value.status


def test_programs_and_the_page_itself_may_do_everything() -> None:
    for method in METHODS:
        asked(method)
        asked(method, JSON, body=True)
        asked(method, JSON, (b"Origin", b"http://127.0.0.1:8025"), (b"Sec-Fetch-Site", b"same-origin"), body=True)


@pytest.mark.parametrize("method", ["PUT", "OPTIONS", "TRACE", "CONNECT", "get", "", "PROPFIND"])
def test_other_methods_do_nothing(method: str) -> None:
    assert refusal(method) == 405


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "line",
    [
        (b"Origin", b"http://evil.example"),
        (b"Origin", b"null"),
        (b"Origin", b"http://127.0.0.1:8026"),
        (b"Sec-Fetch-Site", b"cross-site"),
        (b"Sec-Fetch-Site", b"same-site"),
    ],
)
def test_another_sites_page_may_do_nothing(method: str, line: Line) -> None:
    assert refusal(method, line) == 403
    assert refusal(method, line, path="") == 403


@pytest.mark.parametrize(
    "kind", [b"text/plain", b"application/x-www-form-urlencoded", b"multipart/form-data; boundary=x", b"", b"text/json"]
)
def test_what_a_form_can_say_changes_nothing(kind: bytes) -> None:
    for method in ("POST", "PATCH", "DELETE"):
        assert refusal(method, (b"Content-Type", kind), body=True) == 415
        assert refusal(method, (b"Content-Type", kind), JSON, body=True) == 415


def test_a_link_leads_to_the_page_and_a_form_does_not() -> None:
    lines = (b"Sec-Fetch-Site", b"cross-site"), (b"Sec-Fetch-Dest", b"document")
    asked("GET", *lines, path="")
    assert refusal("POST", *lines, path="") == refusal("GET", *lines, path="api/messages/m1/html") == 403


def test_the_page_runs_its_own_scripts_alone_and_frames_its_own_mail() -> None:
    assert "script-src 'self';" in POLICY and "frame-src 'self';" in POLICY and "unsafe" not in POLICY
    assert dict(PROTECTED)[b"Content-Security-Policy"] == POLICY.encode()
