"""The client of mail: what people want sent, on top of its connections."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from portside.mail.envelope import Envelope
from portside.protocols.smtp.client.outcome import Outcome
from portside.protocols.smtp.client.settings import Settings

Message = bytes | Path | BinaryIO
"""A content: lines may end in CRLF or LF, and leave with CRLF. A file is read while it is sent."""


class Mailer:
    """A client of one server, or of each domain's own; use it as ``async with Mailer(Settings(...)) as mailer``.

    >>> # async with Mailer(Settings("smtp://localhost:2525")) as mailer:
    >>> #     outcome = await mailer.send(Envelope("a@example.org", (Recipient("b@example.org"),)), b"Subject: x\\n\\nHi")
    >>> #     outcome.check()

    ``send`` raises ``UsageError`` for what cannot be sent at all (no recipient, an address that is none); whatever a
    server or a network does stands in the ``Outcome``, for each recipient.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        """Raises ``UsageError`` for a URL that is none."""
        self.settings = settings or Settings()

    async def __aenter__(self) -> Mailer:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Take leave on all connections."""
        raise NotImplementedError

    async def send(self, envelope: Envelope, content: Message) -> Outcome:
        """Send one message, and wait until everybody's fate is settled."""
        raise NotImplementedError

    def send_all(
        self, messages: Iterable[tuple[Envelope, Message]] | AsyncIterable[tuple[Envelope, Message]]
    ) -> AsyncIterator[tuple[Envelope, Outcome]]:
        """Send many messages over few connections; each outcome with its envelope, as they come."""
        raise NotImplementedError
