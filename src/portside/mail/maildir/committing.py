"""Group commit: all messages that have come while one batch was on its way to the disk are the next batch.

No message is made to wait for others: an idle disk gets a batch of one at once. The busier the store, the larger the
batches; so the number of syncs stays what the disk can do, and the number of messages does not.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import TypeAlias

from portside.mail.maildir.batches import Entry
from portside.mail.maildir.folder import Folder
from portside.mail.maildir.log import Log
from portside.mail.maildir.refusals import refusal
from portside.mail.storing import StoreError

MOST_BATCH = 1024 * 1024
"""Octets of a batch, and one message more: a quarter of a segment, and a few milliseconds of a disk."""

Pair: TypeAlias = tuple[Entry, "asyncio.Future[str]"]
Told: TypeAlias = Callable[[Sequence[Pair], StoreError | None], None]
"""Called in the committer's thread when a batch is on the disk (None), or is not."""


_log = logging.getLogger("portside.mail")


class Committer:
    """The thread that writes the log. ``number`` is that of the last entry before; ``told`` hears how it went."""

    def __init__(self, log: Log, folder: Folder, number: int, told: Told) -> None:
        self._log = log
        self._folder = folder
        self._number = number
        self._told = told
        self._queue: SimpleQueue[list[Pair] | None] = SimpleQueue()
        self._rest: deque[Pair] = deque()
        self._is_ending = False
        self._thread = threading.Thread(target=self._run, name="portside-mail-log", daemon=True)
        self._thread.start()

    def put(self, pairs: list[Pair]) -> None:
        """Commit these, soon."""
        self._queue.put(pairs)

    def close(self) -> None:
        """Return when all that was put has been told."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while batch := self._take():
            self._told(batch, self._commit([entry for entry, _ in batch]))

    def _take(self) -> list[Pair]:
        """What waits, up to a limit, and at least one; nothing at the end."""
        batch: list[Pair] = []
        size = 0
        while size < MOST_BATCH and self._fetch(wait=not batch):
            batch.append(self._rest.popleft())
            size += batch[-1][0].size
        return batch

    def _fetch(self, *, wait: bool) -> bool:
        """Whether there is one more."""
        if self._rest or self._is_ending:
            return bool(self._rest)
        try:
            pairs = self._queue.get(wait)
        except Empty:
            return False
        self._is_ending = pairs is None
        self._rest.extend(pairs or ())
        return bool(self._rest)

    def _commit(self, entries: list[Entry]) -> StoreError | None:
        for entry in entries:
            self._number += 1
            entry.number = self._number
        try:
            self._log.append(entries)
        except StoreError as error:
            return error
        except OSError as error:
            return refusal(error, self._folder.path)
        except Exception as error:  # a fault of ours: whoever waits must hear of it, and the thread goes on
            _log.exception("mail could not be written to the log")
            return StoreError(f"mail cannot be kept in {self._folder.path}: {error}")
        return None
