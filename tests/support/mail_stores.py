"""Envelopes, messages and failing disks for the tests of the mail store."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

from portside.mail.envelope import Body, Envelope, Origin, Recipient
from portside.mail.maildir.store import MaildirStore
from portside.mail.storing import Store

ORIGIN = Origin("mx.example", 1764213763.0, "192.0.2.7", 41234, "client.example", local_port=2525)


def envelope(*recipients: str, body: Body = Body.SEVEN_BIT) -> Envelope:
    """From Ann to these, else to Bob."""
    return Envelope("ann@example.com", tuple(map(Recipient, recipients or ("bob@example.com",))), body)


def message(text: str = "Hello", subject: str = "Greetings") -> bytes:
    """A message as it travels."""
    return f"From: Ann <ann@example.com>\r\nTo: bob@example.com\r\nSubject: {subject}\r\n\r\n{text}\r\n".encode()


def keep(store: Store, content: bytes, *recipients: str, body: Body = Body.SEVEN_BIT) -> asyncio.Future[str]:
    """Hand one message over."""
    incoming = store.receive()
    incoming.write(content)
    return incoming.keep(envelope(*recipients, body=body), ORIGIN)


async def kept(folder: Path, contents: Iterable[bytes]) -> list[str]:
    """Keep these in the Maildir ``folder``, and close it; their ids."""
    async with MaildirStore(folder) as store:
        return await asyncio.gather(*(keep(store, content) for content in contents))


def content_of(file: Path) -> bytes:
    """What was sent of a kept message, as it travelled: without the trace fields, with its own line ends."""
    data = file.read_bytes()
    while data.startswith((b"Return-Path:", b"Delivered-To:", b"X-Original-To:", b"Received:", b"\t")):
        data = data.partition(b"\n")[2]
    return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def names(folder: Path) -> list[str]:
    """The files in it."""
    return sorted(path.name for path in folder.iterdir())
