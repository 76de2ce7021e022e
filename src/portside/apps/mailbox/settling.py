"""Between the answer 250 and the index lie some milliseconds; a test that has sent a mail shall not notice them.

``Settling`` stands ahead of the store and remembers what it has acknowledged until the mailbox tells that it has it. So
a search waits for what was sent before it, and who deletes everything deletes that, too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from portside.mail.envelope import Envelope, Origin
from portside.mail.maildir.summary import Change, Happening
from portside.mail.storing import Incoming, Store

PATIENCE = 2.0
"""Seconds that a question waits: an index that is further behind has a flood to work on, which may go on and on."""
MOST = 10_000
"""Messages that are remembered, either way: beyond them the oldest count as settled."""


class Settling:
    """A ``Store`` whose messages go to ``store`` and turn up in a mailbox, which ``watch`` tells of."""

    def __init__(self, store: Store, watch: Callable[[Callable[[Change], object]], Callable[[], None]]) -> None:
        self._store = store
        self._acknowledged: dict[str, None] = {}
        self._early: dict[str, None] = {}
        self._bell = asyncio.Event()
        self.close = watch(self._changed)
        """Listen to the mailbox no more."""

    def receive(self) -> Incoming:
        """See ``Store``."""
        return _Noted(self._store.receive(), self._kept)

    async def settled(self) -> None:
        """Return once all that was acknowledged before is in the mailbox, or after ``PATIENCE``."""
        wanted = set(self._acknowledged)
        try:
            async with asyncio.timeout(PATIENCE):
                while not wanted.isdisjoint(self._acknowledged):
                    self._bell.clear()
                    await self._bell.wait()
        except TimeoutError:
            for id in wanted:  # whatever became of them, nobody waits for them again
                self._acknowledged.pop(id, None)

    def _kept(self, future: asyncio.Future[str]) -> None:
        if future.cancelled() or future.exception() is not None:
            return
        id = future.result()
        if self._early.pop(id, id) is not None:
            _remember(self._acknowledged, id)

    def _changed(self, change: Change) -> None:
        if change.what is not Happening.ARRIVED:
            return
        for id in change.ids:
            if self._acknowledged.pop(id, id) is not None:
                _remember(self._early, id)
        self._bell.set()


class _Noted:
    """An ``Incoming`` whose acknowledgement is noted before anybody hears of it."""

    __slots__ = ("_incoming", "_kept", "drop", "write")

    def __init__(self, incoming: Incoming, kept: Callable[[asyncio.Future[str]], None]) -> None:
        self._incoming = incoming
        self._kept = kept
        self.write = incoming.write
        self.drop = incoming.drop

    def keep(self, envelope: Envelope, origin: Origin) -> asyncio.Future[str]:
        future = self._incoming.keep(envelope, origin)
        future.add_done_callback(self._kept)
        return future


def _remember(ids: dict[str, None], id: str) -> None:
    ids[id] = None
    if len(ids) > MOST:
        del ids[next(iter(ids))]
