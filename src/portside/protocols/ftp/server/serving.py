"""An FTP server put together: doors, control connections, TLS for both kinds of connection, folders."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from typing import Any

from portside.engine.conversation import Conversation
from portside.engine.links import Means
from portside.engine.server import GRACE, Doors, Server
from portside.interfaces import Address, Link, Role, Stream
from portside.protocols.ftp.rules.server import ServerRules
from portside.protocols.ftp.server.house import House
from portside.protocols.ftp.server.session import Session
from portside.protocols.ftp.server.settings import Settings
from portside.transport.tls import TlsStream

TICKETS = 2
"""TLS 1.3 tickets for each connection that its client reads, as OpenSSL has it. On an upload there are none: many
clients read nothing there, and what lies unread when they close costs the end of their file (a reset)."""


class FileServer:
    """A running FTP server, made by ``serve``."""

    def __init__(self, settings: Settings) -> None:
        """Raises ``UsageError`` for a root that is no folder, or a certificate that does not do."""
        self._settings = settings
        self._house = House(settings)
        self._shared = None if settings.context is None else self._new_context()
        self._server = Server(Doors(settings.addresses, None, settings.per_address, settings.tap), self._greet)

    def _new_context(self) -> ssl.SSLContext:
        assert self._settings.context is not None
        context = self._settings.context()
        tap = self._settings.tap
        if tap is not None and tap.key_log is not None:
            context.keylog_filename = tap.key_log
        return context

    @property
    def addresses(self) -> Sequence[Address]:
        """Where it really listens."""
        return self._server.addresses

    async def listen(self) -> None:
        """Accept from now on. Raises ``ListenError``."""
        await self._server.listen()

    def _greet(self, stream: Stream, on_over: Callable[[Conversation[Any]], None]) -> Conversation[Any]:
        settings = self._settings
        session = Session(self._house, stream.door)
        conversation: Conversation[Any] = Conversation(
            ServerRules(settings.policy, settings.limits),
            Role.SERVER,
            observer=settings.observer,
            means=self._means(session),
            on_over=on_over,
        )
        session.speak_by(conversation)
        conversation.begin(session, stream)
        return conversation

    def _means(self, session: Session) -> Means:
        """With a TLS context of its own where sessions have to be: no other connection has what resumes them."""
        contexts: list[ssl.SSLContext] = []

        def secure(link: Link | None, below: Stream) -> TlsStream:
            if not contexts:
                own = self._settings.policy.same_session or self._shared is None
                contexts.append(self._new_context() if own or self._shared is None else self._shared)
            speaks_only = link is not None and session.speaks_only  # lftp ends its own direction without a word
            contexts[0].num_tickets = TICKETS if link is None or speaks_only else 0
            return TlsStream(below, contexts[0], server_side=True, speaks_only=speaks_only)

        return self._server.means(secure)

    async def stop(self, grace: float = GRACE) -> None:
        """Accept no more, and let what runs finish for ``grace`` seconds."""
        await self._server.stop(grace)

    def abort(self) -> None:
        """Stop at once."""
        self._server.abort()


async def serve(settings: Settings) -> FileServer:
    """An FTP server that accepts. Raises ``ListenError``, and ``UsageError`` for a folder or certificate."""
    server = FileServer(settings)
    await server.listen()
    return server
