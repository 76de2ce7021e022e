"""The store that keeps mail in a Maildir: the port ``Store``, from the first octet to the file.

::

    keep ──> gathered in one turn of the loop ──> Committer: one batch, one sync ──> futures done: "250"
    large: its file is synced first ──────────────────^                    └──> Placer: files, in order

Three threads do what takes the disk's time: the committer, the placer, and one for large messages. A store that lags
needs no signal: its futures are done later, and whoever waits for them sends no more.
"""

from __future__ import annotations

import asyncio
import os
import platform
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

from portside.mail.maildir.batches import Entry
from portside.mail.maildir.committing import Committer, Pair
from portside.mail.maildir.folder import Folder
from portside.mail.maildir.incoming import MaildirIncoming, Spool
from portside.mail.maildir.log import Log
from portside.mail.maildir.names import host_part, unique_name
from portside.mail.maildir.placing import Placer
from portside.mail.maildir.progress import Progress, boot_id
from portside.mail.maildir.refusals import again, refusal
from portside.mail.maildir.replaying import replay
from portside.mail.storing import StoreError

MOST_HELD_BY_ALL = 64 * 1024 * 1024
"""Octets of all messages on their way that are in memory; what comes beyond goes to files at once."""
MOST_ENTRY = 1024 * 1024
"""Octets of one entry of the log, names of folders included: a message to thousands of folders is refused."""

Placed = Callable[[list[str]], object]
"""Called in a thread with the ids of messages that can be read now."""


class MaildirStore:
    """Keeps messages in the Maildir ``folder``, or in one for each recipient below it (``per_recipient``).

    ``async with MaildirStore(folder) as store`` opens and closes it. What it is asked for comes back by the port
    ``Store``: a future of ``keep`` is done once the message is on the disk. All methods belong to one event loop.
    ``placed`` hears of messages that can be read (``Mailbox.arrived`` is made for it); it must not wait.
    """

    def __init__(self, folder: Path, *, per_recipient: bool = False, placed: Placed | None = None) -> None:
        self.folder = Folder(folder, per_recipient=per_recipient)
        self._told_of = placed or _tell_nobody
        self._parts: _Parts | None = None
        self._gathered: list[Pair] = []
        self._finishing: set[asyncio.Future[Entry]] = set()
        self._held = 0
        self._count = 0
        self._host = host_part(platform.node())

    # --------------------------------------------------------------------------------------- open and close

    async def open(self) -> None:
        """Take the folder, and bring to its place what an earlier server had acknowledged.

        Raises ``StoreError``: the folder cannot be written, another server has it, or a newer one wrote its log.
        """
        self._loop = asyncio.get_running_loop()
        self._parts = await asyncio.to_thread(self._open)

    def _open(self) -> _Parts:
        try:
            self.folder.open()
            return _Parts(self.folder, self._told_in_thread, self._told_of)
        except OSError as error:
            self.folder.close()
            raise refusal(error, self.folder.path) from error
        except BaseException:
            self.folder.close()
            raise

    async def close(self) -> None:
        """Return once everything acknowledged is in the Maildir, as far as the disk lets it. Takes nothing more."""
        if self._finishing:
            await asyncio.wait(self._finishing)
        self._commit_gathered()
        parts, self._parts = self._parts, None
        if parts is not None:
            await asyncio.to_thread(parts.close)
            await asyncio.to_thread(self.folder.close)

    async def __aenter__(self) -> MaildirStore:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    # --------------------------------------------------------------------------------------------- messages

    def receive(self) -> MaildirIncoming:
        """A new message begins. Raises ``StoreFull`` while the disk is full, ``StoreError`` while it fails."""
        trouble = self._open_parts().placer.trouble
        if trouble is not None:
            raise again(trouble)
        return MaildirIncoming(self)

    def _open_parts(self) -> _Parts:
        if self._parts is None:
            raise StoreError(f"mail is not taken in {self.folder.path}: the store is closed")
        return self._parts

    def may_hold(self, more: int) -> bool:
        """See ``incoming.Keeper``."""
        if more > 0 and self._held + more > MOST_HELD_BY_ALL:
            return False
        self._held += more
        return True

    def name(self) -> str:
        """A name that no other message has."""
        self._count += 1
        return unique_name(time.time(), os.getpid(), self._count, self._host)

    def commit(self, entry: Entry, future: asyncio.Future[str]) -> None:
        """Write this to the log together with all that comes in the same turn of the loop."""
        self._open_parts()
        if entry.size > MOST_ENTRY:
            raise StoreError("a message goes to more folders than the log takes at once")
        if not self._gathered:
            self._loop.call_soon(self._commit_gathered)
        self._held += entry.size
        self._gathered.append((entry, future))

    def _commit_gathered(self) -> None:
        if self._gathered and self._parts is not None:
            self._parts.committer.put(self._gathered)
            self._gathered = []

    def finish(self, spool: Spool, future: asyncio.Future[str]) -> None:
        """Finish the spool in a thread, then commit its entry."""
        work = self._loop.run_in_executor(self._open_parts().spooling, spool.finish, self.folder)
        self._finishing.add(work)
        work.add_done_callback(lambda done: self._finished(done, spool.entry, future))

    def _finished(self, done: asyncio.Future[Entry], entry: Entry, future: asyncio.Future[str]) -> None:
        self._finishing.discard(done)
        try:
            self.commit(done.result(), future)
        except OSError as error:
            _fail(future, refusal(error, self.folder.path))
        except StoreError as error:
            self.folder.forget(entry.name)
            _fail(future, error)

    # ------------------------------------------------------------------------------------- what became of it

    def _told_in_thread(self, pairs: Sequence[Pair], error: StoreError | None) -> None:
        self._loop.call_soon_threadsafe(self._told, pairs, error)

    def _told(self, pairs: Sequence[Pair], error: StoreError | None) -> None:
        for entry, future in pairs:
            self._held -= entry.size
            if error is not None:
                _fail(future, error)
            elif not future.done():
                future.set_result(entry.name)


def _tell_nobody(ids: list[str]) -> None:
    del ids


def _fail(future: asyncio.Future[str], error: StoreError) -> None:
    if not future.done():
        future.set_exception(again(error))


class _Parts:
    """What an open store is made of. Raises ``OSError`` and ``StoreError``."""

    def __init__(
        self, folder: Folder, told: Callable[[Sequence[Pair], StoreError | None], None], placed: Placed
    ) -> None:
        self._folder = folder
        self._progress = Progress(folder, boot_id())
        try:
            found = replay(folder, self._progress)
            self._log = Log(folder, found.batch)
        except BaseException:
            self._progress.close()
            raise
        self.placer = Placer(folder, self._log, self._progress, placed)
        self.committer = Committer(self._log, folder, found.number, self._committed)
        self.spooling = ThreadPoolExecutor(1, "portside-mail-large")
        self._told = told

    def _committed(self, pairs: Sequence[Pair], error: StoreError | None) -> None:
        if error is None:
            self.placer.put([entry for entry, _ in pairs])
        else:
            for entry in (entry for entry, _ in pairs if entry.content is None):
                self._folder.forget(entry.name)
        self._told(pairs, error)

    def close(self) -> None:
        """Bring all to its end."""
        self.spooling.shutdown()
        self.committer.close()
        self.placer.close()
        self._log.close(done=self.placer.is_done)
        self._progress.close()
