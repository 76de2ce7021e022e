"""``--queue``: messages go into the durable queue, and are sent from there as often as it takes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from pathlib import Path

from portside.apps.outbox.by_smtp import serialise_relay
from portside.apps.outbox.outbox import Outbox
from portside.cli.mail.drafts import Draft, Spoilt
from portside.cli.mail.ways import Became, Handed
from portside.errors import PortsideError, UsageError
from portside.protocols.smtp.client.content import in_memory
from portside.protocols.smtp.client.mailer import check, described
from portside.protocols.smtp.client.settings import Settings


class Queued:
    """Into the queue in ``folder`` (None: the user's own), to be sent on as ``settings`` say."""

    def __init__(self, settings: Settings, folder: Path | None) -> None:
        self._relay = serialise_relay(settings.server, settings.tls)
        self._folder = folder

    async def hand(self, drafts: Iterable[Draft | Spoilt]) -> AsyncIterator[Handed]:
        """See ``Way``."""
        async with Outbox(self._folder, relay=self._relay) as outbox:
            for draft in drafts:
                yield draft, (draft.error if isinstance(draft, Spoilt) else await self._put(outbox, draft))

    async def _put(self, outbox: Outbox, draft: Draft) -> Became:
        try:
            content = draft.content
            check(draft.envelope)
            if not isinstance(content, bytes):
                raise UsageError(f"{draft.label} is too large for the queue")
            whole = in_memory(content)
            return await outbox.put(described(draft.envelope, whole.shape), whole.data)
        except (PortsideError, OSError) as error:
            return error
