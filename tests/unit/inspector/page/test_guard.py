"""Who gets past the guard: a table for each thing that a request could be wrong in."""

from __future__ import annotations

import pytest

from portside.errors import PortsideError
from portside.inspector.page import guard as room
from portside.inspector.page.guard import GUARDED, POLICY, Guard, Refused
from portside.protocols.http.messages import Headers, Request

TOKEN = "a-token_that-nobody_guesses"
HOST = (b"Host", b"127.0.0.1:4040")
Line = tuple[bytes, bytes]


def asked(
    target: str = f"/{TOKEN}/api/state?a=1", *lines: Line, method: str = "GET", host: Line | None = HOST
) -> Request:
    return Request(method, target, Headers([*([host] if host else []), *lines]))


def passes(request: Request, port: int = 4040) -> tuple[str, str]:
    return Guard(TOKEN, port).path(request)


def refusal(request: Request, port: int = 4040) -> int:
    with pytest.raises(Refused) as caught:
        passes(request, port)
    assert isinstance(caught.value, PortsideError)
    assert TOKEN not in str(caught.value) and "\n" not in str(caught.value)
    return caught.value.status


# ----------------------------------------------------------------------------------------- path and token


@pytest.mark.parametrize(
    ("target", "found"),
    [
        (f"/{TOKEN}/", ("", "")),
        (f"/{TOKEN}/?", ("", "")),
        (f"/{TOKEN}/?a=/b?c", ("", "a=/b?c")),
        (f"/{TOKEN}/page.css", ("page.css", "")),
        (f"/{TOKEN}/api/messages/7?packet=2", ("api/messages/7", "packet=2")),
        (f"/{TOKEN}//api", ("/api", "")),
        (f"/{TOKEN}/../x", ("../x", "")),  # it opens no file: a path is only looked up
        (f"/{TOKEN}/\xff", ("\xff", "")),
    ],
)
def test_below_the_token_is_the_path(target: str, found: tuple[str, str]) -> None:
    assert passes(asked(target)) == found


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "//",
        "",
        "*",
        "/favicon.ico",
        f"/{TOKEN}",
        f"/{TOKEN}?x",
        f"{TOKEN}/",
        f"//{TOKEN}/",
        f"/x/{TOKEN}/",
        f"/?/{TOKEN}/",
        f"/{TOKEN[:-1]}/",
        f"/{TOKEN}x/",
        f"/{TOKEN.upper()}/",
        f"/{TOKEN}%20/",
        f"/%61{TOKEN[1:]}/",
        f"/ {TOKEN}/",
        "/\xe4\xf6\xfc/",
        "/\udcff/",
        "/\U0001f600/",
        f"http://127.0.0.1:4040/{TOKEN}/",
        "127.0.0.1:4040",
    ],
    ids=ascii,
)
def test_without_the_whole_token_there_is_nothing(target: str) -> None:
    assert refusal(asked(target)) == 404


def test_tokens_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def digest(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return False

    monkeypatch.setattr(room, "compare_digest", digest)
    assert refusal(asked(f"/{TOKEN}/")) == 404  # nothing else lets it through
    assert compared == [(TOKEN.encode(), TOKEN.encode())]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "CONNECT", "TRACE", "get", "GETX", ""])
def test_a_page_is_only_looked_at(method: str) -> None:
    assert refusal(asked(method=method)) == 405


def test_a_head_is_asked_for_like_the_page() -> None:
    assert passes(asked(method="HEAD")) == ("api/state", "a=1")


# ------------------------------------------------------------------------------------------------- host


@pytest.mark.parametrize(
    ("port", "host"),
    [
        (4040, b"127.0.0.1:4040"),
        (4040, b"localhost:4040"),
        (4040, b"LocalHost:4040"),
        (4040, b"[::1]:4040"),
        (80, b"127.0.0.1"),  # browsers leave this port out
        (80, b"127.0.0.1:80"),
        (80, b"localhost"),
    ],
)
def test_loopback_by_any_of_its_names(port: int, host: bytes) -> None:
    assert passes(asked(host=(b"hOST", host)), port) == ("api/state", "a=1")


@pytest.mark.parametrize(
    "host",
    [
        b"",
        b"evil.example:4040",  # its name was led here: DNS rebinding
        b"evil.example",
        b"127.0.0.1.evil.example:4040",
        b"localhost.evil.example:4040",
        b"evil.localhost:4040",
        b"127.0.0.1",
        b"127.0.0.1:",
        b"127.0.0.1:80",
        b"127.0.0.1:4041",
        b"127.0.0.1:04040",
        b"127.0.0.2:4040",
        b"127.1:4040",
        b"2130706433:4040",
        b"0.0.0.0:4040",
        b"localhost.:4040",
        b"127.0.0.1.:4040",
        b"user@127.0.0.1:4040",
        b"::1:4040",
        b"[::1]",
        b"[::ffff:127.0.0.1]:4040",
        b"127.0.0.1:4040, 127.0.0.1:4040",
        b"\xff:4040",
    ],
)
def test_another_host_is_sent_away(host: bytes) -> None:
    assert refusal(asked(host=(b"Host", host))) == 421


