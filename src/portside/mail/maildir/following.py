"""Keeps the index in step with the Maildir. All of it belongs to one thread, which is the mailbox's own.

What the store has just placed is told by it; what other programs do is found by looking at the folders. A message is
gone only if two looks in a row miss it, since one that is renamed in the midst of a look may be found in neither place.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import shutil
import sqlite3
import tempfile
import time
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from portside.mail.maildir.describing import MOST_READ, describe, time_of
from portside.mail.maildir.index import Index, Indexed
from portside.mail.maildir.names import is_seen, with_seen
from portside.mail.maildir.scanning import Look, box_of, find, look, times
from portside.mail.maildir.summary import Change, Happening

EACH_LOOK = 1.0
"""Seconds between looks at the folders."""
IDLE_SHARE = 20
"""A look at a large folder takes time: so many times as long nobody looks again."""
QUICK = 0.005
"""Seconds that a look at a small folder takes: there it is looked at once for what is not where it was told to be."""
SLICE = 20
"""Messages that are indexed at once: some milliseconds, after which others have their turn."""
MOST_ARRIVED = 10_000
"""Messages told of and not indexed yet; those beyond are found by looking."""

_log = logging.getLogger("portside.mail")


@contextlib.contextmanager
def _closed_on_error(index: Index) -> Iterator[Index]:
    """An index that is let go where the block fails."""
    try:
        yield index
    except sqlite3.Error:
        index.close()
        raise


class Follower:
    """The index of the Maildir ``folder``, and what brings it up to date. Raises ``OSError`` and SQLite's errors."""

    def __init__(self, folder: Path, boot: str) -> None:
        self._folder = folder
        self._boot = boot
        self._place, self._lock, self._is_borrowed = _take_place(folder)
        self.path = self._place / "index.sqlite"
        self._known: dict[str, str] = {}
        self._waiting: dict[str, str] = {}
        self._told: deque[str] = deque(maxlen=MOST_ARRIVED)
        self._times: tuple[int, ...] | None = None
        self._next_look = 0.0
        self._is_quick = True
        self._index = self._opened()

    # --------------------------------------------------------------------------------------- open and close

    def _opened(self) -> Index:
        """The index, which is made anew where it is not sound."""
        try:
            with _closed_on_error(Index(self.path)) as index:
                if index.is_sound(self._boot) and not index.is_stale:
                    return self._begun(index)
                index.close()
        except sqlite3.DatabaseError as error:
            _log.warning("the index of %s is made anew: %s", self._folder, error)
        return self._remade()

    def _remade(self) -> Index:
        for end in ("", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                self.path.with_name(self.path.name + end).unlink()
        os.close(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))  # it holds mail
        with _closed_on_error(Index(self.path)) as index:
            index.create()
            return self._begun(index)

    def _begun(self, index: Index) -> Index:
        index.begin(self._boot)
        self._known = index.files()
        self._waiting, self._times, self._next_look = {}, None, 0.0
        return index

    def close(self) -> None:
        """Let go of the index."""
        try:
            self._index.end()
        except sqlite3.Error as error:  # it will be made anew
            _log.warning("the index of %s was not closed: %s", self._folder, error)
        self._index.close()
        if self._lock is not None:
            os.close(self._lock)
        if self._is_borrowed:
            shutil.rmtree(self._place)

    def remake(self) -> None:
        """Begin anew with an empty index."""
        self._index.close()
        self._index = self._remade()

    # ------------------------------------------------------------------------------------------- in step

    def tell(self, ids: Iterable[str]) -> None:
        """These were placed just now. Any thread may call this."""
        self._told.extend(ids)

    @property
    def is_behind(self) -> bool:
        """Whether messages wait to be indexed, or a look is wanted at once."""
        return bool(self._waiting or self._told) or not self._next_look

    def step(self, now: float, *, at_once: bool = False) -> list[Change]:
        """Do a little of what is to be done, and say what befell messages. ``at_once``: look, if it is due or not."""
        self._hear()
        changes = self._look() if at_once or (now >= self._next_look and not self._waiting) else []
        return changes + self._index_some()

    def _hear(self) -> None:
        while self._told:
            id = self._told.popleft()
            if id not in self._known:
                self._waiting[id] = f"new/{id}"

    def _look(self) -> list[Change]:
        began = time.monotonic()
        changes = [] if self._times is not None and times(self._folder) == self._times else self._compare()
        ended = time.monotonic()
        self._is_quick = ended - began < QUICK
        self._next_look = ended + max(EACH_LOOK, IDLE_SHARE * (ended - began))
        return changes

    def _compare(self) -> list[Change]:
        found = look(self._folder)
        if self._known.keys() - found.files.keys():
            found = _either(found, look(self._folder))
        self._times = found.times
        unknown = ((self._came(id, file), id, file) for id, file in found.files.items() if id not in self._known)
        self._waiting = {id: file for _, id, file in sorted(unknown)}
        gone = [id for id in self._known if id not in found.files]
        moved = [id for id, file in self._known.items() if id in found.files and found.files[id] != file]
        return self._moved({id: found.files[id] for id in moved}) + self._gone(gone)

    def _came(self, id: str, file: str) -> float:
        """When a message came, in seconds since 1970."""
        told = time_of(id)
        try:
            return (self._folder / file).stat().st_mtime if told is None else told
        except FileNotFoundError:  # it goes out of the list when it is read
            return 0.0

    def _moved(self, files: dict[str, str]) -> list[Change]:
        """These lie elsewhere; it is news where somebody has read them, or has not after all."""
        if not files:
            return []
        changed = [id for id, file in files.items() if is_seen(file) != is_seen(self._known[id])]
        self._index.move((id, file, is_seen(file)) for id, file in files.items())
        self._known |= files
        return [Change(Happening.CHANGED, tuple(changed))] if changed else []

    def _gone(self, ids: list[str]) -> list[Change]:
        if not ids:
            return []
        self._index.remove(ids)
        for id in ids:
            self._known.pop(id, None)
        if not self._known:
            self._index.clear()
        return [Change(Happening.DELETED, tuple(ids))]

    def _index_some(self) -> list[Change]:
        some = [(id, self._waiting.pop(id)) for id in list(islice(self._waiting, SLICE))]
        read = [message for id, file in some if (message := self._read(id, file)) is not None]
        if not read:
            return []
        self._index.add(read)
        self._known |= {message.id: message.file for message in read}
        return [Change(Happening.ARRIVED, tuple(message.id for message in read))]

    def _read(self, id: str, file: str) -> Indexed | None:
        path = self._folder / file
        try:
            with path.open("rb") as opened:
                status = os.fstat(opened.fileno())
                content = opened.read(MOST_READ)
        except (FileNotFoundError, IsADirectoryError):  # it was moved meanwhile: the next look finds it
            self._times = None
            if self._is_quick:
                self._next_look = 0.0
            return None
        return Indexed(
            id, file, time_of(id) or status.st_mtime, status.st_size, is_seen(file), describe(content, box_of(file))
        )

    # ------------------------------------------------------------------------------------------- our own changes

    def mark_seen(self, ids: Iterable[str], seen: bool) -> tuple[int, list[Change]]:
        """How many there were to change, and what befell them."""
        self._hear()
        files = {id: file for id in ids if (file := self._known.get(id)) is not None and is_seen(file) is not seen}
        renamed = {id: new for id, file in files.items() if (new := self._rename(id, file, seen)) is not None}
        changes = self._moved(renamed)
        return sum(len(change.ids) for change in changes), changes

    def _rename(self, id: str, file: str, seen: bool) -> str | None:
        """Where it lies now; None where it is gone."""
        new = f"{box_of(file)}/cur/{with_seen(Path(file).name, seen)}".lstrip("/")
        try:
            (self._folder / file).rename(self._folder / new)
        except FileNotFoundError:
            moved = find(self._folder, id)
            return None if moved is None or moved == file else self._rename(id, moved, seen)
        return new

    def delete(self, ids: Iterable[str]) -> tuple[int, list[Change]]:
        """How many there were, and what befell them."""
        self._hear()
        known = [id for id in dict.fromkeys(ids) if id in self._known or id in self._waiting]
        changes = self._gone([id for id in known if self._unlink(id)])
        for id in known:
            self._waiting.pop(id, None)
        return sum(len(change.ids) for change in changes), changes

    def _unlink(self, id: str) -> bool:
        file: str | None = self._known.get(id) or self._waiting[id]
        while file is not None:
            try:
                (self._folder / file).unlink()
            except FileNotFoundError:
                moved = find(self._folder, id)
                file = moved if moved != file else None
            else:
                return True
        return False


def _either(first: Look, second: Look) -> Look:
    """What two looks in a row have found; where they differ, a third is needed."""
    same = first.files.keys() == second.files.keys()
    return Look({**first.files, **second.files}, second.times if same else None)


def _take_place(folder: Path) -> tuple[Path, int | None, bool]:
    """Where the index lies, the lock on it, and whether it is a place of our own that goes again.

    That is where the folder cannot be written, or another mailbox has its index.
    """
    place = folder / ".portside"
    try:
        folder.mkdir(0o700, parents=True, exist_ok=True)
        place.mkdir(0o700, exist_ok=True)
        lock = os.open(place / "index.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError:
        return Path(tempfile.mkdtemp(prefix="portside-")), None, True
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return Path(tempfile.mkdtemp(prefix="portside-")), None, True
    return place, lock, False
