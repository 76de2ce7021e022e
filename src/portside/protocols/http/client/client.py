"""The web client: what people want, on top of connections and their pool.

A request goes through rounds, each of which may end it: it is said on a connection (a kept one that turns out to be
closed is replaced); a challenge is answered with a login; a failure that may pass is tried again later; a redirect
leads to the next URL. ``Ask`` is what is wanted at the moment, and each round makes the next one from it.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from types import TracebackType

from portside.accounts.netrc_file import account_in
from portside.errors import ConnectionLost, LoginFailed, PortsideError, RemoteError
from portside.protocols.http.client.answer import Answer
from portside.protocols.http.client.asks import Account, Ask, BodyIn, FieldsIn, Requests, field_lines, target_of
from portside.protocols.http.client.connection import Connection
from portside.protocols.http.client.login import Logins
from portside.protocols.http.client.pool import Pool
from portside.protocols.http.client.redirects import REDIRECTS, lines_after, location_of, method_after
from portside.protocols.http.client.retries import is_repeatable, pause_before, worth_a_retry
from portside.protocols.http.client.settings import Settings
from portside.protocols.http.client.uploads import discard, say_with_body
from portside.protocols.http.client.urls import Url, parse_url
from portside.protocols.http.client.ways import Way, open_stream, way_to
from portside.protocols.http.messages import FieldLine, Request
from portside.protocols.http.rules.client import ClientLimits
from portside.protocols.http.syntax.cookies import Jar, Origin

LOGIN_ROUNDS = 3
"""Times that one request is said because of logins: unasked, answered, and with a fresh nonce."""


class Client:
    """A web client with a pool of connections; use it as ``async with Client() as client``.

    >>> # async with Client() as client:
    >>> #     answer = await client.get("http://localhost:8080/")
    >>> #     print(answer.status, answer.text())

    Every request raises ``UsageError`` for a URL that is none, ``ResolveError``, ``ConnectError``, ``TlsError``,
    ``CertificateError`` and ``TimedOut`` where no connection comes about, ``ConnectionLost`` where they went without
    an answer, ``RemoteError`` where the answer is not HTTP or redirects without end, ``LoginFailed``,
    ``BrokenPromise`` where the answer was cut, and ``LimitExceeded``. A status of 400 and more is an answer. Cookies
    are kept as long as the client lives.
    """

    def __init__(self, settings: Settings | None = None, *, draw: Callable[[], float] = random.random) -> None:
        """``draw`` gives numbers from 0 to 1 for the pauses between retries."""
        self.settings = settings or Settings()
        self.cookies = Jar()
        self._draw = draw
        self._limits = ClientLimits(silence=self.settings.timeout)
        self._pool = Pool(self.settings.per_origin, self.settings.connections, self.settings.idle)
        self._requests = Requests(self.settings.user_agent)
        self._logins = Logins()

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

    def _ask(self, method: str, text: str, headers: FieldsIn, body: BodyIn, compressed: bool | None) -> Ask:
        url = parse_url(text)
        wanted = self.settings.compressed if compressed is None else compressed
        lines = field_lines(headers) if headers else ()
        return Ask(method, url, lines, body, wanted, account=self._account(url, first=True))

    def _account(self, url: Url, *, first: bool) -> Account | None:
        """Who we are at ``url``; the login of the settings, and that in a URL, are meant for the first origin alone."""
        if first and url.user:
            return url.user, url.password or ""
        if first and self.settings.login is not None:
            return self.settings.login
        return account_in(self.settings.netrc, url.host) if self.settings.netrc is not None else None

    # ------------------------------------------------------------------------------------------ rounds

    async def _answer(self, ask: Ask) -> Answer:
        """The answer behind all redirects."""
        history: list[Answer] = []
        while True:
            answer = await self._settled(ask) if self.settings.retries else await self._logged_in(ask)
            if answer.head.status not in REDIRECTS or not self.settings.redirects:
                break
            target = self._target(answer, len(history))
            if target is None:
                break
            await discard(answer)
            history.append(answer)
            ask = self._redirected(ask, answer, target)
        if history:
            answer.history = tuple(history)
        return answer

    def _target(self, answer: Answer, followed: int) -> Url | None:
        try:
            target = location_of(answer.head, answer.url)
            if target is not None and followed >= self.settings.redirects:
                raise RemoteError(f"more than {self.settings.redirects} redirects; the last one leads to {target}")
        except PortsideError:
            answer.close()
            raise
        return target

    def _redirected(self, ask: Ask, answer: Answer, target: Url) -> Ask:
        method = method_after(answer.status, ask.method)
        same_method, same_origin = method == ask.method, target.origin == ask.url.origin
        if same_method and not ask.repeatable_body:
            raise RemoteError(f"{ask.url} redirects to {target}, and the body can't be sent again", answer.status)
        return replace(
            ask,
            method=method,
            url=target,
            lines=lines_after(ask.lines, same_origin=same_origin, same_method=same_method),
            body=ask.body if same_method else None,
            account=ask.account if same_origin else self._account(target, first=False),
        )

    async def _settled(self, ask: Ask) -> Answer:
        """The answer after retries."""
        attempt = 0
        while True:
            answer, error = await self._attempt(ask)
            pause = self._pause(ask, attempt, answer, error)
            if pause is None:
                if answer is None:
                    assert error is not None
                    raise error
                return answer
            if answer is not None:
                await discard(answer)
            attempt += 1
            await asyncio.sleep(pause)

    async def _attempt(self, ask: Ask) -> tuple[Answer | None, PortsideError | None]:
        try:
            return await self._logged_in(ask), None
        except PortsideError as error:
            return None, error

    def _pause(self, ask: Ask, attempt: int, answer: Answer | None, error: PortsideError | None) -> float | None:
        """Seconds until the next attempt; None where this was the last one."""
        if attempt >= self.settings.retries or not is_repeatable(ask.method) or not ask.repeatable_body:
            return None
        if not worth_a_retry(answer.status if answer is not None else 0, error):
            return None
        after = answer.headers.get(b"retry-after") if answer is not None else None
        return pause_before(attempt + 1, after, time.time(), self._draw())

    async def _logged_in(self, ask: Ask) -> Answer:
        """The answer after logins. Raises ``LoginFailed`` where ours was refused."""
        for _ in range(LOGIN_ROUNDS):
            answer, said = await self._once(ask)
            if answer.head.status != 401 or ask.account is None:
                return answer
            await discard(answer)
            if not self._logins.learn(ask.url, answer.headers, said):
                break
            if not ask.repeatable_body:
                raise LoginFailed(f"{ask.url.authority} asks for a login, and the body can't be sent a second time")
        raise LoginFailed(f"{ask.url.authority} did not accept the login of {ask.account[0]!r}")  # type: ignore[index]

    async def _once(self, ask: Ask) -> tuple[Answer, bytes | None]:
        """The answer to one request, and the Authorization field that it had."""
        way = way_to(ask.url, self.settings)
        request = self._requests.write(ask, way, self._secrets(ask, way))
        answer = await self._ask_along(way, ask, request)
        if b"set-cookie" in answer.headers:
            self.cookies.store(_cookie_origin(ask.url), answer.headers.all(b"set-cookie"), time.time())
        if answer.head.status == 417 and ask.expect and ask.repeatable_body and b"expect" in request.headers:
            await discard(answer)
            return await self._once(replace(ask, expect=False))
        if answer.head.status == 407 and way.proxy is not None:
            answer.close()
            raise LoginFailed(f"the proxy {way.proxy.authority} asks for a login; name it in the proxy's URL")
        return answer, request.headers.get(b"authorization")

    def _secrets(self, ask: Ask, way: Way) -> list[FieldLine]:
        """Login and cookies for this request."""
        lines: list[FieldLine] = []
        if ask.account is not None:
            login = self._logins.field(ask.account, ask.url, ask.method, target_of(ask.url, way))
            if login is not None:
                lines.append(login)
        if len(self.cookies):
            cookies = self.cookies.matching(_cookie_origin(ask.url), time.time())
            if cookies is not None:
                lines.append((b"Cookie", cookies))
        return lines

    async def _ask_along(self, way: Way, ask: Ask, request: Request) -> Answer:
        """Say ``request`` on a kept connection, or on a new one."""
        kept = self._pool.ready(way)
        if kept is None:
            return await self._exchange(await self._pool.take(way, lambda: self._open(way)), ask, request)
        again = is_repeatable(ask.method) and ask.repeatable_body
        try:
            answer = await self._exchange(kept, ask, request)
        except ConnectionLost:
            # They closed what we had kept, and have said nothing to this request (RFC 9112 §9.3.1).
            if not again:
                raise
        else:
            if answer.head.status != 408 or not again:
                return answer
            answer.close()  # "too slow" was said to the idle connection, and has met our request on the way
        return await self._exchange(await self._pool.open(way, lambda: self._open(way)), ask, request)

    async def _open(self, way: Way) -> Connection:
        stream = await open_stream(way, self.settings)
        return Connection(stream, self._limits, key=way, observer=self.settings.observer, owner=self._pool)

    async def _exchange(self, connection: Connection, ask: Ask, request: Request) -> Answer:
        """One request on one connection. Whatever goes wrong, the connection is closed and its place given back."""
        try:
            exchange = connection.ask(request)
        except PortsideError:  # the request was not fit to be said, and the connection is as new
            self._pool.free(connection)
            raise
        try:
            if ask.body is None:
                head = exchange.head or await exchange.answer()
            else:
                head = await say_with_body(connection, exchange, ask.body)
        except BaseException:
            exchange.leave()
            raise
        return Answer(exchange, head, ask.url, decode=ask.compressed, in_memory=self.settings.in_memory)


def _cookie_origin(url: Url) -> Origin:
    return Origin(url.host, url.path, url.scheme == "https")
