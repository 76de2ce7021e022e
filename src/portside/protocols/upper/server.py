"""Serving the uppercase application over TCP, TLS or UDP."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from portside.engine.conversation import Conversation
from portside.engine.server import CONNECTIONS_PER_ADDRESS, DatagramServer, Doors, Server
from portside.errors import PortsideError, UsageError
from portside.interfaces import Address, Datagrams, Observer, Role, Stream, Tap
from portside.protocols.upper.messages import Dropped, Text
from portside.protocols.upper.rules.server import DatagramServerRules, ServerRules
from portside.protocols.upper.syntax import upper

Application = Callable[[Text], Text]
"""What the server does with a text."""

_log = logging.getLogger("portside.upper")


@dataclass(frozen=True, slots=True)
class Settings:
    """Where and how to serve.

    ``tls`` is a server's context, for streams only. ``idle`` seconds without a byte end a connection (None: never).
    At most ``per_address`` connections come from one address that is not loopback (0: any number).
    """

    addresses: Sequence[Address] = (Address("127.0.0.1", 12000),)
    udp: bool = False
    tls: ssl.SSLContext | None = None
    idle: float | None = None
    per_address: int = CONNECTIONS_PER_ADDRESS
    observer: Observer | None = None
    tap: Tap | None = None


def shout(text: Text) -> Text:
    """The application: the same text in upper case, to the same peer."""
    return Text(upper(text.data), text.peer)


async def serve(settings: Settings, application: Application = shout) -> Server | DatagramServer:
    """A server that listens already; it ends by ``stop``. Raises ``ListenError``, and ``UsageError`` for TLS on UDP."""
    if settings.udp:
        return await _serve_datagrams(settings, application)
    doors = Doors(settings.addresses, settings.tls, settings.per_address, settings.tap)

    def greet(stream: Stream, on_over: Callable[[Conversation[Any]], None]) -> Conversation[Text]:
        rules = ServerRules(settings.idle)
        conversation = Conversation(rules, Role.SERVER, observer=settings.observer, on_over=on_over)
        conversation.begin(_Answering(conversation, application), stream)
        return conversation

    server = Server(doors, greet)
    await server.listen()
    return server


async def _serve_datagrams(settings: Settings, application: Application) -> DatagramServer:
    if settings.tls is not None:
        raise UsageError("TLS needs a stream: serve either with TLS or over UDP")

    def greet(datagrams: Datagrams) -> Conversation[Text | Dropped]:
        conversation = Conversation(DatagramServerRules(), Role.SERVER, observer=settings.observer)
        conversation.begin_datagrams(_AnsweringDatagrams(conversation, application), datagrams)
        return conversation

    server = DatagramServer(settings.addresses, greet, settings.tap)
    await server.listen()
    return server


class _Answering:
    """One connection: each text goes through the application and back."""

    __slots__ = ("_application", "_conversation")

    def __init__(self, conversation: Conversation[Text], application: Application) -> None:
        self._conversation = conversation
        self._application = application

    def heard(self, message: Text) -> None:
        self._conversation.say(self._application(message))

    def lost(self, error: PortsideError | None) -> None:
        if error is not None:
            _log.info("%s", error)

    def drained(self) -> None:
        """Each answer is as ready as its question: the engine alone minds the pressure."""


class _AnsweringDatagrams:
    """One socket: each text goes through the application and back to where it came from."""

    __slots__ = ("_application", "_conversation")

    def __init__(self, conversation: Conversation[Text | Dropped], application: Application) -> None:
        self._conversation = conversation
        self._application = application

    def heard(self, message: Text | Dropped) -> None:
        if isinstance(message, Text):
            self._conversation.say(self._application(message))
        else:
            _log.warning("a datagram from %s was dropped: %s", message.peer, message.reason)

    def lost(self, error: PortsideError | None) -> None:
        if error is not None:
            _log.error("this server hears no datagrams any more: %s", error)

    def drained(self) -> None:
        """A datagram leaves at once or is lost."""
