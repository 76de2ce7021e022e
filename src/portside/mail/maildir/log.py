"""The log on the disk: segments that are written and synced batch by batch, and used again once they are done with.

``fdatasync`` is quick only where nothing but data has to be written. So the blocks of a segment are filled with zeros
when it is made, and a segment that is done with is used again instead of a new one.

``append`` belongs to one thread, ``release`` and ``prepare`` to another; between them stands a lock.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from portside.files.room import room_at
from portside.mail.maildir.batches import BLOCK, Entry, batch_size, serialise_batch, serialise_header
from portside.mail.maildir.folder import Folder
from portside.mail.maildir.refusals import again
from portside.mail.storing import StoreError

SEGMENT = 4 * 1024 * 1024
"""Octets of a segment: a second of a busy server, and little on a small disk."""
MOST_SEGMENTS = 16
"""Segments at most: what waits to be placed is bounded by them, in memory as on the disk."""
PATIENCE = 60.0
"""Seconds that a batch waits for a segment: longer than a busy disk takes, shorter than a client waits for its 250
(10 minutes, RFC 5321 §4.5.3.2.6)."""

_MAKE = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(slots=True)
class Segment:
    """One file of the log: where the next batch goes, and the number of the last entry in it."""

    name: str
    fd: int
    key: int
    end: int = BLOCK
    last: int = 0

    @property
    def is_gone(self) -> bool:
        """Whether somebody has deleted the file: what is written to it then is nowhere."""
        return os.fstat(self.fd).st_nlink == 0


class Log:
    """The segments in ``folder``, which is open.

    ``batch`` is the number of the last batch before. Raises ``OSError``.
    """

    def __init__(self, folder: Folder, batch: int = 0, *, size: int = SEGMENT) -> None:
        self._folder = folder
        self._batch = batch
        self._size = size
        self._changed = threading.Condition()
        self._full: list[Segment] = []
        self._spare: list[Segment] = []
        self._trouble: StoreError | None = None
        self._synced = 0
        self._active: Segment | None = self._make()

    # ---------------------------------------------------------------------------- in the thread that appends

    def append(self, entries: Sequence[Entry]) -> None:
        """Return when the entries are on the disk, all or none. Raises ``OSError`` and ``StoreError``.

        After an error what was written of them is taken back, as far as the disk lets it.
        """
        segment = self._active
        if segment is None or segment.end + batch_size(entries) > self._size or segment.is_gone:
            segment = self._next()
        data = serialise_batch(segment.key, self._batch + 1, entries)
        try:
            _write(segment.fd, data, segment.end)
            os.fdatasync(segment.fd)
        except OSError:
            self._take_back(segment)
            raise
        if segment.is_gone:
            raise FileNotFoundError(errno.ENOENT, "its log was deleted")
        self._batch += 1
        segment.end += len(data)
        segment.last = entries[-1].number

    def _take_back(self, segment: Segment) -> None:
        """After an error nobody knows what of the batch the disk has: nothing is written behind it."""
        with contextlib.suppress(OSError):  # the one that is raised says more
            _write(segment.fd, bytes(BLOCK), segment.end)
        segment.end = self._size

    def _next(self) -> Segment:
        """Go to another segment; wait for one that is done with where there are as many as may be.

        The one before can be released from now on, even where there is no room for another: so it is used again.
        """
        self._retire()
        with self._changed:
            if not self._spare and len(self._full) >= MOST_SEGMENTS:
                self._changed.wait_for(lambda: self._spare or self._trouble, PATIENCE)
            if self._trouble is not None:
                raise again(self._trouble)
            if not self._spare and len(self._full) >= MOST_SEGMENTS:
                raise StoreError("the disk does not keep up: mail is taken again when it has")
            segment = self._spare.pop() if self._spare else None
        segment = segment or self._make()
        with self._changed:
            self._active = segment
        return segment

    def _retire(self) -> None:
        """Nothing more is written to the active segment; it is spare at once where all in it has been synced."""
        with self._changed:
            if self._active is not None:
                self._full.append(self._active)
                self._active = None
        self.release(self._synced)

    # --------------------------------------------------------------------------- in the thread that releases

    def trouble(self, error: StoreError | None) -> None:
        """Nothing is released because of ``error``, so nobody shall wait for it; None: it is over."""
        with self._changed:
            self._trouble = error
            self._changed.notify_all()

    def waiting(self, placed: int) -> int:
        """Full segments whose entries have all been placed: ``release`` can free them after a sync."""
        with self._changed:
            return sum(segment.last <= placed for segment in self._full)

    def release(self, synced: int) -> None:
        """Up to this entry nothing is needed any more: segments behind which nothing else stands are spare."""
        with self._changed:
            self._synced = max(self._synced, synced)
            done = [segment for segment in self._full if segment.last <= synced]
            self._full = [segment for segment in self._full if segment.last > synced]
        for segment in done:
            self._reuse(segment)

    def prepare(self) -> None:
        """Have a spare segment before it is needed, where that will be soon."""
        with self._changed:
            is_wanted = self._active is None or self._active.end * 2 > self._size
            is_needed = is_wanted and not self._spare and len(self._full) + 1 < MOST_SEGMENTS
        if is_needed:
            self._add_spare(self._make())

    def _reuse(self, segment: Segment) -> None:
        try:
            if segment.is_gone:
                raise FileNotFoundError(errno.ENOENT, segment.name)
            self._begin(segment)
        except OSError:  # it is not worth keeping: another is made when one is needed
            self._discard(segment)
        else:
            self._add_spare(segment)

    def _add_spare(self, segment: Segment) -> None:
        with self._changed:
            self._spare.append(segment)
            self._changed.notify_all()

    # --------------------------------------------------------------------------------------------- segments

    def _make(self) -> Segment:
        """A new segment that is on the disk, folder and all."""
        self._folder.revive()
        _look_for_room(self._folder.log, self._size)
        name = f"{secrets.token_hex(8)}.log"
        segment = Segment(name, os.open(name, _MAKE, 0o600, dir_fd=self._folder.log), 0)
        try:
            _write(segment.fd, bytes(self._size), 0)
            self._begin(segment)
            os.fsync(self._folder.log)
        except OSError:
            self._discard(segment)
            raise
        return segment

    def _begin(self, segment: Segment) -> None:
        """Give it a header of its own: what stands behind it does not count from now on."""
        key = secrets.randbits(64)
        _write(segment.fd, serialise_header(key), 0)
        os.fdatasync(segment.fd)
        segment.key, segment.end, segment.last = key, BLOCK, 0

    def _discard(self, segment: Segment) -> None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(segment.name, dir_fd=self._folder.log)
        os.close(segment.fd)

    def close(self, *, done: bool) -> None:
        """Close the files; ``done``: nothing in them is needed any more, and they are removed."""
        active = [] if self._active is None else [self._active]
        for segment in (*active, *self._full, *self._spare):
            if done:
                self._discard(segment)
            else:
                os.close(segment.fd)


def _look_for_room(folder: int, size: int) -> None:
    """Raise ``OSError`` where there is none for so many octets: to try would take, meanwhile, what messages need."""
    room = room_at(folder)
    if room is not None and room < size:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _write(fd: int, data: bytes, at: int) -> None:
    left = memoryview(data)
    while left:
        written = os.pwrite(fd, left, at)
        left, at = left[written:], at + written
