"""From the log into the Maildir: each message that was acknowledged gets its file, in the order they came.

Nobody waits for this. Where the disk lets nothing be written, the message stays in the log, and it is tried again
until there is room; meanwhile nothing new is taken, so that the log does not fill up with what nobody can read.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue

from portside.mail.maildir.batches import Entry
from portside.mail.maildir.folder import Folder
from portside.mail.maildir.log import Log
from portside.mail.maildir.progress import Progress
from portside.mail.maildir.refusals import refusal
from portside.mail.storing import StoreError

CALM = 5.0
"""Seconds without mail after which the log is brought to its end: as long as the kernel leaves data in memory too."""
RETRY = 1.0
"""Seconds between attempts to write where the disk is full."""
ENOUGH = 4
"""Segments that are freed by one sync: it takes all that was written to the file system, so it should be worth it."""

_log = logging.getLogger("portside.mail")


class Placer:
    """The thread that writes the Maildir. ``placed`` is called there with the ids of messages that can be read now."""

    def __init__(self, folder: Folder, log: Log, progress: Progress, placed: Callable[[list[str]], object]) -> None:
        self._folder = folder
        self._records = log
        self._progress = progress
        self._placed = placed
        self._queue: SimpleQueue[list[Entry] | None] = SimpleQueue()
        self._closing = threading.Event()
        self.trouble: StoreError | None = None
        """Why nothing can be written now."""
        self.is_done = True
        """Whether everything that was taken from the queue is in the Maildir, and on the disk."""
        self._thread = threading.Thread(target=self._run, name="portside-mail-files", daemon=True)
        self._thread.start()

    def put(self, entries: list[Entry]) -> None:
        """Place these, which are on the disk."""
        self._queue.put(entries)

    def close(self) -> None:
        """Return when all has been placed, or cannot be now."""
        self._closing.set()
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (entries := self._next()) is not None:
            self.is_done = False
            if not all(map(self._place, entries)):
                return
            self._placed([entry.name for entry in entries])
            self._tend()
        self._bring_to_end()

    def _next(self) -> list[Entry] | None:
        while True:
            try:
                return self._queue.get(timeout=None if self.is_done else CALM)
            except Empty:
                self._bring_to_end()

    def _tend(self) -> None:
        """Keep the log from running out of segments."""
        if self._records.waiting(self._progress.placed) >= ENOUGH:
            self._sync()
        try:
            self._records.prepare()
        except OSError:  # whoever needs the segment tries again, and tells the sender
            return

    # --------------------------------------------------------------------------------------------- messages

    def _place(self, entry: Entry) -> bool:
        """Whether it has its file now; if not, it is time to close."""
        while True:
            try:
                self._folder.stage(entry)
                self._progress.placed = entry.number
                self._folder.place(entry)
            except (OSError, StoreError) as error:
                self._is_in_trouble(error)
                if self._closing.wait(RETRY):
                    return False
                self._revive()
            else:
                self._is_well()
                return True

    def _revive(self) -> None:
        try:
            self._folder.revive()
        except (OSError, StoreError) as error:
            self._is_in_trouble(error)

    def _is_in_trouble(self, error: OSError | StoreError) -> None:
        trouble = refusal(error, self._folder.path) if isinstance(error, OSError) else error
        if self.trouble is None or str(self.trouble) != str(trouble):
            _log.error("%s (what was taken is safe, and waits)", trouble)
        self.trouble = trouble
        self._records.trouble(trouble)

    def _is_well(self) -> None:
        if self.trouble is not None:
            _log.warning("mail is kept in %s again", self._folder.path)
            self.trouble = None
            self._records.trouble(None)

    # ------------------------------------------------------------------------------------------------- sync

    def _bring_to_end(self) -> None:
        """Nothing waits: the log is not needed any more. (Its last segment is used on.)"""
        if not self.is_done:
            self.is_done = self._sync()

    def _sync(self) -> bool:
        try:
            self._folder.sync()
            self._progress.synced = self._progress.placed
        except OSError as error:
            _log.error("%s (what was taken is safe in the log)", refusal(error, self._folder.path))
            return False
        self._records.release(self._progress.synced)
        return True
