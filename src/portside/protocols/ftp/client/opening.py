"""Opening a control connection: dial, enter, and be ready to secure what belongs to it.

Every control connection has one TLS context for itself and for its data connections, and each data connection resumes
the session of the control connection: servers ask for that as the proof that both are of one client (RFC 4217 §10).
With TLS 1.3 the ticket comes after the handshake, so the session is taken when the data connection is made.
"""

from __future__ import annotations

import ssl
from typing import Any

from portside.engine.conversation import Conversation
from portside.engine.links import Means
from portside.interfaces import Address, Link, Role, Stream
from portside.protocols.ftp.client.connection import Connection
from portside.protocols.ftp.client.settings import Settings
from portside.protocols.ftp.client.urls import FtpUrl
from portside.protocols.ftp.rules.client import ClientRules
from portside.protocols.ftp.rules.limits import ClientLimits
from portside.protocols.ftp.rules.orders import Login
from portside.syntax.hosts import is_loopback
from portside.transport.dial import dial
from portside.transport.patience import NO_LIMIT, at_most
from portside.transport.tls import TlsStream


class Securing:
    """TLS for one control connection and what belongs to it."""

    __slots__ = ("_context", "_host", "_main", "_settings")

    def __init__(self, settings: Settings, host: str) -> None:
        self._settings = settings
        self._host = host
        self._context: ssl.SSLContext | None = None
        self._main: TlsStream | None = None

    def __call__(self, link: Link | None, below: Stream) -> TlsStream:
        """TLS on ``below``. Raises ``TlsError`` and ``UsageError``."""
        if self._context is None:
            near = is_loopback(below.door.remote.host)
            self._context = self._settings.trust.context(near=near, tap=self._settings.tap)
        session = None if link is None or self._main is None else self._main.session
        stream = TlsStream(below, self._context, server_name=self._host, session=session)
        if link is None:
            self._main = stream
        return stream


async def open_connection(url: FtpUrl, login: Login, settings: Settings) -> Connection:
    """A connection that is in. Raises ``TransportError``, ``LoginFailed`` and ``RemoteError``."""
    limit = 2 * settings.connect_timeout  # a server that drips its greeting must not hold us for ever
    async with at_most(limit, f"{url.host}:{url.port} did not let us in within {limit:g} s"):
        stream = await dial(url.address, tap=settings.tap, timeout=settings.connect_timeout or NO_LIMIT)
        rules = ClientRules(login, ClientLimits(settings.timeout))

        async def dial_data(address: Address, source: str) -> Stream:
            wait = settings.connect_timeout or NO_LIMIT
            return await dial(address, tap=settings.tap, timeout=wait, source=source, second=True)

        means = Means(dial=dial_data, secure=Securing(settings, url.host), tap=settings.tap)
        conversation: Conversation[Any] = Conversation(rules, Role.CLIENT, observer=settings.observer, means=means)
        connection = Connection(conversation, rules, f"{url.host}:{url.port}")
        conversation.begin(connection, stream)
        try:
            await connection.enter()
        except BaseException:
            connection.abort()
            raise
    return connection
