"""``--queue``: messages go into the durable queue, and are sent from there as often as it takes."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from pathlib import Path

from portside.apps.outbox.by_smtp import serialise_relay
from portside.apps.outbox.outbox import Outbox
from portside.cli.kinds import PASSWORD
from portside.cli.mail.drafts import Draft, Spoilt
from portside.cli.mail.ways import Became, Handed
from portside.cli.screen import tell
from portside.errors import PortsideError, UsageError
from portside.protocols.smtp.client.content import Whole, prepared
from portside.protocols.smtp.client.describing import check, described
from portside.protocols.smtp.client.settings import Settings
from portside.protocols.smtp.client.urls import parse_smtp_url

TOGETHER = 64
"""Messages on their way into the queue at the same time: so many share one write to the disk."""


class Queued:
    """Into the queue in ``folder`` (None: the user's own), to be sent on as ``settings`` say.

    Of a login only the user is kept; whoever runs the queue has the password.
    """

    def __init__(self, settings: Settings, folder: Path | None) -> None:
        """Raises ``UsageError``."""
        self._relay = relay_of(settings)
        self._folder = folder
        self._needs_password = settings.login is not None

    async def hand(self, drafts: Iterable[Draft | Spoilt]) -> AsyncIterator[Handed]:
        """See ``Way``."""
        async with Outbox(self._folder, relay=self._relay) as outbox:
            under_way: deque[tuple[Draft | Spoilt, asyncio.Future[Became]]] = deque()
            for draft in drafts:
                under_way.append((draft, asyncio.ensure_future(_put(outbox, draft))))
                if len(under_way) >= TOGETHER:
                    first, became = under_way.popleft()
                    yield first, await became
            for each, became in under_way:
                yield each, await became
            if not outbox.is_run():
                tell(self._hint())

    def _hint(self) -> str:
        where = f" --outbox {self._folder}" if self._folder is not None else ""
        password = f" (with the password in {PASSWORD} or ~/.netrc)" if self._needs_password else ""
        return f"nobody runs the queue: 'portside queue run{where}' sends what is in it{password}"


def relay_of(settings: Settings) -> str:
    """The server of ``settings`` as the queue keeps it; "" for each domain's own. Raises ``UsageError``."""
    if not settings.server:
        return ""
    url = parse_smtp_url(settings.server)
    if settings.login is not None:
        url = replace(url, user=settings.login[0], password=None)
    return serialise_relay(url, settings.tls)


async def _put(outbox: Outbox, draft: Draft | Spoilt) -> Became:
    if isinstance(draft, Spoilt):
        return draft.error
    try:
        check(draft.envelope)
        return await _put_content(outbox, draft)
    except (PortsideError, OSError) as error:
        return error


async def _put_content(outbox: Outbox, draft: Draft) -> str:
    content = draft.content
    ready = await prepared(content, draft.envelope.body)
    envelope = described(draft.envelope, ready.shape)
    if isinstance(ready, Whole):
        return await outbox.put(envelope, ready.data)
    ready.close()
    if not isinstance(content, Path):
        raise UsageError("only a file of its own can be queued where it is too long for the memory")
    with content.open("rb") as file:
        return await outbox.put(envelope, file)
