"""Reports to senders: of what failed, of what takes long, and of what went on to where nobody reports (RFC 3461 §5.2).

What a sender is owed stands in the database, in the same transaction as what has become of the recipient, until the
report is queued in turn or kept in our own mailbox. So none gets lost; where a mailbox has taken it and the queue was
cut off before it knew, it comes twice.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Sequence
from typing import BinaryIO

from portside.apps.outbox.entries import QueuedMessage, QueuedRecipient
from portside.apps.outbox.listing import message
from portside.apps.outbox.outbox import Outbox
from portside.apps.outbox.putting import Arrival, insert
from portside.apps.outbox.settings import Settings
from portside.apps.outbox.settling import finish, remember
from portside.apps.outbox.states import State
from portside.errors import PortsideError
from portside.mail.envelope import Body, Envelope, Notify, Origin, Recipient
from portside.mail.report import LARGEST_RETURNED, Action, PerRecipient, build
from portside.mail.storing import StoreError

_log = logging.getLogger("portside.outbox")

EXPIRED = "4.4.7"
"""Delivery time expired (RFC 3463 §3.5)."""
_UNSAID = {Action.FAILED: "5.0.0", Action.DELAYED: "4.0.0", Action.RELAYED: "2.0.0"}
_OWING = (
    "SELECT message FROM recipients AS one WHERE owed <> '' AND NOT EXISTS"
    " (SELECT 1 FROM recipients AS other WHERE other.message = one.message AND other.state = 'trying') LIMIT 1"
)


def owing(database: sqlite3.Connection) -> QueuedMessage | None:
    """A message whose sender is owed a report, and that nobody is being tried for: what follows may go into it, too."""
    row = database.execute(_OWING).fetchone()
    return None if row is None else message(database, row[0])


class Reporter:
    """Writes the reports of a runner, and sends them on their way."""

    def __init__(self, outbox: Outbox, settings: Settings) -> None:
        self._outbox = outbox
        self._settings = settings

    async def report_all(self) -> int:
        """Report what is owed; how many reports that made. Raises ``StoreError``."""
        count = 0
        while (owed := await self._outbox.ask(owing)) is not None:
            await self._report(owed)
            count += 1
        return count

    async def _report(self, about: QueuedMessage) -> None:
        owed = [each for each in about.recipients if each.owed is not None]
        octets = self._written(about, owed, await self._original(about))
        envelope = _envelope(about)
        if not octets:
            gone = await self._outbox.change(lambda database: self._told(database, about, owed, "impossible"))
        elif self._is_ours(about.envelope.sender):
            where = await self._keep(envelope, octets)
            gone = await self._outbox.change(lambda database: self._told(database, about, owed, where))
        else:
            name = self._outbox.new_name()
            gone = await self._outbox.change(
                lambda database: self._queued(database, about, owed, name, envelope, octets)
            )
        await self._outbox.discard(gone)
        about_whom = ", ".join(f"{each.recipient.address} {(each.owed or Action.FAILED).value}" for each in owed)
        self._settings.tell(f"{about.id}: {about.envelope.sender} is told: {about_whom}")

    async def _original(self, about: QueuedMessage) -> bytes:
        """The message, as far as a report may hold it; nothing where it cannot be read any more."""
        try:
            content = await self._outbox.content(about.id)
        except StoreError as error:
            self._settings.warn(f"{error}; the report about {about.id} holds nothing of it")
            return b""
        if isinstance(content, bytes):
            return content
        with content:
            return _beginning(content)

    def _written(self, about: QueuedMessage, owed: Sequence[QueuedRecipient], original: bytes) -> bytes:
        """The report; b"" for a sender to whom none can be written."""
        try:
            return self._built(about, owed, original)
        except PortsideError as error:
            self._settings.warn(f"{about.envelope.sender} cannot be told of {about.id}: {error}")
        except Exception:  # a bug that one message wakes must not stop all the others
            _log.exception("no report about %s could be written", about.id)
        return b""

    def _built(self, about: QueuedMessage, owed: Sequence[QueuedRecipient], original: bytes) -> bytes:
        now, name = self._outbox.clock.now(), self._settings.name
        return build(
            [self._per_recipient(about, each) for each in owed],
            to=about.envelope.sender,
            reporter=name,
            original=original,
            date=now,
            message_id=f"<{self._outbox.new_name()}@{name}>",
            ret=about.envelope.ret,
            envid=about.envelope.envid,
            arrival=about.born,
            utf8=about.envelope.utf8,
        )

    def _per_recipient(self, about: QueuedMessage, each: QueuedRecipient) -> PerRecipient:
        action = each.owed or Action.FAILED
        until = about.born + self._settings.schedule.expire if action is Action.DELAYED else None
        return PerRecipient(
            each.recipient.address,
            action,
            EXPIRED if each.state is State.EXPIRED else each.status or _UNSAID[action],
            each.recipient.original,
            each.server,
            each.said,
            each.changed,
            until,
        )

    def _is_ours(self, sender: str) -> bool:
        domains = self._settings.domains
        return self._settings.mailbox is not None and (not domains or Recipient(sender).domain in domains)

    async def _keep(self, envelope: Envelope, octets: bytes) -> str:
        store = self._settings.mailbox
        if store is None:
            raise StoreError("there is no mailbox for reports")
        incoming = store.receive()
        incoming.write(octets)
        return await incoming.keep(envelope, Origin(self._settings.name, self._outbox.clock.now()))

    def _queued(
        self,
        database: sqlite3.Connection,
        about: QueuedMessage,
        owed: Sequence[QueuedRecipient],
        name: str,
        envelope: Envelope,
        octets: bytes,
    ) -> list[str]:
        """The report becomes a message of the queue, in the step in which its sender is no longer owed one."""
        now = self._outbox.clock.now()
        insert(database, Arrival(name, envelope, about.relay, now, len(octets), octets))
        return self._told(database, about, owed, name)

    def _told(
        self, database: sqlite3.Connection, about: QueuedMessage, owed: Sequence[QueuedRecipient], where: str
    ) -> list[str]:
        now = self._outbox.clock.now()
        for each in owed:
            database.execute("UPDATE recipients SET owed = '' WHERE number = ?", (each.number,))
            remember(database, each.number, now, f"reported to {about.envelope.sender}: {where}")
        return finish(database, [about.id], now)


def _envelope(about: QueuedMessage) -> Envelope:
    """A report's own: from nobody, so that nothing is ever reported of it (RFC 3461 §6.1, RFC 5321 §4.5.5)."""
    to = Recipient(about.envelope.sender, frozenset({Notify.NEVER}))
    return Envelope("", (to,), Body.EIGHT_BIT, about.envelope.utf8)


def _beginning(file: BinaryIO) -> bytes:
    """At most an octet more than a report returns whole: so it is known that there is more."""
    return file.read(LARGEST_RETURNED + 1)
