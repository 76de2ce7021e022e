"""Serving: conversations behind one or several doors, from the first connection to a graceful stop."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol
from weakref import WeakSet

from portside.engine.conversation import Conversation
from portside.engine.links import Means, Securer
from portside.errors import TransportError
from portside.interfaces import Address, Datagrams, Role, Stream, Tap
from portside.syntax.hosts import is_loopback
from portside.transport.dial import dial
from portside.transport.listen import Acceptor, bind_datagrams, bind_stream
from portside.transport.readiness import Readiness, watch_many
from portside.transport.tapped import TappedDatagrams, TappedStream
from portside.transport.tcp import SocketStream
from portside.transport.tls import TlsStream
from portside.transport.udp import SocketDatagrams

GRACE = 10.0
"""Seconds that running exchanges have to finish once the server is told to stop."""
CONNECTIONS_PER_ADDRESS = 256
"""Connections that one remote address may hold: enough for a large office behind one address."""

_log = logging.getLogger("portside.engine")


class Greeter(Protocol):
    """Starts a conversation with whoever came in; ``on_over`` is to be handed to it."""

    def __call__(self, stream: Stream, on_over: Callable[[Conversation[Any]], None]) -> Conversation[Any]: ...


@dataclass(frozen=True, slots=True)
class Doors:
    """Where and how a server listens.

    ``per_address`` connections at most come from one remote address (0: no limit; loopback never has one).
    ``refusal`` is said to one more, where it can be said before TLS.
    ``send_buffer`` bytes, about, are left to the kernel (0: as many as it likes): what it has can't be taken back.
    """

    addresses: Sequence[Address]
    tls: ssl.SSLContext | None = None
    per_address: int = CONNECTIONS_PER_ADDRESS
    tap: Tap | None = None
    send_buffer: int = 0
    refusal: bytes = b""


class Server:
    """Listens on all its doors and greets whoever comes in.

    >>> # server = Server(Doors([Address("127.0.0.1", 8080)]), greet)
    >>> # await server.listen(); print(server.addresses); await server.stop()
    """

    def __init__(self, doors: Doors, greet: Greeter) -> None:
        self._doors = doors
        self._greet = greet
        self._acceptors: list[Acceptor] = []
        self._watch: Readiness | None = None
        self._running: set[Conversation[Any]] = set()
        self._arriving: set[TlsStream] = set()
        self._open: WeakSet[SocketStream] = WeakSet()  # last words, and alerts of TLS, linger when nothing else is left
        self._per_address: Counter[str] = Counter()
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def addresses(self) -> list[Address]:
        """Where it really listens (the ports that the kernel chose)."""
        return [acceptor.address for acceptor in self._acceptors]

    def means(self, secure: Securer | None = None) -> Means:
        """What a conversation here has for second connections: they are watched and recorded as the first ones are."""
        tap = self._doors.tap
        return Means(partial(_dial_second, tap), secure, tap, self._watch)

    @property
    def connections(self) -> int:
        """How many conversations are open."""
        return len(self._running)

    async def listen(self) -> None:
        """Accept from now on. Raises ``ListenError``, and listens nowhere then."""
        sockets: list[socket.socket] = []
        try:
            for address in self._doors.addresses:
                sockets += await bind_stream(address)
        except BaseException:
            for sock in sockets:
                sock.close()
            raise
        if self._doors.send_buffer:
            for sock in sockets:  # whoever comes in inherits it
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self._doors.send_buffer)
        if self._doors.tls is not None and self._doors.tap is not None and self._doors.tap.key_log is not None:
            self._doors.tls.keylog_filename = self._doors.tap.key_log
        self._watch = watch_many()
        self._acceptors = [Acceptor(sock, self._accepted) for sock in sockets]

    def _accepted(self, sock: socket.socket) -> None:
        try:
            bare = SocketStream(sock, self._watch)
        except OSError:  # they are gone before we could look at them
            sock.close()
            return
        self._open.add(bare)
        host = bare.door.remote.host
        if not self._admit(host):
            self._turn_away(bare)
            return
        stream: Stream = bare if self._doors.tap is None else TappedStream(bare, self._doors.tap, Role.SERVER)
        if self._doors.tls is None:
            self._welcome(stream, host)
        else:
            self._secure(stream, host, self._doors.tls)

    def _admit(self, host: str) -> bool:
        limit = self._doors.per_address
        if limit and host and self._per_address[host] >= limit and not is_loopback(host):  # Unix sockets have no host
            _log.warning("%s has %d connections already: one more is refused", host, limit)
            return False
        self._per_address[host] += 1
        return True

    def _turn_away(self, stream: SocketStream) -> None:
        if self._doors.refusal and self._doors.tls is None:
            stream.write(self._doors.refusal)
            stream.finish()
        else:
            stream.abort()

    def _secure(self, below: Stream, host: str, context: ssl.SSLContext) -> None:
        stream = TlsStream(below, context, server_side=True)
        self._arriving.add(stream)

        def secured(error: TransportError | None) -> None:
            self._arriving.discard(stream)
            if error is None:
                self._welcome(stream, host)
            else:
                self._leave(host)
                _log.info("no TLS with %s: %s", below.door.remote, error)

        stream.handshake(secured)

    def _welcome(self, stream: Stream, host: str) -> None:
        conversation = self._greet(stream, partial(self._left, host))
        if not conversation.over:
            self._running.add(conversation)
            self._idle.clear()

    def _left(self, host: str, conversation: Conversation[Any]) -> None:
        self._leave(host)
        self._running.discard(conversation)
        if not self._running:
            self._idle.set()

    def _leave(self, host: str) -> None:
        self._per_address[host] -= 1
        if self._per_address[host] <= 0:
            del self._per_address[host]

    async def stop(self, grace: float = GRACE) -> None:
        """Accept no more, let what runs finish for ``grace`` seconds, then cut it off."""
        for acceptor in self._acceptors:
            acceptor.close()
        for arriving in list(self._arriving):
            arriving.abort()
        for conversation in list(self._running):
            conversation.stop()
        try:
            async with asyncio.timeout(grace):
                await self._idle.wait()
        except TimeoutError:
            _log.warning("%d conversations were cut off after %g s", len(self._running), grace)
        self.abort()
        await asyncio.sleep(0)  # the sockets go in the loop's next turn

    def abort(self) -> None:
        """Stop at once."""
        for acceptor in self._acceptors:
            acceptor.close()
        for conversation in list(self._running):
            conversation.abort()
        for stream in list(self._open):
            stream.abort()
        if self._watch is not None:
            self._watch.close()


async def _dial_second(tap: Tap | None, address: Address, source: str) -> Stream:
    return await dial(address, tap=tap, source=source, second=True)


class DatagramServer:
    """One conversation per UDP socket; whom it speaks with stands in each message."""

    def __init__(
        self, addresses: Sequence[Address], greet: Callable[[Datagrams], Conversation[Any]], tap: Tap | None = None
    ) -> None:
        self._wanted = addresses
        self._tap = tap
        self._greet = greet
        self._open: list[Conversation[Any]] = []

    @property
    def addresses(self) -> list[Address]:
        """Where it really listens."""
        return [conversation.door.local for conversation in self._open if conversation.door is not None]

    async def listen(self) -> None:
        """Receive from now on. Raises ``ListenError``, and listens nowhere then."""
        sockets: list[socket.socket] = []
        try:
            for address in self._wanted:
                sockets += await bind_datagrams(address)
        except BaseException:
            for sock in sockets:
                sock.close()
            raise
        self._open = [self._greet(self._tapped(SocketDatagrams(sock))) for sock in sockets]

    def _tapped(self, bare: SocketDatagrams) -> Datagrams:
        return bare if self._tap is None else TappedDatagrams(bare, self._tap, Role.SERVER)

    async def stop(self, grace: float = GRACE) -> None:
        """Receive no more; a datagram has no exchange to finish."""
        del grace
        for conversation in self._open:
            conversation.stop()
        self.abort()
        await asyncio.sleep(0)

    def abort(self) -> None:
        """Stop at once."""
        for conversation in self._open:
            conversation.abort()
