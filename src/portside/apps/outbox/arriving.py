"""A message on its way into the queue: the port ``Incoming``, as servers use it."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable, Coroutine
from dataclasses import replace

from portside.apps.outbox.contents import Draft
from portside.apps.outbox.putting import Arrival
from portside.mail.envelope import Envelope, Origin
from portside.mail.maildir.traces import trace
from portside.mail.storing import StoreError, StoreFull

Keep = Callable[[Draft, Envelope, Origin], Coroutine[None, None, str]]
"""Queues a draft for an envelope; the result is its id."""


class Arriving:
    """One message of which octets come. ``begin`` has the loop see to a coroutine whatever its future's owner does."""

    def __init__(self, draft: Draft, keep: Keep, begin: Callable[[Coroutine[None, None, str]], asyncio.Task[str]]):
        self._draft = draft
        self._keep = keep
        self._begin = begin
        self._over = False

    def write(self, data: bytes) -> None:
        """Append octets. Raises ``StoreError``."""
        try:
            self._draft.write(data)
        except OSError as error:
            raise system_excuse(error) from error

    def keep(self, envelope: Envelope, origin: Origin) -> asyncio.Future[str]:
        """It is whole: the id, once it is on the disk."""
        self._over = True
        return asyncio.shield(self._begin(self._keep(self._draft, envelope, origin)))

    def drop(self) -> None:
        """It does not come to its end."""
        if not self._over:
            self._over = True
            self._draft.close(keep=False)


def arrival(draft: Draft, name: str, envelope: Envelope, relay: str, born: float, trace: bytes) -> Arrival:
    """What is to be queued of ``draft``; what stands in a file is on the disk then. Blocks. Raises ``StoreError``."""
    size = draft.size + len(trace)
    if not draft.in_file:
        return Arrival(name, envelope, relay, born, size, draft.octets(trace))
    try:
        return Arrival(name, envelope, relay, born, size, None, draft.settle(trace))
    except OSError as error:
        raise system_excuse(error) from error


def received(envelope: Envelope, origin: Origin, name: str) -> bytes:
    """The trace field of a message that came over a network (RFC 5321 §4.4); b"" of one that was made here.

    The other servers on its way need no name that somebody logs in by here.
    """
    if not origin.host:
        return b""
    _, _, field = trace(envelope, replace(origin, user=""), name, named=False).partition("\n")  # Return-Path is first
    return field.replace("\n", "\r\n").encode()


def system_excuse(error: OSError) -> StoreError:
    """What a person is told of ``error``."""
    reason = (error.strerror or str(error)).lower()
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoreFull(f"the queue cannot be written: {reason}; make room, and it goes on")
    return StoreError(f"the queue cannot be written: {reason}")
