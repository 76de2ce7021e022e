"""Asking for upper case over TCP, TLS or UDP, and measuring round trips.

Over a stream the newline is what ends a reply, so a line without one is given it on the way out, and its reply loses
it again. That works with a server that answers whatever arrives, with one that reads lines, and with the classic
first one (accept, recv, upper, send, close), after whose close the client connects again for the next line.

Over UDP every line is one datagram, sent exactly as it is.
"""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Generic, TypeVar

from portside.engine.conversation import Conversation
from portside.engine.links import Means
from portside.errors import ConnectError, ConnectionLost, PortsideError, RemoteError, TimedOut, UsageError
from portside.interfaces import Address, Datagrams, Observer, Role, Tap
from portside.protocols.upper.messages import LARGEST_DATAGRAM, Answer, Line, Question, Reply, Unanswered
from portside.protocols.upper.rules.client import (
    ATTEMPTS,
    FIRST_WAIT,
    REPLY_WAIT,
    ClientRules,
    DatagramClientRules,
    State,
)
from portside.transport.connect import CONNECT_TIMEOUT, resolve
from portside.transport.dial import ClientTls, dial
from portside.transport.udp import dial_datagrams

M = TypeVar("M")
Lines = Iterable[bytes] | AsyncIterable[bytes]
PORTS_AVOIDED = 100
"""Ports of earlier datagrams from which none is sent again: an answer that is later still has been lost."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to ask.

    ``timeout`` is in seconds: over a stream for connecting, and again for each reply; over UDP for the first of at
    most ``attempts`` attempts (each further one waits twice as long as the one before, up to 4 s). None leaves
    each its own: 30 s for a stream, 1 s for a datagram.
    """

    udp: bool = False
    tls: ClientTls | None = None
    timeout: float | None = None
    attempts: int = ATTEMPTS
    observer: Observer | None = None
    tap: Tap | None = None

    def __post_init__(self) -> None:
        if self.udp and self.tls is not None:
            raise UsageError("TLS needs a stream: ask either with TLS or over UDP")
        if self.attempts < 1 or (self.timeout is not None and self.timeout <= 0):
            raise UsageError("there has to be one attempt at least, and some time for it")


async def ask(address: Address, lines: Lines, settings: Settings | None = None) -> AsyncGenerator[bytes, None]:
    """The reply to each of ``lines``, in their order, as soon as it is there.

    Raises ``TransportError`` (``TimedOut`` where nothing answers, ``ConnectError`` where nobody listens,
    ``ConnectionLost`` where the server closes without a reply), ``RemoteError`` for a server that says more than
    its replies, and ``UsageError`` for what can be no line or no datagram.
    """
    settings = settings or Settings()
    answers = _ask_datagrams(address, lines, settings) if settings.udp else _ask_stream(address, lines, settings)
    async with aclosing(answers):
        async for answer in answers:
            yield answer


async def _each(lines: Lines) -> AsyncIterator[bytes]:
    if isinstance(lines, AsyncIterable):
        async for line in lines:
            yield line
    else:
        for line in lines:
            yield line


# ------------------------------------------------------------------------------------------------- streams


async def _ask_stream(address: Address, lines: Lines, settings: Settings) -> AsyncGenerator[bytes, None]:
    connection: _Connection | None = None
    try:
        async for line in _each(lines):
            whole = line if line.endswith(b"\n") else line + b"\n"
            if b"\n" in whole[:-1]:
                raise UsageError("a line has one newline at most, at its end")
            reply = None
            if connection is not None and connection.usable():
                reply = await connection.ask(whole)  # None where it closed after an earlier reply
            if reply is None:
                connection = await _connect(address, settings)
                reply = await connection.ask(whole)
            if reply is None:
                raise ConnectionLost(f"{address} closed the connection without a reply; does it speak upper?")
            yield reply if line.endswith(b"\n") else reply.removesuffix(b"\n")
    finally:
        if connection is not None:
            await connection.close()


async def _connect(address: Address, settings: Settings) -> _Connection:
    stream = await dial(address, settings.tls, tap=settings.tap, timeout=settings.timeout or CONNECT_TIMEOUT)
    rules = ClientRules(settings.timeout or REPLY_WAIT)
    conversation = Conversation(rules, Role.CLIENT, observer=settings.observer)
    connection = _Connection(conversation, rules)
    conversation.begin(connection, stream)
    return connection


class _Asking(Generic[M]):
    """A side that waits for one message at a time."""

    def __init__(self, conversation: Conversation[M]) -> None:
        self._conversation = conversation
        self._waiting: asyncio.Future[M] | None = None
        self._ended: PortsideError | None = None

    async def _exchange(self, message: M) -> M:
        self._waiting = asyncio.get_running_loop().create_future()
        self._conversation.say(message)
        try:
            return await self._waiting
        finally:
            self._waiting = None

    def heard(self, message: M) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(message)

    def lost(self, error: PortsideError | None) -> None:
        self._ended = error
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(error or ConnectionLost("the connection was closed"))

    def drained(self) -> None:
        """There is never more than one message on its way."""

    async def close(self) -> None:
        """End the conversation, whatever still runs."""
        self._conversation.stop()
        self._conversation.abort()
        await asyncio.sleep(0)  # the socket goes in the loop's next turn


