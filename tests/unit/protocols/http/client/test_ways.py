"""Ways to an origin, and what a proxy may do to the one that leads through it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from portside.errors import ConnectionLost, LoginFailed, PortsideError, RemoteError, TimedOut
from portside.protocols.http.client.proxies import proxies_of
from portside.protocols.http.client.settings import Settings
from portside.protocols.http.client.urls import parse_url
from portside.protocols.http.client.ways import Way, open_stream, proxy_login, way_to
from tests.unit.protocols.http.client.scripted import Says, Scripted, ok, scripted

ORIGIN = parse_url("https://far.test:8443/x")


def test_a_way_is_straight_by_a_proxy_or_over_a_socket() -> None:
    proxied = Settings(proxies=proxies_of({"https_proxy": "http://p:1"}))
    assert way_to(ORIGIN, Settings()) == Way("https", "far.test", 8443)
    assert way_to(ORIGIN, proxied).proxy == parse_url("http://p:1")
    assert way_to(ORIGIN, replace(proxied, unix_socket=Path("/s"))).proxy is None


def test_only_a_proxy_that_reads_the_request_gets_the_whole_url() -> None:
    proxy = parse_url("http://p:1")
    ways = (Way("http", "a", 80), Way("http", "a", 80, proxy), Way("https", "a", 443, proxy))
    assert [way.absolute for way in ways] == [False, True, False]


def test_equal_ways_share_connections_and_unlike_ones_do_not() -> None:
    proxies = [None, parse_url("http://p:1"), parse_url("http://me:pw@p:1")]
    assert len({Way("http", "a", 80, proxy) for proxy in proxies} | {Way("http", "a", 80)}) == 3


def test_a_login_is_said_where_the_proxys_url_has_one() -> None:
    assert proxy_login(parse_url("http://p:1")) is None
    assert proxy_login(parse_url("http://m%C3%A9:p%3Aw@p:1")) == (b"Proxy-Authorization", b"Basic bcOpOnA6dw==")


def tunnel(says: Says, error: type[PortsideError], match: str, patience: float = 20.0) -> Scripted:
    async def run() -> Scripted:
        async with scripted([says]) as proxy:
            settings = Settings(connect_timeout=patience, proxies=proxies_of({"https_proxy": proxy.url}))
            with pytest.raises(error, match=match) as caught:
                await open_stream(way_to(ORIGIN, settings), settings)
            assert type(caught.value) is error
            return proxy

    return asyncio.run(run())


REFUSALS = [
    (ok(status="403 Forbidden"), RemoteError, "opens no tunnel: 403 Forbidden"),
    (ok(status="301 Moved"), RemoteError, "opens no tunnel: 301"),
    (ok(status="407 Proxy Authentication Required"), LoginFailed, "asks for a login"),
    (Says(b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"), RemoteError, "speaks into the tunnel"),
    (Says(b"nonsense\r\n\r\n"), RemoteError, "is wrong"),
    (Says(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000), RemoteError, "too long"),
    (Says(b"HTTP/1.1 200 OK\nX: y\n\n"), RemoteError, "CRLF"),
    (Says(close=True), ConnectionLost, "instead of opening a tunnel"),
    (Says(b"HTTP/1.1 200 O", close=True), ConnectionLost, "instead of opening a tunnel"),
]


@pytest.mark.parametrize(("says", "error", "match"), REFUSALS)
def test_a_proxy_that_opens_no_tunnel_is_told(says: Says, error: type[PortsideError], match: str) -> None:
    proxy = tunnel(says, error, match)
    assert proxy.asked[0].line == "CONNECT far.test:8443 HTTP/1.1"
    assert proxy.asked[0].field("host") == "far.test:8443"


def test_a_proxy_that_says_nothing_is_not_waited_for_for_ever() -> None:
    tunnel(Says(), TimedOut, "no tunnel", patience=0.05)


def test_a_proxy_that_falls_silent_behind_its_answer_is_not_waited_for_either() -> None:
    tunnel(Says(b"HTTP/1.1 200 OK\r\n\r\n"), TimedOut, "within", patience=0.1)
