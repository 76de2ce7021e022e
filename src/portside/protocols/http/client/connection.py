"""One connection with a web server: a side of the conversation, one exchange after the other.

An exchange costs one future where its answer comes in one piece, and no task. A body goes from the socket to whoever
wants it without a task switch for each piece (``Exchange.pour``), or waits in a bounded queue (``Exchange.piece``).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Protocol

from portside.engine.conversation import Conversation
from portside.errors import ConnectionLost, PortsideError
from portside.interfaces import Door, Observer, Role, Stream
from portside.protocols.http.messages import NO_HEADERS, Data, End, Headers, Request, Response
from portside.protocols.http.rules.client import ClientLimits, ClientRules
from portside.protocols.http.rules.turns import ClientMessage, Proceed, Waiting

QUEUED = 1024 * 1024
"""Bytes of a body that wait for a slow reader; beyond them, the server has to wait."""
PIECE = 64 * 1024
"""Bytes of a body that are said at once."""

Sink = Callable[[bytes], object]
"""Takes a piece of a body; what it raises ends the exchange and is raised to whoever waits for it."""


class Exchange:
    """One request and its answer."""

    __slots__ = (
        "_connection", "_held", "_pieces", "_sink", "_size", "_waiters", "ended", "error", "head", "may_speak",
        "pressed", "request", "trailers",
    )  # fmt: skip

    def __init__(self, connection: Connection, request: Request) -> None:
        self._connection = connection
        self._pieces: deque[bytes] = deque()
        self._size = 0
        self._sink: Sink | None = None
        self._held = False
        self._waiters: list[asyncio.Future[None]] = []
        self.request = request
        self.head: Response | None = None
        self.trailers: Headers = NO_HEADERS
        self.ended = False
        self.error: BaseException | None = None
        self.may_speak = False
        self.pressed = False

    # ------------------------------------------------------------------------- from the conversation

    def take(self, data: bytes) -> None:
        """A piece of the body has come."""
        if self._sink is not None:
            try:
                self._sink(data)
            except Exception as error:  # raised again where somebody waits for the body
                self.fail(error)
                self._connection.abort()
            return
        self._pieces.append(data)
        self._size += len(data)
        if self._size > QUEUED and not self._held:
            self._hold()
        self.wake()

    def fail(self, error: BaseException) -> None:
        """The exchange is over, without its end."""
        if self.error is None and not self.ended:
            self.error = error
        self.wake()

    def wake(self) -> None:
        """Whoever waits looks again."""
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    def leave(self) -> None:
        """Nobody wants the rest of the answer."""
        if not self.ended:
            self._connection.abort()

    # ----------------------------------------------------------------------------- for whoever waits

    async def change(self) -> None:
        """Wait until something has happened."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            await waiter
        finally:
            self._waiters.remove(waiter)

    async def answer(self) -> Response:
        """The head of the answer."""
        while self.head is None:
            if self.error is not None:
                raise self.error
            await self.change()
        return self.head

    async def piece(self) -> bytes:
        """The next piece of the body, empty at its end."""
        while not self._pieces:
            if self.error is not None:
                raise self.error
            if self.ended:
                return b""
            await self.change()
        data = self._pieces.popleft()
        self._size -= len(data)
        if self._held and self._size <= QUEUED // 2:
            self._release()
        return data

    async def pour(self, sink: Sink) -> None:
        """Hand every piece of the body to ``sink``, as it comes, until the end."""
        while self._pieces:
            sink(self._pieces.popleft())
        self._size = 0
        self._sink = sink
        if self._held:
            self._release()
        while not self.ended:
            if self.error is not None:
                raise self.error
            await self.change()
        if self.error is not None:
            raise self.error

    def _hold(self) -> None:
        if not self.ended:
            self._held = True
            self._connection.hold()

    def _release(self) -> None:
        self._held = False
        if not self.ended and self.error is None:
            self._connection.release()


class Owner(Protocol):
    """Who keeps connections between exchanges, and is told how they fare."""

    def free(self, connection: Connection) -> None:
        """An exchange is over, and the connection is as new."""
        ...

    def gone(self, connection: Connection) -> None:
        """The connection can't be used any more. Called once."""
        ...


