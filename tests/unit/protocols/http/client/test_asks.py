"""What a caller asks for, and the request that says it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from portside.errors import UsageError
from portside.protocols.http.client.asks import DROPPED, EXPECT_FROM, REMEMBERED, Ask, Requests, field_lines
from portside.protocols.http.client.urls import parse_url
from portside.protocols.http.client.ways import Way
from portside.protocols.http.messages import Request

URL = parse_url("http://a:81/x?y")
STRAIGHT = Way("http", "a", 81)
BY_PROXY = Way("http", "a", 81, parse_url("http://me:pw@p:3128"))
TUNNEL = Way("https", "a", 443, parse_url("http://p:3128"))


def write(ask: Ask, way: Way = STRAIGHT, **how: object) -> Request:
    return Requests("tester/1").write(ask, way, **how)  # type: ignore[arg-type]


def test_a_plain_request_says_the_usual() -> None:
    request = write(Ask("GET", URL))
    assert (request.method, request.target, request.body) == ("GET", "/x?y", False)
    assert list(request.headers) == [
        ("Host", "a:81"), ("User-Agent", "tester/1"), ("Accept", "*/*"), ("Accept-Encoding", "gzip, deflate, br, zstd"),
    ]  # fmt: skip


def test_without_compression_identity_is_asked_for() -> None:
    assert write(Ask("GET", URL, compressed=False)).headers["accept-encoding"] == "identity"


def test_a_proxy_gets_the_whole_url_and_its_login() -> None:
    request = write(Ask("GET", URL), BY_PROXY)
    assert request.target == "http://a:81/x?y"
    assert request.headers["proxy-authorization"] == "Basic bWU6cHc="


def test_through_a_tunnel_the_proxy_is_told_nothing() -> None:
    request = write(Ask("GET", parse_url("https://a/x")), TUNNEL)
    assert request.target == "/x" and "proxy-authorization" not in request.headers


def test_the_callers_own_fields_win() -> None:
    ask = Ask("GET", URL, ((b"accept", b"x"), (b"User-Agent", DROPPED), (b"Cookie", b"mine")))
    request = write(ask, extra=[(b"Cookie", b"jar")])
    assert (request.headers["accept"], request.headers["cookie"]) == ("x", "mine")
    assert "user-agent" not in request.headers


async def pieces() -> AsyncIterator[bytes]:
    yield b"x"


class Sized:
    length = 7

    def __aiter__(self) -> AsyncIterator[bytes]:
        return pieces()


@pytest.mark.parametrize(
    ("method", "body", "length", "expect"),
    [
        ("GET", None, None, None),
        ("DELETE", None, None, None),
        ("POST", None, "0", None),
        ("PUT", None, "0", None),
        ("POST", b"", "0", None),
        ("POST", b"abc", "3", None),
        ("POST", b"x" * EXPECT_FROM, str(EXPECT_FROM), None),
        ("POST", b"x" * (EXPECT_FROM + 1), str(EXPECT_FROM + 1), "100-continue"),
        ("POST", pieces(), None, "100-continue"),
        ("POST", Sized(), "7", None),
    ],
)
def test_the_framing_follows_from_the_body(method: str, body: bytes, length: str | None, expect: str | None) -> None:
    request = write(Ask(method, URL, body=body))
    assert request.headers.text("content-length") == (length or "")
    assert request.headers.text("expect") == (expect or "")
    assert request.body == (body is not None)


@pytest.mark.parametrize("name", [b"Content-Length", b"transfer-encoding"])
def test_the_framing_is_not_the_callers(name: bytes) -> None:
    with pytest.raises(UsageError):
        write(Ask("GET", URL, ((name, b"1"),)))


def test_which_bodies_can_be_said_again() -> None:
    bodies = (None, b"x", Sized(), pieces())
    assert [Ask("PUT", URL, body=body).repeatable_body for body in bodies] == [True, True, True, False]


def test_fields_keep_every_character() -> None:
    assert field_lines({"X": "é"}) == ((b"X", b"\xe9"),)
    assert field_lines([("X", "→"), ("X", "a")]) == ((b"X", "→".encode()), (b"X", b"a"))


def test_what_is_remembered_has_a_bound_and_changes_nothing() -> None:
    requests = Requests("t")
    for port in range(1, 3 * REMEMBERED):
        url = parse_url(f"http://a:{port}/")
        first, second = (requests.write(Ask("GET", url), STRAIGHT) for _ in range(2))
        assert first.headers == second.headers and first.headers["host"] == url.authority
    assert len(requests._usual) <= REMEMBERED
