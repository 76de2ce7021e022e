"""The web client: what people want, on top of connections and their pool.

A request goes through some rounds, each of which may end it: it is said on a connection (a kept one that turns out to
be closed is replaced); a redirect leads to the next URL; a challenge is answered with a login; a failure that may
pass is tried again later. ``Ask`` is what is wanted at the moment, and each round makes the next one from it.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any

from portside.errors import ConnectionLost, PortsideError, RemoteError, UsageError
from portside.protocols.http.client.answer import Answer
from portside.protocols.http.client.codings import ACCEPTED
from portside.protocols.http.client.connection import Connection, Exchange
from portside.protocols.http.client.pool import Pool
from portside.protocols.http.client.redirects import REDIRECTS, lines_after, location_of, method_after
from portside.protocols.http.client.retries import is_repeatable, pause_before, worth_a_retry
from portside.protocols.http.client.settings import Settings
from portside.protocols.http.client.urls import Url, parse_url
from portside.protocols.http.client.ways import Way, open_stream, proxy_login, way_to
from portside.protocols.http.messages import FieldLine, Headers, Request
from portside.protocols.http.rules.client import ClientLimits

EXPECT_FROM = 1024 * 1024
"""Bytes of a body from which we ask before we send it."""
DISCARD = 64 * 1024
"""Bytes of a body nobody wants (a redirect's) that are read to keep the connection."""
REMEMBERED_HEADERS = 256
"""Origins whose usual fields are kept ready."""

FieldsIn = Mapping[str, str] | Sequence[tuple[str, str]]
BodyIn = bytes | AsyncIterable[bytes] | None
"""A body: bytes, or pieces. One that gives a new iterator each time can be sent again (a generator cannot);
one with an attribute ``length`` is sent with its length, others in chunks."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request as the caller wants it, now."""

    method: str
    url: Url
    lines: tuple[FieldLine, ...] = ()
    body: BodyIn = None
    compressed: bool = True
    expect: bool = True

    @property
    def repeatable_body(self) -> bool:
        """Whether the body can be said again."""
        return self.body is None or isinstance(self.body, bytes) or aiter(self.body) is not self.body


class Client:
    """A web client with a pool of connections; use it as ``async with Client() as client``.

    >>> # async with Client() as client:
    >>> #     answer = await client.get("http://localhost:8080/")
    >>> #     print(answer.status, answer.text())

    Every request raises ``UsageError`` for a URL that is none, ``ResolveError``, ``ConnectError``, ``TlsError``,
    ``CertificateError`` and ``TimedOut`` where no connection comes about, ``ConnectionLost`` where they went without
    an answer, ``RemoteError`` where the answer is not HTTP or redirects without end, ``LoginFailed``,
    ``BrokenPromise`` where the answer was cut, and ``LimitExceeded``. A status of 400 and more is an answer.
    """

    def __init__(self, settings: Settings | None = None, *, draw: Callable[[], float] = random.random) -> None:
        """``draw`` gives numbers from 0 to 1 for the pauses between retries."""
        self.settings = settings or Settings()
        self._draw = draw
        self._limits = ClientLimits(silence=self.settings.timeout)
        self._pool = Pool(self.settings.per_origin, self.settings.connections, self.settings.idle)
        self._usual: dict[tuple[str, bool], Headers] = {}

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()

    # ----------------------------------------------------------------------------------- what people ask

    async def request(
        self, method: str, url: str, *, headers: FieldsIn = (), body: BodyIn = None, compressed: bool | None = None
    ) -> Answer:
        """Ask, and read the whole answer into memory. Raises what the class says."""
        answer = await self._answer(self._ask(method, url, headers, body, compressed))
        await answer.read()
        return answer

    async def get(self, url: str, *, headers: FieldsIn = ()) -> Answer:
        """``request("GET", url)``."""
        return await self.request("GET", url, headers=headers)

    async def head(self, url: str, *, headers: FieldsIn = ()) -> Answer:
        """``request("HEAD", url)``."""
        return await self.request("HEAD", url, headers=headers)

    async def post(self, url: str, body: BodyIn, *, headers: FieldsIn = ()) -> Answer:
        """``request("POST", url)`` with ``body``."""
        return await self.request("POST", url, headers=headers, body=body)

    async def put(self, url: str, body: BodyIn, *, headers: FieldsIn = ()) -> Answer:
        """``request("PUT", url)`` with ``body``."""
        return await self.request("PUT", url, headers=headers, body=body)

    async def delete(self, url: str, *, headers: FieldsIn = ()) -> Answer:
        """``request("DELETE", url)``."""
        return await self.request("DELETE", url, headers=headers)

    @asynccontextmanager
    async def stream(
        self, method: str, url: str, *, headers: FieldsIn = (), body: BodyIn = None, compressed: bool | None = None
    ) -> AsyncIterator[Answer]:
        """Ask, and have the answer as soon as its head is there; its body is read within the block.

        ``compressed`` (the settings' choice by itself) says whether compression is asked for, and then taken off.
        """
        answer = await self._answer(self._ask(method, url, headers, body, compressed))
        try:
            yield answer
        finally:
            answer.close()

    def _ask(self, method: str, url: str, headers: FieldsIn, body: BodyIn, compressed: bool | None) -> Ask:
        pairs = headers.items() if isinstance(headers, Mapping) else headers
        lines = tuple((name.encode("latin-1"), _octets(value)) for name, value in pairs)
        wanted = self.settings.compressed if compressed is None else compressed
        return Ask(method, parse_url(url), lines, body, wanted)

    # ------------------------------------------------------------------------------------------ rounds

    async def _answer(self, ask: Ask) -> Answer:
        history: list[Answer] = []
        while True:
            answer = await self._settled(ask)
            if answer.status not in REDIRECTS or not self.settings.redirects:
                break
            target = self._target(answer, history)
            if target is None:
                break
            await _discard(answer)
            history.append(answer)
            ask = _redirected(ask, answer, target)
        if history:
            answer.history = tuple(history)
        return answer

    def _target(self, answer: Answer, history: list[Answer]) -> Url | None:
        try:
            target = location_of(answer.head, answer.url)
            if target is not None and len(history) >= self.settings.redirects:
                raise RemoteError(f"more than {self.settings.redirects} redirects; the last one leads to {target}")
        except PortsideError:
            answer.close()
            raise
        return target

    async def _settled(self, ask: Ask) -> Answer:
        """The answer after retries."""
        attempt = 0
        while True:
            error: PortsideError | None = None
            answer: Answer | None = None
            try:
                answer = await self._once(ask)
            except PortsideError as caught:
                error = caught
            pause = self._pause(ask, attempt, answer, error)
            if pause is None:
                if answer is None:
                    assert error is not None
                    raise error
                return answer
            if answer is not None:
                await _discard(answer)
            attempt += 1
            await asyncio.sleep(pause)

    def _pause(self, ask: Ask, attempt: int, answer: Answer | None, error: PortsideError | None) -> float | None:
        """Seconds until the next attempt; None where this was the last one."""
        if attempt >= self.settings.retries or not is_repeatable(ask.method) or not ask.repeatable_body:
            return None
        if not worth_a_retry(answer.status if answer is not None else 0, error):
            return None
        after = answer.headers.get(b"retry-after") if answer is not None else None
        return pause_before(attempt + 1, after, time.time(), self._draw())

    async def _once(self, ask: Ask) -> Answer:
        way = way_to(ask.url, self.settings)
        request = self._request(ask, way)
        connection = self._pool.ready(way)
        if connection is not None:
            try:
                return await self._exchange(connection, ask, request)
            except ConnectionLost:
                # They closed a connection that we had kept, and have said nothing to this request (RFC 9112 §9.3.1).
                if not is_repeatable(ask.method) or not ask.repeatable_body:
                    raise
            connection = await self._pool.open(way, lambda: self._open(way))
        else:
            connection = await self._pool.take(way, lambda: self._open(way))
        answer = await self._exchange(connection, ask, request)
        if answer.status == 417 and ask.expect and ask.repeatable_body and b"expect" in request.headers:
            await _discard(answer)
            return await self._once(replace(ask, expect=False))
        return answer

    async def _open(self, way: Way) -> Connection:
        stream = await open_stream(way, self.settings)
        return Connection(stream, self._limits, key=way, observer=self.settings.observer, owner=self._pool)

    async def _exchange(self, connection: Connection, ask: Ask, request: Request) -> Answer:
        """One request on one connection. Whatever goes wrong, the connection is closed and its place given back."""
        began = time.monotonic()
        try:
            exchange = connection.ask(request)
            if ask.body is None:
                head = exchange.head or await exchange.answer()
            else:
                head = await _with_body(connection, exchange, ask.body)
        except BaseException:
            if connection.reusable:
                self._pool.free(connection)  # nothing was said: the request was not fit to be
            else:
                connection.abort()
            raise
        return Answer(exchange, head, ask.url, decode=ask.compressed, in_memory=self.settings.in_memory, began=began)

    # ------------------------------------------------------------------------------------------ requests

    def _request(self, ask: Ask, way: Way) -> Request:
        target = f"http://{ask.url.authority}{ask.url.target}" if way.absolute else ask.url.target
        if not ask.lines and ask.body is None and way.proxy is None:
            return Request(ask.method, target, self._usual_headers(ask))
        lines = _merged(self._usual_headers(ask).lines, ask.lines)
        lines += _framing(ask, lines)
        if way.absolute and way.proxy is not None and (login := proxy_login(way.proxy)) is not None:
            lines.append(login)
        return Request(ask.method, target, Headers(lines), body=ask.body is not None)

    def _usual_headers(self, ask: Ask) -> Headers:
        """What every request to this origin says."""
        key = (ask.url.authority, ask.compressed)
        headers = self._usual.get(key)
        if headers is None:
            if len(self._usual) >= REMEMBERED_HEADERS:
                self._usual.clear()
            headers = self._usual[key] = Headers(
                (
                    (b"Host", ask.url.authority.encode("ascii")),
                    (b"User-Agent", self.settings.user_agent.encode("latin-1")),
                    (b"Accept", b"*/*"),
                    (b"Accept-Encoding", ACCEPTED if ask.compressed else b"identity"),
                )
            )
        return headers


def _octets(value: str) -> bytes:
    """A field's value as sent: ISO 8859-1 where it fits, UTF-8 elsewhere."""
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("utf-8")


def _merged(usual: Sequence[FieldLine], own: Sequence[FieldLine]) -> list[FieldLine]:
    """The usual fields and the caller's, who replaces a usual one by naming it."""
    named = {name.lower() for name, _ in own}
    return [line for line in usual if line[0].lower() not in named] + [line for line in own if line[1] != DROPPED]


DROPPED = b"\0"
"""The value of a field that takes a usual one away (no real value holds a NUL)."""


def _framing(ask: Ask, lines: Sequence[FieldLine]) -> list[FieldLine]:
    """The fields that tell how long the body is, and whether we ask first."""
    if ask.body is None:
        return []
    named = {name.lower() for name, _ in lines}
    if b"content-length" in named or b"transfer-encoding" in named:
        raise UsageError("Content-Length and Transfer-Encoding follow from the body: leave them out")
    length = len(ask.body) if isinstance(ask.body, bytes) else getattr(ask.body, "length", None)
    framing = [] if length is None else [(b"Content-Length", b"%d" % length)]
    if ask.expect and (length is None or length > EXPECT_FROM) and b"expect" not in named:
        framing.append((b"Expect", b"100-continue"))
    return framing


async def _with_body(connection: Connection, exchange: Exchange, body: bytes | AsyncIterable[bytes]) -> Any:
    """Say the body, and wait for the head of the answer, which may come first."""
    if isinstance(body, bytes) and exchange.may_speak:
        connection.say_all(exchange, body)
        return await exchange.answer()
    pieces = _one_piece(body) if isinstance(body, bytes) else aiter(body)
    speaking = asyncio.ensure_future(_speak(connection, exchange, pieces))
    try:
        return await exchange.answer()
    finally:
        if exchange.ended or exchange.error is not None:
            speaking.cancel()


async def _speak(connection: Connection, exchange: Exchange, pieces: AsyncIterator[bytes]) -> None:
    try:
        await connection.say_pieces(exchange, pieces)
    except Exception as error:  # raised again to whoever waits for the answer
        exchange.fail(error)
        connection.abort()


async def _one_piece(body: bytes) -> AsyncIterator[bytes]:
    yield body


async def _discard(answer: Answer) -> None:
    """Read what is left of a body nobody wants, where it is short; close the connection where it is not."""
    left = DISCARD

    def count(data: bytes) -> None:
        nonlocal left
        left -= len(data)
        if left < 0:
            raise RemoteError("more than anybody wants")

    if answer.complete:
        return
    try:
        await answer.skip(count)
    except PortsideError:
        answer.close()


def _redirected(ask: Ask, answer: Answer, target: Url) -> Ask:
    method = method_after(answer.status, ask.method)
    same = method == ask.method
    if same and not ask.repeatable_body:
        answer.close()
        raise RemoteError(f"{ask.url} redirects to {target}, and the body cannot be sent a second time", answer.status)
    lines = lines_after(ask.lines, same_origin=target.origin == ask.url.origin, same_method=same)
    return replace(ask, method=method, url=target, lines=lines, body=ask.body if same else None)
