"""The ways that messages take: to a server at once, or into the queue."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Protocol

from portside.cli.mail.drafts import Draft, Spoilt
from portside.errors import PortsideError
from portside.protocols.smtp.client.crowd import Letter
from portside.protocols.smtp.client.mailer import Mailer
from portside.protocols.smtp.client.outcome import Outcome
from portside.protocols.smtp.client.settings import Settings

Became = Outcome | str | PortsideError | OSError
"""What became of a message: an outcome, its id in the queue, or why it could not be sent at all."""
Handed = tuple[Draft | Spoilt, Became]


class Way(Protocol):
    """Takes messages, and tells of each what became of it."""

    def hand(self, drafts: Iterable[Draft | Spoilt]) -> AsyncIterator[Handed]:
        """Hand all over, as fast as they are taken."""
        ...


class Direct:
    """To a server at once, or to each domain's own."""

    def __init__(self, settings: Settings) -> None:
        """Raises ``UsageError``."""
        self._settings = settings
        self._under_way: dict[int, Draft] = {}
        self._spoilt: deque[Spoilt] = deque()

    async def hand(self, drafts: Iterable[Draft | Spoilt]) -> AsyncIterator[Handed]:
        """See ``Way``."""
        async with Mailer(self._settings) as mailer:
            async for envelope, became in mailer.send_all(self._letters(drafts)):
                yield self._under_way.pop(id(envelope)), became
                while self._spoilt:
                    spoilt = self._spoilt.popleft()
                    yield spoilt, spoilt.error
        for spoilt in self._spoilt:
            yield spoilt, spoilt.error

    def _letters(self, drafts: Iterable[Draft | Spoilt]) -> Iterator[Letter]:
        for draft in drafts:
            if isinstance(draft, Spoilt):
                self._spoilt.append(draft)
            else:
                self._under_way[id(draft.envelope)] = draft
                yield draft.envelope, draft.content