class _Connection(_Asking[Line | Reply | Unanswered]):
    """One connection to a server, for as many lines as it lives."""

    def __init__(self, conversation: Conversation[Line | Reply | Unanswered], rules: ClientRules) -> None:
        super().__init__(conversation)
        self._rules = rules

    def usable(self) -> bool:
        """Whether another line may be said. Raises ``RemoteError`` where the server broke the rules meanwhile."""
        if isinstance(self._ended, RemoteError):
            raise self._ended
        return self._rules.state is State.IDLE

    async def ask(self, line: bytes) -> bytes | None:
        """The reply to ``line``; None where the server closed and said nothing."""
        heard = await self._exchange(Line(line))
        return heard.data if isinstance(heard, Reply) else None


# ----------------------------------------------------------------------------------------------- datagrams


async def _ask_datagrams(address: Address, lines: Lines, settings: Settings) -> AsyncGenerator[bytes, None]:
    servers = await _resolve(address)
    ports = _Ports(settings.tap)
    async for line in _each(lines):
        answer = await _ask_once(servers, line, settings, ports)
        servers = _preferring(answer.address, servers)
        yield answer.data


async def _resolve(address: Address) -> list[Address]:
    if address.path:
        raise UsageError(f"{address} is no address for UDP")
    return await resolve(address, socket.SOCK_DGRAM)


def _preferring(first: Address, servers: Sequence[Address]) -> list[Address]:
    return [first, *(server for server in servers if server != first)]


class _Ports:
    """Dials, each time from another port: a late answer to one question is never taken for that to the next."""

    def __init__(self, tap: Tap | None) -> None:
        self._tap = tap
        self._used: deque[int] = deque(maxlen=PORTS_AVOIDED)

    async def dial(self, address: Address, _source: str) -> Datagrams:
        datagrams = await dial_datagrams(address, tap=self._tap, avoid=self._used)
        self._used.append(datagrams.door.local.port)
        return datagrams


async def _ask_once(servers: Sequence[Address], data: bytes, settings: Settings, ports: _Ports) -> Answer:
    if len(data) > LARGEST_DATAGRAM:
        raise UsageError(f"a datagram carries {LARGEST_DATAGRAM:,} bytes, and this text has {len(data):,}")
    rules = DatagramClientRules(servers, settings.timeout or FIRST_WAIT, settings.attempts)
    conversation = Conversation(rules, Role.CLIENT, observer=settings.observer, means=Means(ports.dial))
    question = _Question(conversation)
    conversation.begin(question)
    try:
        return await question.ask(data)
    finally:
        await question.close()


class _Question(_Asking[Question | Answer]):
    """One question, and as many attempts as it takes."""

    async def ask(self, data: bytes) -> Answer:
        heard = await self._exchange(Question(data))
        assert isinstance(heard, Answer)
        return heard


# --------------------------------------------------------------------------------------------------- pings


@dataclass(frozen=True, slots=True)
class Ping:
    """One datagram there and back. ``rtt`` is in seconds; where it is None, ``error`` says why."""

    number: int
    sent: bytes
    answer: bytes = b""
    rtt: float | None = None
    address: Address | None = None
    error: PortsideError | None = None


@dataclass(frozen=True, slots=True)
class RoundTrips:
    """What a row of pings came to; times in seconds, None where not one came back."""

    sent: int
    received: int
    minimum: float | None
    mean: float | None
    maximum: float | None

    @property
    def loss(self) -> float:
        """The part that was lost, 0.0 to 1.0."""
        return 1 - self.received / self.sent if self.sent else 0.0


def summarise(pings: Sequence[Ping]) -> RoundTrips:
    """Minimum, mean and maximum of what came back, and how much did not."""
    times = [ping.rtt for ping in pings if ping.rtt is not None]
    if not times:
        return RoundTrips(len(pings), 0, None, None, None)
    return RoundTrips(len(pings), len(times), min(times), sum(times) / len(times), max(times))


async def pings(
    address: Address,
    count: int,
    *,
    interval: float = 1.0,
    timeout: float = FIRST_WAIT,
    text: bytes | None = None,
    heard: Callable[[Ping], None] | None = None,
    observer: Observer | None = None,
    tap: Tap | None = None,
) -> RoundTrips:
    """Send ``count`` datagrams, each once, and tell ``heard`` of each as soon as its fate is known.

    They leave ``interval`` seconds apart; one that has no answer after ``timeout`` seconds is lost. Without ``text``
    they say ``Ping 1``, ``Ping 2`` and so on. Raises ``ResolveError`` and ``UsageError``; a refusal is a loss.
    """
    settings = Settings(udp=True, timeout=timeout, attempts=1, observer=observer, tap=tap)
    servers = await _resolve(address)
    ports = _Ports(tap)
    done: list[Ping] = []
    clock = asyncio.get_running_loop().time
    began = clock()
    for number in range(1, count + 1):
        ping = await _ping(number, text or b"Ping %d" % number, servers, settings, ports)
        done.append(ping)
        if ping.address is not None:
            servers = _preferring(ping.address, servers)
        if heard is not None:
            heard(ping)
        if number < count:
            await asyncio.sleep(max(0.0, began + number * interval - clock()))
    return summarise(done)


async def _ping(number: int, data: bytes, servers: Sequence[Address], settings: Settings, ports: _Ports) -> Ping:
    try:
        answer = await _ask_once(servers, data, settings, ports)
    except (TimedOut, ConnectError) as error:
        return Ping(number, data, error=error)
    return Ping(number, data, answer.data, answer.rtt, answer.address)
