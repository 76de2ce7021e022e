"""The port behind which mail is kept: whoever receives mail writes it here, and says ``250`` when it is kept.

A store is asked for an ``Incoming`` once the first octets of a message come, and told at the end for whom it is.
Until then nothing of it can be seen; afterwards all of it is there, whatever happens to the machine.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from portside.errors import PortsideError
from portside.mail.envelope import Envelope, Origin


class StoreError(PortsideError):
    """The store cannot take this now; it may later (SMTP: 451, RFC 5321 §4.2.3)."""


class StoreFull(StoreError):
    """There is no room left (SMTP: 452)."""


class Incoming(Protocol):
    """One message on its way into a store."""

    def write(self, data: bytes) -> None:
        """Append octets of the content as it travels: lines end in CRLF, dots are unstuffed. Raises ``StoreError``.

        It may write to a file, and waits for no disk.
        """
        ...

    def keep(self, envelope: Envelope, origin: Origin) -> asyncio.Future[str]:
        """The message is whole. The result is its id, once it is on the disk; the exception is a ``StoreError``.

        Trace header fields are put ahead of it by the store (RFC 5321 §4.4). Cancelling the future changes nothing.
        """
        ...

    def drop(self) -> None:
        """The message does not come to its end: nothing of it stays. After ``keep`` this does nothing."""
        ...


class Store(Protocol):
    """Where messages are kept."""

    def receive(self) -> Incoming:
        """A new message begins. Raises ``StoreError``."""
        ...
