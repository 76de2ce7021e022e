"""The client of mail: what people want sent, on top of its connections."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterable, Sequence
from dataclasses import replace
from types import TracebackType

from portside.errors import LocalError, PortsideError, UsageError
from portside.interfaces import Address
from portside.mail.envelope import Envelope
from portside.protocols.smtp.client.content import Filed, Message, Whole, in_memory, prepared
from portside.protocols.smtp.client.crowd import Crowd, Letter, Sent
from portside.protocols.smtp.client.describing import check, described
from portside.protocols.smtp.client.handing import goes_on, hand, not_reached
from portside.protocols.smtp.client.login import entry_by_route, entry_of, own_name
from portside.protocols.smtp.client.opening import Place
from portside.protocols.smtp.client.outcome import Outcome, Result
from portside.protocols.smtp.client.pool import Pool
from portside.protocols.smtp.client.pools import Pools
from portside.protocols.smtp.client.route import addresses_of, route
from portside.protocols.smtp.client.settings import Settings
from portside.protocols.smtp.client.urls import parse_smtp_url
from portside.protocols.smtp.rules.entering import check_name
from portside.transport.dns import DnsResolver


class Mailer:
    """A client of one server, or of each domain's own; use it as ``async with Mailer(Settings(...)) as mailer``.

    >>> # async with Mailer(Settings("smtp://localhost:2525")) as mailer:
    >>> #     envelope = Envelope("a@example.org", (Recipient("b@example.org"),))
    >>> #     outcome = await mailer.send(envelope, b"Subject: x\\n\\nHi")
    >>> #     outcome.check()

    ``send`` raises ``UsageError`` for what cannot be sent at all (no recipient, an address that is none, a bare CR),
    and ``OSError`` for a file that cannot be read; whatever a server or a network does stands in the ``Outcome``, for
    each recipient.
    """

    def __init__(self, settings: Settings | None = None, *, draw: Callable[[], float] = random.random) -> None:
        """``draw`` gives numbers from 0 to 1, by which equal exchangers are mixed. Raises ``UsageError``."""
        self.settings = settings or Settings()
        check_helo(self.settings.helo)
        self._draw = draw
        self._resolver = self.settings.resolver or DnsResolver()
        self._pools = Pools(self.settings)
        self._place: Place | None = None
        if self.settings.server:
            url = parse_smtp_url(self.settings.server)
            self._place = Place(url.address, entry_of(url, self.settings))
        elif self.settings.login is not None:
            raise UsageError("a login is for one server: name its URL")

    async def __aenter__(self) -> Mailer:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Take leave on all connections; what was not handed over yet is not."""
        await self._pools.close()

    # ---------------------------------------------------------------------------------------------- sending

    async def send(self, envelope: Envelope, content: Message) -> Outcome:
        """Send one message, and wait until everybody's fate is settled."""
        check(envelope)
        said = envelope.body
        ready = in_memory(content, said) if isinstance(content, bytes) else await prepared(content, said)
        try:
            return Outcome(tuple(await self._deliver(described(envelope, ready.shape), ready)))
        finally:
            if isinstance(ready, Filed):
                ready.close()

    def send_all(self, letters: Iterable[Letter] | AsyncIterable[Letter]) -> AsyncGenerator[Sent, None]:
        """Send many messages over few connections; each outcome with its envelope, as they come.

        What ``send`` would raise comes in the outcome's place, so that one message does not stop the others.
        """
        return Crowd(self._pool_of, self.send).send(letters)

    def _pool_of(self, envelope: Envelope) -> Pool | None:
        """The connections with the one server that all goes to; None where each domain has its own."""
        return None if self._place is None else self._pools.at(self._place, envelope)

    # --------------------------------------------------------------------------------------------- the way

    async def _deliver(self, envelope: Envelope, ready: Whole | Filed) -> Sequence[Result]:
        pool = self._pool_of(envelope)
        if pool is not None:
            return await hand(pool, envelope, ready)
        domains = dict.fromkeys(recipient.domain for recipient in envelope.recipients)
        shares = [
            replace(envelope, recipients=tuple(each for each in envelope.recipients if each.domain == domain))
            for domain in domains
        ]
        parts = await asyncio.gather(*(self._to_domain(share, ready) for share in shares))
        found = {id(result.recipient): result for part in parts for result in part}
        return [found[id(recipient)] for recipient in envelope.recipients]

    async def _to_domain(self, envelope: Envelope, ready: Whole | Filed) -> list[Result]:
        """Try one host of the domain after the other, as long as somebody's fate may be better at the next one."""
        results: dict[int, Result] = {}
        try:
            domain = envelope.recipients[0].domain
            hosts = await route(domain, self._resolver, draw=self._draw, ours=(self.settings.helo, own_name()))
        except PortsideError as error:
            return not_reached(envelope.recipients, error)
        for host in hosts:
            results.update((id(result.recipient), result) for result in await self._to_host(host, envelope, ready))
            left = tuple(each for each in envelope.recipients if goes_on(results[id(each)]))
            if not left:
                break
            envelope = replace(envelope, recipients=left)
        return list(results.values())

    async def _to_host(self, host: str, envelope: Envelope, ready: Whole | Filed) -> Sequence[Result]:
        try:
            known = await addresses_of(host, self._resolver)
        except PortsideError as error:
            return not_reached(envelope.recipients, error)
        address = Address(host, self.settings.port)
        place = Place(address, entry_by_route(address, self.settings), known)
        return await hand(self._pools.at(place, envelope), envelope, ready)


def check_helo(name: str) -> None:
    """Raises ``UsageError`` for a name of ours that no server could read."""
    try:
        check_name(name)
    except LocalError as error:
        raise UsageError(str(error)) from error
