"""Whose name is told to whom, and how."""

from __future__ import annotations

import pytest

from portside.protocols.http.client.login import REMEMBERED, Logins
from portside.protocols.http.client.urls import Url, parse_url
from portside.protocols.http.messages import Headers

ME = ("me", "pw")
PLAIN, SECURE = parse_url("http://a/x"), parse_url("https://a/x")
BASIC = b'Basic realm="r"'
DIGEST = b'Digest realm="r", nonce="n", qop="auth"'


def asks(*challenges: bytes) -> Headers:
    return Headers([(b"WWW-Authenticate", one) for one in challenges])


def said(logins: Logins, url: Url = PLAIN) -> bytes | None:
    field = logins.field(ME, url, "GET", url.target)
    return None if field is None else field[1]


def test_on_a_bare_connection_nothing_is_said_before_it_is_asked_for() -> None:
    assert said(Logins()) is None


def test_over_tls_basic_is_said_at_once() -> None:
    assert said(Logins(), SECURE) == b"Basic bWU6cHc="


def test_what_an_origin_asked_for_is_remembered_for_it_alone() -> None:
    logins = Logins()
    assert logins.learn(PLAIN, asks(BASIC), None)
    assert said(logins) == b"Basic bWU6cHc="
    assert said(logins, parse_url("http://a:81/x")) is None
    assert said(logins, parse_url("http://b/x")) is None


def test_digest_is_preferred_and_answers_each_request_anew() -> None:
    logins = Logins(nonce=iter(("c1", "c2")).__next__)
    assert logins.learn(PLAIN, asks(BASIC, DIGEST), None)
    one, two = said(logins) or b"", said(logins) or b""
    assert b"nc=00000001" in one and b'cnonce="c1"' in one
    assert b"nc=00000002" in two and b'cnonce="c2"' in two
    assert b"pw" not in one + two


@pytest.mark.parametrize(
    ("challenges", "first", "again"),
    [
        ((BASIC,), None, True),
        ((BASIC,), b"Basic x", False),
        ((DIGEST,), b"Basic x", True),
        ((DIGEST,), b"Digest x", False),
        ((DIGEST + b", stale=true",), b"Digest x", True),
        ((BASIC + b", stale=true",), b"Basic x", False),
        ((b"Negotiate",), None, False),
        ((), None, False),
        ((b'Digest realm="r", nonce="n", algorithm=WHIRLPOOL',), None, False),
    ],
)
def test_another_try_is_made_only_where_it_could_help(
    challenges: tuple[bytes, ...], first: bytes | None, again: bool
) -> None:
    assert Logins().learn(PLAIN, asks(*challenges), first) is again


def test_what_is_remembered_has_a_bound() -> None:
    logins = Logins()
    for port in range(1, 3 * REMEMBERED):
        logins.learn(parse_url(f"http://a:{port}/"), asks(BASIC), None)
    assert len(logins._known) <= REMEMBERED
