"""A mail server with what keeps its messages: both start together and stop together."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from portside.cli.serving.mail_page import PageWanted
from portside.engine.server import GRACE
from portside.interfaces import Address
from portside.mail.envelope import Recipient
from portside.mail.maildir.mailbox import Mailbox
from portside.mail.maildir.store import MaildirStore
from portside.mail.storing import Store
from portside.protocols.smtp.rules.policy import Policy
from portside.protocols.smtp.rules.relaying import lives_here
from portside.protocols.smtp.server import Handler, MailServer, Settings, SinkStore, serve
from portside.protocols.smtp.server.reporting import ReportingStore

if TYPE_CHECKING:
    from portside.apps.mailbox.settling import Settling
    from portside.cli.serving.relaying import Relaying


class RunningMail:
    """A mail server that accepts, and what keeps and shows its messages, which ends after it."""

    def __init__(self, server: MailServer, kept: AsyncExitStack) -> None:
        self._server = server
        self._kept = kept

    @property
    def addresses(self) -> Sequence[Address]:
        """Where it really listens."""
        return self._server.addresses

    async def stop(self, grace: float = GRACE) -> None:
        """Accept no more, let what runs finish for ``grace`` seconds, and have all of it in its place."""
        await self._server.stop(grace)
        await self._kept.aclose()

    def abort(self) -> None:
        """Stop at once; what was acknowledged is on the disk."""
        self._server.abort()


async def start_mail(
    settings: Settings,
    folder: Path | None,
    *,
    per_recipient: bool = False,
    handler: Handler | None = None,
    relaying: Relaying | None = None,
    page: PageWanted | None = None,
) -> RunningMail:
    """A mail server that keeps messages in ``folder`` (None: nowhere), and shows them on a ``page`` where it is wanted.

    The ``handler`` is asked about every message. With ``relaying``, it sends on what is for elsewhere. Raises
    ``ListenError``, ``StoreError`` and ``UsageError``.
    """
    async with AsyncExitStack() as kept:
        if folder is None:
            return RunningMail(await serve(settings, SinkStore(), handler), kept.pop_all())
        mailbox = None if page is None else await kept.enter_async_context(Mailbox(folder))
        store = MaildirStore(folder, per_recipient=per_recipient, placed=None if mailbox is None else mailbox.arrived)
        keeper: Store = await kept.enter_async_context(store)
        if mailbox is not None:
            keeper = settling = _settling(keeper, mailbox)
        if relaying is not None:
            keeper = await kept.enter_async_context(relaying.beside(folder, keeper, settings.policy))
        server = await serve(settings, _reporting(keeper, settings.policy, relays=relaying is not None), handler)
        if page is not None and mailbox is not None:
            try:
                shown = await page.open(mailbox, server.addresses, settling.settled)
            except BaseException:
                server.abort()
                raise
            kept.push_async_callback(shown.stop)
        return RunningMail(server, kept.pop_all())


def _settling(store: Store, mailbox: Mailbox) -> Settling:
    from portside.apps.mailbox.settling import Settling  # most servers have no page

    return Settling(store, mailbox.watch)


def _reporting(store: Store, policy: Policy, *, relays: bool) -> ReportingStore:
    """Senders who live here, and with a relay all others, too, may hear that their message has arrived."""

    def lives(recipient: Recipient) -> bool:
        return lives_here(recipient, policy)

    return ReportingStore(store, policy.name, lives, lambda sender: relays or lives(sender))