def test_a_request_of_http_1_0_without_host_is_sent_away() -> None:
    assert refusal(Request("GET", f"/{TOKEN}/", Headers(), minor=0)) == 421


@pytest.mark.parametrize("second", [b"127.0.0.1:4040", b"evil.example", b""])
def test_two_hosts_are_one_too_many(second: bytes) -> None:
    assert refusal(asked(f"/{TOKEN}/", (b"host", second))) == 421


def test_other_ports_have_to_be_named() -> None:
    assert refusal(asked(host=(b"Host", b"127.0.0.1")), 8080) == 421


# ------------------------------------------------------------------------------- where it is asked from

PAGE, STATE, EXPORT = f"/{TOKEN}/", f"/{TOKEN}/api/state", f"/{TOKEN}/export/har"


@pytest.mark.parametrize(
    ("target", "lines"),
    [
        (STATE, ()),  # curl
        (STATE, ((b"Origin", b"http://127.0.0.1:4040"),)),
        (STATE, ((b"Sec-Fetch-Site", b"same-origin"),)),
        (STATE, ((b"Sec-Fetch-Site", b"same-origin"), (b"Origin", b"http://127.0.0.1:4040"))),
        (STATE, ((b"Sec-Fetch-Site", b"none"), (b"Sec-Fetch-Dest", b"document"))),  # typed
        (PAGE, ((b"Sec-Fetch-Site", b"none"), (b"Sec-Fetch-Dest", b"document"))),
        (PAGE, ((b"Sec-Fetch-Site", b"cross-site"), (b"Sec-Fetch-Dest", b"document"))),  # a link in a chat
        (PAGE, ((b"Sec-Fetch-Site", b"same-site"), (b"Sec-Fetch-Dest", b"document"))),
        (PAGE + "?x=1", ((b"Sec-Fetch-Site", b"cross-site"), (b"Sec-Fetch-Dest", b"document"))),
    ],
)
def test_the_page_itself_and_who_has_its_address_are_answered(target: str, lines: tuple[Line, ...]) -> None:
    assert passes(asked(target, *lines))


@pytest.mark.parametrize("target", [PAGE, STATE, EXPORT])
@pytest.mark.parametrize(
    "lines",
    [
        ((b"Origin", b"http://evil.example"),),
        ((b"Origin", b"null"),),
        ((b"Origin", b"https://127.0.0.1:4040"),),
        ((b"Origin", b"http://127.0.0.1"),),
        ((b"Origin", b"http://127.0.0.1:8080"),),  # another server of this machine
        ((b"Origin", b"http://localhost:4040"),),
        ((b"Origin", b"http://127.0.0.1:4040"), (b"Origin", b"http://evil.example")),
        ((b"Sec-Fetch-Site", b"cross-site"),),
        ((b"Sec-Fetch-Site", b"cross-site"), (b"Sec-Fetch-Dest", b"empty")),
        ((b"Sec-Fetch-Site", b"cross-site"), (b"Sec-Fetch-Dest", b"script")),
        ((b"Sec-Fetch-Site", b"cross-site"), (b"Sec-Fetch-Dest", b"iframe")),
        ((b"Sec-Fetch-Site", b"same-site"), (b"Sec-Fetch-Dest", b"image")),
        ((b"Sec-Fetch-Site", b"same-origin"), (b"Sec-Fetch-Site", b"cross-site")),
        ((b"Sec-Fetch-Site", b"nonsense"),),
        ((b"Sec-Fetch-Site", b"cross-site"), (b"Sec-Fetch-Dest", b"document"), (b"Origin", b"http://evil.example")),
    ],
)
def test_another_sites_page_may_not_look(target: str, lines: tuple[Line, ...]) -> None:
    assert refusal(asked(target, *lines)) == 403


@pytest.mark.parametrize("target", [STATE, EXPORT, f"/{TOKEN}/page.js", f"/{TOKEN}//"])
def test_a_link_from_elsewhere_leads_to_the_page_alone(target: str) -> None:
    arrives = ((b"Sec-Fetch-Site", b"cross-site"), (b"Sec-Fetch-Mode", b"navigate"), (b"Sec-Fetch-Dest", b"document"))
    assert refusal(asked(target, *arrives)) == 403


def test_who_does_not_know_the_token_learns_nothing_from_refusals() -> None:
    stranger = ((b"Origin", b"http://evil.example"),)
    assert refusal(asked("/guess/", *stranger)) == refusal(asked("/guess/")) == 404


# ----------------------------------------------------------------------------------------------- fields


def test_every_answer_shuts_the_page_off() -> None:
    fields = Headers(GUARDED)
    assert fields["Content-Security-Policy"] == POLICY
    assert (fields["Referrer-Policy"], fields["Cache-Control"]) == ("no-referrer", "no-store")
    assert fields["X-Content-Type-Options"] == "nosniff"
    assert fields["Cross-Origin-Resource-Policy"] == fields["Cross-Origin-Opener-Policy"] == "same-origin"
    policy = dict(part.strip().partition(" ")[::2] for part in POLICY.split(";"))
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == "'self'" and "unsafe" not in POLICY
