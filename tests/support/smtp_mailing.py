"""Our client of mail in a test: letters, short patience, and both sides in one loop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

from portside.mail.envelope import Envelope, Recipient
from portside.mail.resolving import Exchange, NoAnswer, NoSuchName
from portside.protocols.smtp.client.mailer import Mailer
from portside.protocols.smtp.client.settings import Settings

LETTER = b"From: a@example.org\r\nSubject: x\r\n\r\nHi.\r\n"
PATIENCE = 60.0
"""Seconds for one story: what hangs is found out."""


def to(*addresses: str, sender: str = "a@example.org", **more: Any) -> Envelope:
    """An envelope to these."""
    return Envelope(sender, tuple(Recipient(address) for address in addresses or ("b@example.org",)), **more)


@contextlib.asynccontextmanager
async def mailing(server: str = "", **settings: Any) -> AsyncIterator[Mailer]:
    """A client of ``server``."""
    async with Mailer(Settings(server, **{"helo": "us.test", **settings}), draw=lambda: 0.0) as mailer:
        yield mailer


def run(story: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run ``story``, which must not wait for ever."""

    async def bounded() -> None:
        async with asyncio.timeout(PATIENCE):
            await story()

    asyncio.run(bounded())


@dataclass
class Zone:
    """A DNS that knows what a test says: a name's exchangers, and its addresses. ``asked`` is what was asked."""

    mx: Mapping[str, tuple[tuple[int, str], ...]] = field(default_factory=dict)
    a: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    silent: frozenset[str] = frozenset()
    asked: list[str] = field(default_factory=list)

    def _look(self, name: str) -> None:
        self.asked.append(name)
        if name in self.silent:
            raise NoAnswer(f"the DNS does not say what it knows of {name}")
        if name not in self.mx and name not in self.a:
            raise NoSuchName(f"the DNS knows no name {name}")

    async def exchanges(self, domain: str) -> tuple[Exchange, ...]:
        self._look(domain)
        return tuple(Exchange(*each) for each in self.mx.get(domain, ()))

    async def addresses(self, host: str) -> tuple[str, ...]:
        self._look(host)
        return self.a.get(host, ())

    async def texts(self, name: str) -> tuple[bytes, ...]:
        raise NotImplementedError

    async def names(self, address: str) -> tuple[str, ...]:
        raise NotImplementedError
