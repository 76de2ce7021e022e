"""Two stores behind one: for those who live here, and for those whose mail has to travel on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol, runtime_checkable

from portside.mail.envelope import Envelope, Origin, Recipient
from portside.mail.storing import Incoming, Store


@runtime_checkable
class ChoosingStore(Protocol):
    """A store that wants to know the envelope before the content comes."""

    def receive_for(self, envelope: Envelope) -> Incoming:
        """A new message begins. Raises ``StoreError``."""
        ...


def receiver_of(store: Store | ChoosingStore) -> Callable[[Envelope], Incoming]:
    """How a message for an envelope begins in ``store``, whichever kind it is."""
    if isinstance(store, ChoosingStore):
        return store.receive_for
    receive = store.receive
    return lambda _envelope: receive()


class Router:
    """``local`` keeps what ``is_local`` says yes to, ``outward`` takes the others (a queue).

    A message for both is kept by both before it is acknowledged; where one of them fails, the sender tries again.
    """

    def __init__(self, local: Store, outward: Store, is_local: Callable[[Recipient], bool]) -> None:
        self._local = local
        self._outward = outward
        self._is_local = is_local

    def receive(self) -> Incoming:
        """A message of whose recipients nothing is known stays here."""
        return self._local.receive()

    def receive_for(self, envelope: Envelope) -> Incoming:
        """A new message begins, for these recipients. Raises ``StoreError``."""
        here: list[Recipient] = []
        away: list[Recipient] = []
        for recipient in envelope.recipients:
            (here if self._is_local(recipient) else away).append(recipient)
        if not away:
            return self._local.receive()
        if not here:
            return self._outward.receive()
        first = self._local.receive()
        try:
            return _Both(first, tuple(here), self._outward.receive(), tuple(away))
        except BaseException:
            first.drop()
            raise


class _Both:
    """One message for two stores."""

    def __init__(
        self, local: Incoming, here: tuple[Recipient, ...], outward: Incoming, away: tuple[Recipient, ...]
    ) -> None:
        self._parts = ((outward, away), (local, here))

    def write(self, data: bytes) -> None:
        for incoming, _ in self._parts:
            incoming.write(data)

    def keep(self, envelope: Envelope, origin: Origin) -> asyncio.Future[str]:
        kept = [incoming.keep(replace(envelope, recipients=who), origin) for incoming, who in self._parts]
        return asyncio.ensure_future(self._all(kept))

    async def _all(self, kept: list[asyncio.Future[str]]) -> str:
        return (await asyncio.gather(*kept))[-1]

    def drop(self) -> None:
        for incoming, _ in self._parts:
            incoming.drop()
