"""Files in the making: under their final name they appear whole or not at all.

A file is written under a name of its own in the folder where it is to stand, and gets its final name in one step,
when all of it is on the disk. Whoever kills the writer leaves such a temporary behind and nothing else.

How a temporary without a writer is told from one that is being written: the writer holds a lock (``flock``) on it,
and the kernel drops the lock with the writer, however that ended. Whoever gets the lock on a temporary may therefore
remove it. Between its making and its locking a temporary looks abandoned for a moment; so a writer makes another
one if it did not get the lock at once, or if its file has no name any more once it has. Where a file system knows no
locks nobody gets one, and nothing is ever removed.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import secrets
import threading
from collections.abc import Callable

from portside.errors import LocalError
from portside.files.root import TEMPORARY_PREFIX

Check = Callable[[int], None]
"""Looks at the open folder in the last moment; refuses by raising."""

_MAKE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
_LOOK = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_is_temporary = re.compile(re.escape(TEMPORARY_PREFIX) + r"[0-9a-f]{24}\.part").fullmatch
_NO_LINKS_HERE = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


class Temporary:
    """One file in the making, in the folder that is open as ``folder`` (a descriptor, which is not kept).

    The way is ``write`` (often), ``sync``, then ``replace`` or ``create``, then ``settle``; and in any case ``close``.
    Each may be called from any thread, and waits for the one before. All raise ``OSError``, and ``LocalError`` after
    ``close``.
    """

    def __init__(self, folder: int) -> None:
        self._guard = threading.Lock()
        self._placed = False
        self._folder = os.dup(folder)
        try:
            self._fd, self._name = _make(folder)
        except BaseException:
            os.close(self._folder)
            raise

    @property
    def closed(self) -> bool:
        """Whether ``close`` was called."""
        return self._fd < 0

    def write(self, data: bytes) -> None:
        """Put ``data`` at the end."""
        with self._guard:
            self._check()
            left = memoryview(data)
            while left:
                left = left[os.write(self._fd, left) :]

    def sweep(self) -> int:
        """Remove what dead writers left in the same folder; how much that was."""
        with self._guard:
            self._check()
            return sweep(self._folder)

    def sync(self) -> None:
        """Return when all that was written is on the disk."""
        with self._guard:
            self._check()
            os.fsync(self._fd)

    def replace(self, name: str, check: Check | None = None) -> os.stat_result:
        """Give it the name ``name``, in place of what stands there; of a symbolic link, of the link itself."""
        with self._guard:
            self._check()
            if check is not None:
                check(self._folder)
            self._rename(name)
            return os.fstat(self._fd)

    def create(self, name: str) -> os.stat_result:
        """Give it the name ``name``, which nothing may have yet: raises ``FileExistsError``.

        A second link does that in one step. Where a file system knows none, the name is taken by an empty file
        first, which is then replaced: never half a file, but if the writer is killed in between, an empty one.
        """
        with self._guard:
            self._check()
            try:
                os.link(self._name, name, src_dir_fd=self._folder, dst_dir_fd=self._folder, follow_symlinks=False)
            except OSError as error:
                if error.errno not in _NO_LINKS_HERE:
                    raise
                os.close(os.open(name, _MAKE, 0o666, dir_fd=self._folder))
                self._rename(name)
            else:
                self._placed = True
                os.unlink(self._name, dir_fd=self._folder)
            return os.fstat(self._fd)

    def settle(self) -> None:
        """Return when its final name is on the disk too, where the file system can promise that."""
        with self._guard:
            self._check()
            try:
                os.fsync(self._folder)
            except OSError as error:
                if error.errno != errno.EINVAL:
                    raise

    def close(self) -> None:
        """Close it; without a final name it is removed."""
        with self._guard:
            if self._fd < 0:
                return
            if not self._placed:
                with contextlib.suppress(FileNotFoundError):  # somebody else tidied up
                    os.unlink(self._name, dir_fd=self._folder)
            os.close(self._fd)
            os.close(self._folder)
            self._fd = self._folder = -1

    def _check(self) -> None:
        if self._fd < 0:
            raise LocalError("this file is closed already")

    def _rename(self, name: str) -> None:
        os.rename(self._name, name, src_dir_fd=self._folder, dst_dir_fd=self._folder)
        self._placed = True


def _make(folder: int) -> tuple[int, str]:
    while True:
        name = f"{TEMPORARY_PREFIX}{secrets.token_hex(12)}.part"
        fd = os.open(name, _MAKE, 0o666, dir_fd=folder)
        if _lock(fd) and os.fstat(fd).st_nlink:
            return fd, name
        os.close(fd)  # whoever is tidying up has it, and removes it


def _lock(fd: int) -> bool:
    """Lock a file that we make; True also where there are no locks, since nobody else gets one then either."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno != errno.EWOULDBLOCK
    return True


def sweep(folder: int) -> int:
    """Remove the temporaries in the open folder whose writer is gone; how many there were. Raises ``OSError``."""
    removed = 0
    for name in filter(_is_temporary, os.listdir(folder)):
        with contextlib.suppress(OSError):  # it is being written, or has just gone
            _remove_abandoned(folder, name)
            removed += 1
    return removed


def _remove_abandoned(folder: int, name: str) -> None:
    fd = os.open(name, _LOOK, dir_fd=folder)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.unlink(name, dir_fd=folder)
    finally:
        os.close(fd)
