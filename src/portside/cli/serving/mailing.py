"""A mail server with what keeps its messages: both start together and stop together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from portside.engine.server import GRACE
from portside.errors import UsageError
from portside.interfaces import Address
from portside.mail.maildir.store import MaildirStore
from portside.protocols.smtp.server import MailServer, Settings, SinkStore, serve


class RunningMail:
    """A mail server that accepts, and its store."""

    def __init__(self, server: MailServer, store: MaildirStore | None) -> None:
        self._server = server
        self._store = store

    @property
    def addresses(self) -> Sequence[Address]:
        """Where it really listens."""
        return self._server.addresses

    async def stop(self, grace: float = GRACE) -> None:
        """Accept no more, let what runs finish for ``grace`` seconds, and have all of it in its place."""
        await self._server.stop(grace)
        if self._store is not None:
            await self._store.close()

    def abort(self) -> None:
        """Stop at once; what was acknowledged is on the disk."""
        self._server.abort()


async def start_mail(
    settings: Settings, folder: Path | None, *, per_recipient: bool = False, relay: bool = False
) -> RunningMail:
    """A mail server that keeps messages in ``folder`` (None: nowhere). Raises ``ListenError`` and ``StoreError``."""
    if relay:
        raise UsageError("'--relay' is not built yet")
    if folder is None:
        return RunningMail(await serve(settings, SinkStore()), None)
    store = MaildirStore(folder, per_recipient=per_recipient)
    await store.open()
    try:
        return RunningMail(await serve(settings, store), store)
    except BaseException:
        await store.close()
        raise
