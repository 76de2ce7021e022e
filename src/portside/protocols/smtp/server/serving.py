"""A mail server put together: doors, connections, TLS on the way, and what keeps the messages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from portside.engine.conversation import Conversation
from portside.engine.links import Means
from portside.engine.server import GRACE, Doors, Server
from portside.interfaces import Address, Link, Role, Stream
from portside.mail.storing import Store
from portside.protocols.smtp.rules.answers import answer
from portside.protocols.smtp.rules.policy import Tls
from portside.protocols.smtp.rules.server import ServerRules
from portside.protocols.smtp.server.handler import Handler
from portside.protocols.smtp.server.house import House
from portside.protocols.smtp.server.session import Session
from portside.protocols.smtp.server.settings import Settings
from portside.transport.tls import TlsStream

CROWDED = answer(421, "4.7.0", "Too many connections from your address; try again later.")


class MailServer:
    """A running mail server, made by ``serve``."""

    def __init__(self, settings: Settings, keeper: Store | Handler, handler: Handler | None = None) -> None:
        self._settings = settings
        self._house = House(settings, keeper, handler)
        first = settings.context if settings.policy.tls is Tls.IMPLICIT else None
        doors = Doors(settings.addresses, first, settings.per_address, settings.tap, refusal=bytes(CROWDED.data))
        self._server = Server(doors, self._greet)
        tap = settings.tap
        if settings.context is not None and tap is not None and tap.key_log is not None:
            settings.context.keylog_filename = tap.key_log
        self._means = self._server_means()

    @property
    def addresses(self) -> Sequence[Address]:
        """Where it really listens."""
        return self._server.addresses

    async def listen(self) -> None:
        """Accept from now on. Raises ``ListenError``."""
        await self._server.listen()

    def _server_means(self) -> Means | None:
        context = self._settings.context
        if context is None:
            return None

        def secure(_link: Link | None, below: Stream) -> TlsStream:
            return TlsStream(below, context, server_side=True)

        return Means(secure=secure)

    def _greet(self, stream: Stream, on_over: Callable[[Conversation[Any]], None]) -> Conversation[Any]:
        house = self._house
        session = Session(house, stream.door)
        rules = ServerRules(house.policy, self._settings.limits, house.shared)
        conversation: Conversation[Any] = Conversation(
            rules, Role.SERVER, observer=self._settings.observer, means=self._means, on_over=on_over
        )
        session.speak_by(conversation)
        conversation.begin(session, stream)
        return conversation

    async def stop(self, grace: float = GRACE) -> None:
        """Accept no more, and let what runs finish for ``grace`` seconds."""
        await self._server.stop(grace)
        await self._house.close(grace)

    def abort(self) -> None:
        """Stop at once."""
        self._server.abort()


async def serve(settings: Settings, keeper: Store | Handler, handler: Handler | None = None) -> MailServer:
    """A mail server that accepts; ``keeper`` keeps what comes, ``handler`` may object. Raises ``ListenError``.

    A ``Handler`` alone keeps it by its ``message``. Raises ``UsageError`` for settings that make no sense together.
    """
    server = MailServer(settings, keeper, handler)
    await server.listen()
    return server