class Connection:
    """A connection with a server, for one exchange at a time."""

    __slots__ = ("_conversation", "_exchange", "_gone", "_owner", "_rules", "idle_since", "key", "uses")

    def __init__(
        self,
        stream: Stream,
        limits: ClientLimits,
        *,
        key: object = None,
        observer: Observer | None = None,
        owner: Owner | None = None,
    ) -> None:
        self._rules = ClientRules(limits)
        self._conversation: Conversation[ClientMessage] = Conversation(self._rules, Role.CLIENT, observer=observer)
        self._exchange: Exchange | None = None
        self._gone = False
        self._owner = owner
        self.key = key
        self.uses = 0
        self.idle_since = 0.0
        self._conversation.begin(self, stream)

    @property
    def door(self) -> Door | None:
        """Both addresses, and the TLS facts."""
        return self._conversation.door

    @property
    def reusable(self) -> bool:
        """Whether another request can be said."""
        return not self._gone and self._rules.reusable

    def ask(self, request: Request) -> Exchange:
        """Say the head of ``request``. Raises ``LocalError`` where it may not be said."""
        exchange = Exchange(self, request)
        self._exchange = exchange
        self.uses += 1
        self._conversation.say(request)
        exchange.may_speak = self._rules.speaking
        return exchange

    def abort(self) -> None:
        """Close now."""
        self._conversation.abort()
        self._leave()

    def close(self) -> None:
        """Close in good order; an exchange that still runs is cut off."""
        if self._exchange is not None:
            self.abort()
        else:
            self._conversation.stop()
            self._leave()

    def hold(self) -> None:
        """Our side has enough for now."""
        self._conversation.hold()
        self._conversation.say(Waiting(False))

    def release(self) -> None:
        """Our side wants more."""
        self._conversation.say(Waiting(True))
        self._conversation.release()

    # ------------------------------------------------------------------------------------- our own body

    def say_all(self, exchange: Exchange, body: bytes) -> None:
        """Say a body of modest size at once."""
        if self._wanted(exchange):
            self._conversation.say(Data(body))
            self._conversation.say(End())

    async def say_pieces(self, exchange: Exchange, pieces: AsyncIterator[bytes]) -> None:
        """Say a body as fast as they take it; stops where they do not want it."""
        while not exchange.may_speak:
            if exchange.head is not None or exchange.error is not None:
                return
            await exchange.change()
        async for piece in pieces:
            for start in range(0, len(piece), PIECE):
                if not self._wanted(exchange):
                    return
                self._conversation.say(Data(piece[start : start + PIECE]))
                if self._conversation.slow:
                    await self._room(exchange)
        if self._wanted(exchange):
            self._conversation.say(End())

    def _wanted(self, exchange: Exchange) -> bool:
        return self._exchange is exchange and exchange.error is None and self._rules.speaking

    async def _room(self, exchange: Exchange) -> None:
        self._conversation.say(Waiting(True))
        exchange.pressed = True
        while exchange.pressed and self._wanted(exchange):
            await exchange.change()
        if self._wanted(exchange):
            self._conversation.say(Waiting(False))

    # -------------------------------------------------------------------------- from the conversation

    def heard(self, message: ClientMessage) -> None:
        exchange = self._exchange
        if exchange is None:
            return
        kind = type(message)
        if kind is Data:
            exchange.take(message.data)  # type: ignore[union-attr]
        elif kind is End:
            self._end(exchange, message)  # type: ignore[arg-type]
        elif kind is Proceed:
            exchange.may_speak = True
            exchange.wake()
        elif message.status >= 200:  # type: ignore[union-attr]
            exchange.head = message  # type: ignore[assignment]
            exchange.wake()

    def _end(self, exchange: Exchange, end: End) -> None:
        exchange.trailers = end.trailers
        exchange.ended = True
        self._exchange = None
        exchange.wake()
        if self.reusable:
            self._conversation.release()
            if self._owner is not None:
                self._owner.free(self)
        else:
            self._leave()

    def lost(self, error: PortsideError | None) -> None:
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            exchange.fail(error or ConnectionLost("the connection was closed"))
        self._leave()

    def drained(self) -> None:
        exchange = self._exchange
        if exchange is not None:
            exchange.pressed = False
            exchange.wake()

    def _leave(self) -> None:
        if not self._gone:
            self._gone = True
            if self._owner is not None:
                self._owner.gone(self)
