"""Reports of delivery, for senders who asked for them by ``NOTIFY=SUCCESS`` (RFC 3461 §5.2.2).

A report is written once the message is kept, and kept, or sent, as any other message. Where its sender can't be
reached from here, there is none; the message itself is never held up by that.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable

from portside.mail.envelope import Body, Envelope, Notify, Origin, Recipient
from portside.mail.report import LARGEST_RETURNED, Action, PerRecipient, build
from portside.mail.storing import Incoming, Store, StoreError
from portside.protocols.smtp.server.routing import receiver_of

DELIVERED = "2.0.0"
_NEVER = frozenset({Notify.NEVER})
_log = logging.getLogger("portside.smtp")


class ReportingStore:
    """Puts messages into ``store``, and reports into it as well, under the host's ``name``.

    ``is_local``: who is delivered to with that; ``reaches``: whether a report gets to its reader from here.
    """

    def __init__(
        self,
        store: Store,
        name: str,
        is_local: Callable[[Recipient], bool],
        reaches: Callable[[Recipient], bool],
    ) -> None:
        self._store = store
        self._begin = receiver_of(store)
        self._name = name
        self._is_local = is_local
        self._reaches = reaches
        self._reports: set[asyncio.Future[str]] = set()

    def receive(self) -> Incoming:
        """A message of whose envelope nothing is known."""
        return self._store.receive()

    def receive_for(self, envelope: Envelope) -> Incoming:
        """A new message begins. Raises ``StoreError``."""
        incoming = self._begin(envelope)
        told = [each for each in envelope.recipients if each.notify is not None and Notify.SUCCESS in each.notify]
        if not told or not envelope.sender or not self._reaches(Recipient(envelope.sender)):
            return incoming
        told = [each for each in told if self._is_local(each)]
        return _Noted(incoming, lambda head, origin: self._report(envelope, told, head, origin)) if told else incoming

    def _report(self, about: Envelope, told: list[Recipient], head: bytes, origin: Origin) -> None:
        """Write it, and have it kept. What goes wrong is told in the log: the message is delivered all the same."""
        reader = Envelope("", (Recipient(about.sender, _NEVER),), Body.EIGHT_BIT, about.utf8)
        try:
            incoming = self._begin(reader)
            incoming.write(self._written(about, told, head, origin))
            report = incoming.keep(reader, Origin(self._name, time.time()))
        except StoreError as error:
            _log.warning("no report of delivery for <%s>: %s", about.sender, error)
            return
        self._reports.add(report)
        report.add_done_callback(self._reported)

    def _reported(self, report: asyncio.Future[str]) -> None:
        self._reports.discard(report)
        if not report.cancelled() and report.exception() is not None:
            _log.warning("a report of delivery is not kept: %s", report.exception())

    def _written(self, about: Envelope, told: list[Recipient], head: bytes, origin: Origin) -> bytes:
        now = time.time()
        return build(
            [PerRecipient(each.address, Action.DELIVERED, DELIVERED, each.original, last_attempt=now) for each in told],
            to=about.sender,
            reporter=self._name,
            original=head,
            date=now,
            message_id=f"<{secrets.token_hex(10)}@{self._name}>",
            ret=about.ret,
            envid=about.envid,
            arrival=origin.time,
            utf8=about.utf8,
        )


class _Noted:
    """A message whose sender is told once it is kept; its beginning is kept in mind for that."""

    def __init__(self, incoming: Incoming, report: Callable[[bytes, Origin], None]) -> None:
        self._incoming = incoming
        self._report = report
        self._head = bytearray()

    def write(self, data: bytes) -> None:
        self._head += data[: max(0, LARGEST_RETURNED - len(self._head))]
        self._incoming.write(data)

    def keep(self, envelope: Envelope, origin: Origin) -> asyncio.Future[str]:
        future = self._incoming.keep(envelope, origin)
        future.add_done_callback(lambda kept: self._kept(kept, origin))
        return future

    def _kept(self, future: asyncio.Future[str], origin: Origin) -> None:
        if not future.cancelled() and future.exception() is None:
            self._report(bytes(self._head), origin)

    def drop(self) -> None:
        self._incoming.drop()
