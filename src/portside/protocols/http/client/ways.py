"""Ways to an origin: straight, over a Unix socket, or through a proxy, with a tunnel for https (RFC 9110 §9.3.6)."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from dataclasses import dataclass, replace

from portside.errors import ConnectionLost, LoginFailed, RemoteError, TimedOut, TransportError
from portside.interfaces import Address, Stream
from portside.protocols.http.client.settings import Settings
from portside.protocols.http.client.urls import Url
from portside.protocols.http.messages import FieldLine, Headers, Request, Response
from portside.protocols.http.syntax.heads import HeadLimits, find_end, parse_response, serialise_request
from portside.syntax.hosts import is_loopback
from portside.transport.dial import dial, upgrade

TUNNEL_HEAD = HeadLimits(head=64 * 1024, fields=128)
"""How long a proxy's answer to CONNECT may be."""


@dataclass(frozen=True, slots=True)
class Way:
    """How an origin is reached. Equal ways may share connections."""

    scheme: str
    host: str
    port: int
    proxy: Url | None = None

    @property
    def absolute(self) -> bool:
        """Whether a request names the whole URL, since a proxy reads it (RFC 9112 §3.2.2)."""
        return self.proxy is not None and self.scheme == "http"


def way_to(url: Url, settings: Settings) -> Way:
    """The way to ``url``."""
    proxy = None if settings.unix_socket is not None else settings.proxies.for_url(url)
    return Way(url.scheme, url.host, url.port, proxy)


def proxy_login(proxy: Url) -> FieldLine | None:
    """The field that logs in to ``proxy``, where its URL names a user (RFC 7617)."""
    if not proxy.user:
        return None
    pair = f"{proxy.user}:{proxy.password or ''}".encode()
    return (b"Proxy-Authorization", b"Basic " + b64encode(pair))


async def open_stream(way: Way, settings: Settings) -> Stream:
    """A stream to the origin, secured where the scheme asks for it. Raises ``TransportError`` of some kind."""
    tls = settings.tls if way.scheme == "https" else None
    if settings.unix_socket is not None:
        address = Address("", path=str(settings.unix_socket))
    elif way.proxy is not None:
        return await _through_proxy(way, way.proxy, settings)
    else:
        address = Address(way.host, way.port)
    return await dial(address, tls, server_name=way.host, tap=settings.tap, timeout=_patience(settings))


def _patience(settings: Settings) -> float:
    return settings.connect_timeout or 365 * 86400.0


async def _through_proxy(way: Way, proxy: Url, settings: Settings) -> Stream:
    tls = settings.tls if proxy.scheme == "https" else None
    below = await dial(Address(proxy.host, proxy.port), tls, tap=settings.tap, timeout=_patience(settings))
    if way.scheme == "http":
        return below
    try:
        async with asyncio.timeout(_patience(settings)):
            await _tunnel(below, way, proxy)
            # The proxy may be on this machine; the origin is not for that, so it is judged by its own name.
            ours = replace(settings.tls, local_ca=settings.tls.local_ca or is_loopback(way.host))
            return await upgrade(below, ours, way.host, tap=settings.tap)
    except TimeoutError:
        below.abort()
        raise TimedOut(f"no tunnel through {proxy.authority} within {settings.connect_timeout:g} s") from None
    except BaseException:
        below.abort()
        raise


async def _tunnel(below: Stream, way: Way, proxy: Url) -> None:
    host = f"[{way.host}]" if ":" in way.host else way.host
    target = f"{host}:{way.port}"
    lines: list[FieldLine] = [(b"Host", target.encode())]
    login = proxy_login(proxy)
    if login is not None:
        lines.append(login)
    listener = _TunnelListener(below, proxy)
    below.start(listener)
    below.write(serialise_request(Request("CONNECT", target, Headers(lines))))
    response = await listener.answer
    if response.status == 407:
        raise LoginFailed(f"the proxy {proxy.authority} asks for a login; name it in the proxy's URL")
    if not 200 <= response.status < 300:
        raise RemoteError(f"the proxy {proxy.authority} opens no tunnel: {response.status} {response.phrase}", 502)


class _TunnelListener:
    """Hears a proxy's answer to CONNECT; nothing may follow it before we speak again."""

    def __init__(self, below: Stream, proxy: Url) -> None:
        self._below = below
        self._proxy = proxy
        self._buffer = b""
        self.answer: asyncio.Future[Response] = asyncio.get_running_loop().create_future()

    def received(self, data: bytes) -> None:
        if self.answer.done():
            return
        start = len(self._buffer)
        self._buffer += data
        try:
            end = find_end(self._buffer, start)
            if end < 0:
                if len(self._buffer) > TUNNEL_HEAD.head:
                    raise RemoteError("its head is too long")
                return
            response = parse_response(self._buffer[:end], TUNNEL_HEAD, "HEAD").message
        except RemoteError as error:
            self.answer.set_exception(RemoteError(f"the answer of the proxy {self._proxy.authority} is wrong: {error}"))
            return
        assert isinstance(response, Response)
        if response.status < 200:
            self._buffer = b""  # an interim answer; what may follow it in the same piece is not worth the care
        elif response.status < 300 and end < len(self._buffer):
            self.answer.set_exception(RemoteError(f"the proxy {self._proxy.authority} speaks into the tunnel", 502))
        else:
            self._below.pause()
            self.answer.set_result(response)

    def ended(self) -> None:
        self.lost(None)

    def lost(self, error: TransportError | None) -> None:
        if not self.answer.done():
            gone = f"the proxy {self._proxy.authority} closed the connection instead of opening a tunnel"
            self.answer.set_exception(error or ConnectionLost(gone))

    def drained(self) -> None:
        """A request this short never waits for room."""
