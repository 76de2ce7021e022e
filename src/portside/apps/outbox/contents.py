"""Where the contents of queued messages are: small ones in the queue's database, large ones in files beside it.

A file has room ahead of the content, for the trace field that is known only when the message is whole. It counts once
the database names it: a file that nobody writes to (its writer holds a lock, which the kernel drops with the writer)
and that the database does not know was left by an accident, and is removed.
"""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
import sqlite3
from pathlib import Path
from typing import Any, BinaryIO, cast

from portside.files.durable import sync_folder, write_all

FOLDER = "contents"
SMALL = 256 * 1024
"""Octets of a content that is kept in the database: with a few of them in one transaction, one write to the disk does
for all. Longer ones would be written twice there, by the log and then by the file."""
ROOM = 8192
"""Octets ahead of the content in a file: a trace field with two names of the greatest length is 2,000."""


class Draft:
    """A content in the making, in the queue's ``folder``; raises ``OSError``."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder / FOLDER
        self._name = name
        self._parts: list[bytes] = []
        self._fd = -1
        self.size = 0

    @property
    def in_file(self) -> bool:
        """Whether it has become too long for the database."""
        return self._fd >= 0

    def write(self, data: bytes) -> None:
        """Append ``data``."""
        self.size += len(data)
        if self._fd >= 0:
            write_all(self._fd, data)
            return
        self._parts.append(data)
        if self.size > SMALL:
            self._spill()

    def octets(self, trace: bytes) -> bytes:
        """All of it, behind ``trace``: of one that is in no file."""
        return trace + b"".join(self._parts)

    def settle(self, trace: bytes) -> int:
        """Return, when all of it is on the disk, where it begins in the file: ``trace`` stands in the room ahead."""
        start = ROOM - len(trace)
        os.pwrite(self._fd, trace, start)
        os.fsync(self._fd)
        sync_folder(self._folder)
        return start

    def close(self, *, keep: bool) -> None:
        """Let it go; its file stays where the database names it by now."""
        self._parts = []
        if self._fd < 0:
            return
        if not keep:
            (self._folder / self._name).unlink(missing_ok=True)
        os.close(self._fd)
        self._fd = -1

    def _spill(self) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._fd = os.open(self._folder / self._name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with contextlib.suppress(OSError):  # where a file system has no locks, nothing is ever taken for left behind
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.lseek(self._fd, ROOM, os.SEEK_SET)
        for part in self._parts:
            write_all(self._fd, part)
        self._parts = []


def content(database: sqlite3.Connection, folder: Path, name: str) -> bytes | BinaryIO:
    """The content of a message: octets, or an open file that holds it alone. Raises ``OSError``."""
    row = database.execute("SELECT octets FROM contents WHERE message = ?", (name,)).fetchone()
    if row is not None:
        return bytes(row[0])
    found = database.execute("SELECT start FROM messages WHERE id = ?", (name,)).fetchone()
    file = (folder / FOLDER / name).open("rb", buffering=0)
    return cast("BinaryIO", _Behind(file, 0 if found is None else found[0]))


class _Behind(io.RawIOBase):
    """A file without its first octets: whoever reads it finds its beginning at 0, as of any file."""

    def __init__(self, file: io.FileIO, start: int) -> None:
        self._file = file
        self._start = start
        file.seek(start)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        return self._file.readinto(buffer)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        ahead = self._start if whence == os.SEEK_SET else 0
        return self._file.seek(offset + ahead, whence) - self._start

    def close(self) -> None:
        self._file.close()
        super().close()


def remove(folder: Path, names: list[str]) -> None:
    """Remove the files of messages that need them no more; those in the database have gone with their rows."""
    for name in names:
        (folder / FOLDER / name).unlink(missing_ok=True)


def sweep(database: sqlite3.Connection, folder: Path) -> int:
    """Remove the files that no message owns and nobody is writing; how many there were."""
    place = folder / FOLDER
    names = os.listdir(place) if place.is_dir() else []  # noqa: PTH208  # names are all that is wanted
    return sum(_swept(database, place / name) for name in names)


def _swept(database: sqlite3.Connection, path: Path) -> bool:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Asked while the lock is held: a writer names its file in the database before it lets go of it.
        question = "SELECT 1 FROM messages WHERE id = ? AND finished IS NULL"
        known = database.execute(question, (path.name,)).fetchone()
        if known is None:
            path.unlink(missing_ok=True)
        return known is None
    except OSError:  # somebody writes it; or there are no locks here, and nobody can tell
        return False
    finally:
        os.close(fd)
