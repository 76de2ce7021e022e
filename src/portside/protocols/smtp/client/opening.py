"""Opening a connection: dial, enter, and be ready to secure it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from portside.engine.conversation import Conversation
from portside.engine.links import Means
from portside.interfaces import Address, Link, Role, Stream
from portside.protocols.smtp.client.connection import Connection, Owner
from portside.protocols.smtp.client.login import fresh
from portside.protocols.smtp.client.settings import Settings
from portside.protocols.smtp.rules.client import ClientRules
from portside.protocols.smtp.rules.orders import Entry, TlsUse
from portside.syntax.hosts import is_loopback
from portside.transport.dial import dial
from portside.transport.patience import NO_LIMIT, at_most
from portside.transport.tls import TlsStream
from portside.transport.trust.binding import end_point


@dataclass(frozen=True, slots=True)
class Place:
    """A server: where it is, and how to enter. ``known``: its numeric addresses, where they are known already."""

    address: Address
    entry: Entry
    known: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name that its certificate has to prove."""
        return self.address.host or "localhost"


class Securing:
    """TLS for one connection."""

    __slots__ = ("_place", "_settings", "_stream")

    def __init__(self, place: Place, settings: Settings) -> None:
        self._place = place
        self._settings = settings
        self._stream: TlsStream | None = None

    def __call__(self, link: Link | None, below: Stream) -> TlsStream:
        """TLS on ``below``. Raises ``TlsError`` and ``UsageError``.

        Where TLS is only taken as it is offered, and nothing secret is said, nobody is asked to prove who he is: the
        alternative would be to speak in the clear (RFC 7435 §3).
        """
        entry = self._place.entry
        far = below.door.remote
        trust = self._settings.trust
        if entry.tls is TlsUse.OFFERED and entry.login is None:
            trust = replace(trust, verify=False)
        context = trust.context(near=bool(far.path) or is_loopback(far.host), tap=self._settings.tap)
        self._stream = TlsStream(below, context, server_name=self._place.name)
        return self._stream

    def binding(self) -> bytes:
        """What this TLS ends at; b"" where there is none."""
        return b"" if self._stream is None else end_point(self._stream.certificate)


async def open_connection(place: Place, settings: Settings, owner: Owner, most: int) -> Connection:
    """A connection that is in. Raises ``TransportError``, ``LoginFailed`` and ``RemoteError``."""
    wait = settings.connect_timeout or NO_LIMIT
    stream = await dial(place.address, tap=settings.tap, timeout=wait, known=place.known)
    limits = settings.limits.within(settings.timeout)
    securing = Securing(place, settings)
    rules = ClientRules(fresh(place.entry, securing.binding), limits)
    means = Means(secure=securing, tap=settings.tap)
    conversation: Conversation[Any] = Conversation(rules, Role.CLIENT, observer=settings.observer, means=means)
    address = place.address
    connection = Connection(conversation, rules, host=address.host or address.path, port=address.port, most=most)
    conversation.begin(connection, stream)
    limit = limits.greeting + limits.command  # a server that asks one thing more and one more must not hold us for ever
    async with at_most(limit, f"{place.entry.server} did not let us in within {limit:g} s"):
        await connection.enter(owner)
    return connection
