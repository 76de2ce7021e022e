"""One message, for a program that is not asynchronous: a thin wrapper around ``Mailer``."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from portside.errors import UsageError
from portside.mail.addresses import parse_addresses
from portside.mail.attaching import attached
from portside.mail.composing import Attachment, compose, new_message_id
from portside.mail.envelope import Envelope, Recipient
from portside.protocols.smtp.client.mailer import Mailer
from portside.protocols.smtp.client.outcome import Outcome
from portside.protocols.smtp.client.settings import Settings
from portside.transport.patience import may_wait_here

TOKEN = 16
"""Random bytes in a Message-ID: nobody draws the same ones twice."""


def send_mail(
    server: str = "",
    *,
    sender: str,
    to: str | Sequence[str],
    cc: str | Sequence[str] = (),
    bcc: str | Sequence[str] = (),
    subject: str = "",
    text: str = "",
    html: str = "",
    attachments: Sequence[Path | Attachment] = (),
    settings: Settings | None = None,
) -> Outcome:
    """Write a message, send it to ``server`` (a URL; "": each domain's own), and wait for what becomes of it.

    Addresses are as people write them (``Ann <ann@example.com>``). ``outcome.check()`` raises where somebody did not
    get it. Raises ``UsageError``, ``OSError`` for a file that can't be read, and ``LocalError`` where an event loop is
    running already: use ``Mailer`` there.
    """
    may_wait_here("portside.send_mail waits, and an event loop is running here: use `portside.Mailer`")
    to, cc, bcc = _listed(to), _listed(cc), _listed(bcc)
    envelope = _envelope(sender, [*to, *cc, *bcc])
    now = time.time()
    content = compose(
        sender=sender,
        date=now,
        message_id=new_message_id(envelope.sender.rpartition("@")[2], now, secrets.token_hex(TOKEN)),
        to=to,
        cc=cc,
        subject=subject,
        text=text,
        html=html,
        attachments=[each if isinstance(each, Attachment) else attached(each) for each in attachments],
        utf8=envelope.utf8,
    )
    wanted = settings or Settings()
    return asyncio.run(_send(replace(wanted, server=server or wanted.server), envelope, content))


async def _send(settings: Settings, envelope: Envelope, content: bytes) -> Outcome:
    async with Mailer(settings) as mailer:
        return await mailer.send(envelope, content)


def _listed(said: str | Sequence[str]) -> list[str]:
    return [said] if isinstance(said, str) else list(said)


def _envelope(sender: str, recipients: Sequence[str]) -> Envelope:
    found = [_address(text) for text in (sender, *recipients)]
    utf8 = not all(address.isascii() for addresses in found for address in addresses)
    if len(found[0]) != 1:
        raise UsageError(f"one address sends a message, and {sender!r} is not one")
    return Envelope(found[0][0], tuple(Recipient(each) for addresses in found[1:] for each in addresses), utf8=utf8)


def _address(text: str) -> list[str]:
    found = [each.address for each in parse_addresses(text)]
    if not found or not all(found):
        raise UsageError(f"{text!r} is no address: write name@example.com, or 'Name <name@example.com>'")
    return found
