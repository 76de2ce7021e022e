"""Sending a message on: from the mailbox to people who really get it, through a relay that was named at the start."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from portside.mail.envelope import Body, Envelope, Recipient
from portside.mail.fields import parse_header

if TYPE_CHECKING:
    from portside.protocols.smtp.client import Settings

Release = Callable[[Envelope, bytes], Awaitable[None]]
"""Sends a message to the envelope's recipients. Raises a ``PortsideError`` where somebody did not get it."""

_OURS = frozenset({"return-path", "delivered-to", "x-original-to"})
"""Fields that the last server wrote about its own delivery; the next one writes its own (RFC 5321 §4.4)."""


def through(settings: Settings) -> Release:
    """Sends messages on to the server of ``settings``, each over a connection of its own."""

    from portside.protocols.smtp.client import Mailer  # most mailboxes send nothing on

    async def release(envelope: Envelope, content: bytes) -> None:
        async with Mailer(settings) as mailer:
            (await mailer.send(envelope, content)).check()

    return release


def envelope_for(sender: str, recipients: tuple[str, ...], content: bytes) -> Envelope:
    """The envelope under which ``content`` is sent on."""
    body = Body.SEVEN_BIT if content.isascii() else Body.EIGHT_BIT
    return Envelope(sender, tuple(map(Recipient, recipients)), body)


def without_traces(message: bytes) -> bytes:
    """``message`` as it came in: without what this server wrote ahead of it, but for its line in the journey."""
    header = parse_header(message)
    kept = [message[field.start : field.end] for field in header.fields if field.key not in _OURS]
    if len(kept) == len(header.fields) or header.is_cut:
        return message
    return b"".join(kept) + message[header.fields[-1].end :]
