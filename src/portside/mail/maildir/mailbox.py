"""A Maildir as a person or a test looks at it: pages, search, one message, seen, deleted.

Two threads do the work: one reads the index, one writes it and the folder, so that a page never waits for what is just
being indexed. Indexing is done in slices with a rest between, the longer the more is arriving: who takes mail in has
the right of way.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from portside.errors import PortsideError
from portside.mail.maildir.following import EACH_LOOK, Follower
from portside.mail.maildir.index import Index
from portside.mail.maildir.progress import boot_id
from portside.mail.maildir.queries import parse_query
from portside.mail.maildir.refusals import refusal
from portside.mail.maildir.scanning import find
from portside.mail.maildir.summary import Change, Summary
from portside.mail.storing import StoreError

PAGE = 50
"""Messages of a page, unless more are asked for."""
SOME = 500
"""Messages that are deleted or marked at once, before others have their turn."""
REST = 4
"""While mail arrives, indexing rests so many times as long as it works."""
BUSY = 0.25
"""Seconds after an arrival in which more is expected."""

T = TypeVar("T")
_log = logging.getLogger("portside.mail")


class NoSuchMessage(PortsideError):
    """There is no message of this id, or none any more."""


class Mailbox:
    """The messages in the Maildir ``folder``, the latest first; whoever puts them there.

    ``async with Mailbox(folder) as mailbox`` opens and closes it. Queries are words, "phrases", ``from:``, ``to:``,
    ``subject:``, ``has:attachment``, ``is:unread``, ``is:read``, ``before:2026-11-27``, ``after:2026-11-27``, and each
    of them excluded by ``-``; what is none of these is looked for as words, so no query is wrong.

    What cannot be done raises ``StoreError``.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._watchers: list[Callable[[Change], object]] = []
        self._open: _Open | None = None
        self._arrived_at = 0.0

    # --------------------------------------------------------------------------------------- open and close

    async def open(self) -> None:
        """Open the index, or make it; what is new in the folder is found in the background."""
        loop = asyncio.get_running_loop()
        self._open = await asyncio.to_thread(_Open, self.folder, loop)
        self._open.following = loop.create_task(self._follow(self._open))

    async def close(self) -> None:
        """Stop watching, and close the index."""
        opened, self._open = self._open, None
        if opened is not None:
            opened.following.cancel()
            await asyncio.gather(opened.following, return_exceptions=True)
            await asyncio.to_thread(opened.close)

    async def __aenter__(self) -> Mailbox:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    # ---------------------------------------------------------------------------------------------- reading

    async def summaries(self, query: str = "", *, before: str | None = None, limit: int = PAGE) -> list[Summary]:
        """At most ``limit`` messages that match, the latest first; those older than the message ``before``."""
        return await self._read(lambda index: index.summaries(parse_query(query, time.time()), before, limit))

    async def count(self, query: str = "") -> int:
        """How many match."""
        return await self._read(lambda index: index.count(parse_query(query, time.time())))

    async def summary(self, id: str) -> Summary:
        """One message. Raises ``NoSuchMessage``."""
        return _there(id, await self._read(lambda index: index.summary(id)))

    async def path(self, id: str) -> Path:
        """Its file, wherever a mail program has moved it. Raises ``NoSuchMessage``."""
        return await self._read(lambda index: self._path(index, id))

    async def raw(self, id: str) -> bytes:
        """All of its file: trace fields first, lines end in LF. Raises ``NoSuchMessage``."""
        return await self._read(lambda index: self._path(index, id).read_bytes())

    def _path(self, index: Index, id: str) -> Path:
        file = _there(id, index.file(id))
        if not (self.folder / file).exists():
            file = _there(id, find(self.folder, id))
        return self.folder / file

    # --------------------------------------------------------------------------------------------- changing

    async def mark_seen(self, ids: Iterable[str], seen: bool = True) -> int:
        """Set or take away the flag that it was seen; how many there were to change. Unknown ones are left out."""
        return await self._change(ids, lambda follower, some: follower.mark_seen(some, seen))

    async def delete(self, ids: Iterable[str]) -> int:
        """Delete them from the disk; how many there were. Unknown ones are left out."""
        return await self._change(ids, lambda follower, some: follower.delete(some))

    async def delete_all(self, query: str = "") -> int:
        """Delete all that match; how many there were."""
        return await self.delete(await self._read(lambda index: index.ids(parse_query(query, time.time()))))

    async def rebuild(self) -> int:
        """Make the index anew, of the Maildir alone; how many messages there are."""
        opened = self._opened()
        async with opened.turn:
            await self._write(opened, opened.remake)
            while opened.follower.is_behind:
                await self._step(opened)
            return await self.count()

    # --------------------------------------------------------------------------------------------- watching

    def watch(self, callback: Callable[[Change], object]) -> Callable[[], None]:
        """Call ``callback`` in the loop for whatever befalls messages from now on, until the result is called."""
        self._watchers.append(callback)

        def stop() -> None:
            if callback in self._watchers:
                self._watchers.remove(callback)

        return stop

    def notice(self) -> None:
        """Look at the folder now, not only at the next of the regular looks. Returns at once; any thread may call."""
        if self._open is not None:
            self._open.wake(look=True)

    def arrived(self, ids: list[str]) -> None:
        """These were placed just now, by a store of this process. Returns at once; any thread may call."""
        if self._open is not None:
            self._arrived_at = time.monotonic()
            self._open.follower.tell(ids)
            self._open.wake()

    # --------------------------------------------------------------------------------------------- following

    async def _follow(self, opened: _Open) -> None:
        """Keep the index in step for as long as it is open."""
        while True:
            began = time.monotonic()
            is_behind = await self._try_step(opened)
            took = time.monotonic() - began
            if not is_behind:
                await opened.wait(EACH_LOOK)
            elif time.monotonic() - self._arrived_at < BUSY:
                await asyncio.sleep(REST * took)

    async def _try_step(self, opened: _Open) -> bool:
        try:
            async with opened.turn:
                self._tell(await self._step(opened))
                return opened.follower.is_behind
        except StoreError as error:
            _log.warning("%s", error)
            return False

    async def _step(self, opened: _Open) -> list[Change]:
        """Do a part of what is to be done; what befell messages."""
        at_once, opened.is_look_wanted = opened.is_look_wanted, False
        return await self._write(opened, lambda: opened.follower.step(time.monotonic(), at_once=at_once))

    def _tell(self, changes: Iterable[Change]) -> None:
        for change in changes:
            for callback in tuple(self._watchers):
                callback(change)

    # ---------------------------------------------------------------------------------------------- threads

    async def _read(self, work: Callable[[Index], T]) -> T:
        opened = self._opened()
        return await self._in_thread(opened.reading, lambda: work(opened.index))

    async def _write(self, opened: _Open, work: Callable[[], T]) -> T:
        return await self._in_thread(opened.writing, work)

    async def _change(self, ids: Iterable[str], work: Callable[[Follower, list[str]], tuple[int, list[Change]]]) -> int:
        opened, todo, done = self._opened(), list(ids), 0
        for at in range(0, len(todo), SOME):
            count, changes = await self._write(opened, partial(work, opened.follower, todo[at : at + SOME]))
            self._tell(changes)
            done += count
        return done

    async def _in_thread(self, thread: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(thread, work)
        except sqlite3.Error as error:
            raise StoreError(f"the index of mail in {self.folder} cannot be used: {error}") from error
        except OSError as error:
            raise refusal(error, self.folder) from error

    def _opened(self) -> _Open:
        if self._open is None:
            raise StoreError(f"the mailbox in {self.folder} is closed")
        return self._open


class _Open:
    """What an open mailbox is made of. Raises ``StoreError``."""

    following: asyncio.Task[None]

    def __init__(self, folder: Path, loop: asyncio.AbstractEventLoop) -> None:
        try:
            self.follower = Follower(folder, boot_id())
            self.index = Index(self.follower.path)
        except sqlite3.Error as error:
            raise StoreError(f"the index of mail in {folder} cannot be made: {error}") from error
        except OSError as error:
            raise refusal(error, folder) from error
        self.reading = ThreadPoolExecutor(1, "portside-mail-read")
        self.writing = ThreadPoolExecutor(1, "portside-mail-index")
        self.is_look_wanted = False
        self.turn = asyncio.Lock()
        """Whose it is to bring the index up to date: who makes it anew finds what is no news to anybody."""
        self._loop = loop
        self._awake = asyncio.Event()

    def wake(self, *, look: bool = False) -> None:
        """There is something to do; any thread may call."""
        self.is_look_wanted |= look
        self._loop.call_soon_threadsafe(self._awake.set)

    async def wait(self, seconds: float) -> None:
        """Return once there is something to do, or the time has passed."""
        try:
            async with asyncio.timeout(seconds):
                await self._awake.wait()
        except TimeoutError:
            return
        finally:
            self._awake.clear()

    def remake(self) -> None:
        """Begin anew with an empty index."""
        self.reading.submit(self.index.close).result()
        self.follower.remake()
        self.index = Index(self.follower.path)

    def close(self) -> None:
        """Let go of everything."""
        self.reading.shutdown()
        self.writing.shutdown()
        self.index.close()
        self.follower.close()


def _there(id: str, found: T | None) -> T:
    if found is None:
        raise NoSuchMessage(f"there is no message {id}, or none any more")
    return found
