"""Uploads in the making: under their final name they appear whole or not at all, and a cut one can be gone on with.

What has come is written beside the final place, under a hidden name made from the user and the path. Who is cut off
finds it there: SIZE tells its length while no file has the name, and REST or APPE go on from it. Its writer holds a
lock on it, so two never write one; the kernel drops the lock with the writer, however that ended. What nobody has
gone on with for ``KEPT`` seconds is removed by a later upload into the same folder.

All of this blocks; it is for threads, but for ``open_part`` where nothing is to be copied, and ``size_of``.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import re
import stat
import time
from collections.abc import Sequence

from portside.errors import RemoteError
from portside.files.refusals import STORING, Refusal, Why, refusal
from portside.files.root import TEMPORARY_PREFIX, Root

KEPT = 7 * 86400.0
"""Seconds that a cut upload waits for its rest: over a long weekend."""
COPY_STEP = 64 * 1024 * 1024
"""Bytes copied by one call of the kernel, so that a stop is not held up by a large file."""
BEYOND = 554
BUSY = 450

_NO_COPY = {errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EBADF}
"""A file system that cannot copy by itself; ``sendfile`` can from any to any."""
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
_is_part = re.compile(re.escape(TEMPORARY_PREFIX) + r"kept-[0-9a-f]{32}\.part").fullmatch


def _name_of(user: str, names: Sequence[str]) -> str:
    key = "\0".join((user, *names)).encode("utf-8", "surrogateescape")
    return f"{TEMPORARY_PREFIX}kept-{hashlib.sha256(key).hexdigest()[:32]}.part"


def size_of(root: Root, user: str, names: Sequence[str]) -> int | None:
    """Bytes that have come of an upload that was cut off; None where there is none. Raises ``Refusal``."""
    folder = root.open_folder_for_writing(names[:-1])
    try:
        status = os.stat(_name_of(user, names), dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    finally:
        os.close(folder)
    return status.st_size if stat.S_ISREG(status.st_mode) and status.st_size else None


def remove(root: Root, user: str, names: Sequence[str]) -> bool:
    """Remove what has come of an upload that was cut off; whether there was any. Raises ``Refusal``."""
    folder = root.open_folder_for_writing(names[:-1])
    try:
        os.unlink(_name_of(user, names), dir_fd=folder)
    except FileNotFoundError:
        return False
    finally:
        os.close(folder)
    return True


class Part:
    """The upload of ``names`` by ``user``, in a folder that is held open. ``close`` ends it in any case.

    Raises ``Refusal``, and ``RemoteError`` (450) where another upload of the same is on its way.
    """

    def __init__(self, root: Root, user: str, names: Sequence[str]) -> None:
        _check_name(root, names)
        self._target = names[-1]
        self._name = _name_of(user, names)
        self._folder = root.open_folder_for_writing(names[:-1])
        self._fd = -1
        try:
            self._old = self._status_of_target()
            self._fd = self._open_locked()
            self._old = self._status_of_target()  # whoever had the lock may have given it its name meanwhile
        except OSError as error:
            self.close()
            raise refusal(error, STORING) from error
        except BaseException:
            self.close()
            raise

    def _status_of_target(self) -> os.stat_result | None:
        try:
            status = os.stat(self._target, dir_fd=self._folder, follow_symlinks=False)
        except FileNotFoundError:
            return None
        if stat.S_ISDIR(status.st_mode):
            raise Refusal(Why.IS_A_FOLDER, "there is a folder of this name")
        return status

    def _open_locked(self) -> int:
        while True:
            fd = os.open(self._name, _FLAGS, 0o666, dir_fd=self._folder)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno == errno.EWOULDBLOCK:
                    os.close(fd)
                    raise RemoteError("this file is being uploaded just now; try again later", BUSY) from None
            if self._is_still(fd):
                return fd
            os.close(fd)  # whoever had it finished it between our two calls: what we opened is the file itself by now

    def _is_still(self, fd: int) -> bool:
        try:
            return os.path.samestat(os.fstat(fd), os.stat(self._name, dir_fd=self._folder, follow_symlinks=False))
        except FileNotFoundError:
            return False

    @property
    def has_old(self) -> bool:
        """Whether a file has the final name already."""
        return self._old is not None

    @property
    def size(self) -> int:
        """Bytes that are there."""
        return os.fstat(self._fd).st_size

    def check(self, offset: int, *, at_its_end: bool = False) -> None:
        """Whether there are ``offset`` bytes to go on behind, and no more: who may only append takes nothing away.

        Raises ``RemoteError`` (554).
        """
        there = self.size if self._old is None else self._old.st_size
        if offset > there or (at_its_end and offset < there):
            raise RemoteError(f"there are only {there} bytes to go on behind", BEYOND)

    def start_at(self, offset: int | None) -> None:
        """Keep ``offset`` bytes (None: all) of what was there, and go on behind them.

        What was there is the file of this name, or else what has come of it before. Raises ``Refusal``.
        """
        try:
            if self._old is not None and offset != 0:
                self._copy_old(offset)
            elif offset is not None:
                os.ftruncate(self._fd, offset)
            os.lseek(self._fd, 0, os.SEEK_END)
        except OSError as error:
            raise refusal(error, STORING) from error

    def _copy_old(self, offset: int | None) -> None:
        old = os.open(self._target, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=self._folder)
        try:
            size = os.fstat(old).st_size
            os.ftruncate(self._fd, 0)
            _copy(old, self._fd, size if offset is None else offset)
        finally:
            os.close(old)

    def write(self, pieces: Sequence[bytes | memoryview]) -> None:
        """Put ``pieces`` at the end. Raises ``Refusal``."""
        try:
            for piece in pieces:
                left = memoryview(piece)
                while left:
                    left = left[os.write(self._fd, left) :]
        except OSError as error:
            raise refusal(error, STORING) from error

    def sync(self) -> None:
        """Return when all of it is on the disk. Raises ``Refusal``."""
        try:
            if self._old is not None and stat.S_ISREG(self._old.st_mode):
                os.fchmod(self._fd, stat.S_IMODE(self._old.st_mode) & 0o777)
            os.fsync(self._fd)
        except OSError as error:
            raise refusal(error, STORING) from error

    def place(self) -> None:
        """Give it its final name, and return when that is on the disk too. Raises ``Refusal``."""
        try:
            os.rename(self._name, self._target, src_dir_fd=self._folder, dst_dir_fd=self._folder)
            with contextlib.suppress(OSError):  # not every file system can promise it
                os.fsync(self._folder)
        except OSError as error:
            raise refusal(error, STORING) from error
        self.close()

    def drop(self) -> None:
        """Nothing of it is of any use."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._name, dir_fd=self._folder)
        self.close()

    def leave(self) -> None:
        """It was cut off. What has come is kept, unless nothing has, or nobody could go on with it."""
        if self._fd >= 0 and (self.has_old or not self.size):
            self.drop()
        self.close()

    def close(self) -> None:
        """Let go of it."""
        for fd in (self._fd, self._folder):
            if fd >= 0:
                os.close(fd)
        self._fd = self._folder = -1

    def sweep(self) -> None:
        """Remove what nobody has gone on with, in the same folder."""
        limit = time.time() - KEPT
        for name in filter(_is_part, os.listdir(self._folder)):
            with contextlib.suppress(OSError):  # somebody goes on with it just now, or it has gone
                if os.stat(name, dir_fd=self._folder, follow_symlinks=False).st_mtime < limit:
                    _remove_unlocked(self._folder, name)

    @property
    def place_of_folder(self) -> tuple[int, int]:
        """What tells the folder from all others."""
        status = os.fstat(self._folder)
        return status.st_dev, status.st_ino


def empty(root: Root, names: Sequence[str]) -> None:
    """Remove the cut uploads of a folder that holds nothing else, so that it can be removed. Raises ``Refusal``."""
    folder = root.open_folder_for_writing(names)
    try:
        held = os.listdir(folder)
        if all(map(_is_part, held)):
            for name in held:
                with contextlib.suppress(OSError):  # it is being written: the folder stays
                    _remove_unlocked(folder, name)
    finally:
        os.close(folder)


def _remove_unlocked(folder: int, name: str) -> None:
    fd = os.open(name, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.unlink(name, dir_fd=folder)
    finally:
        os.close(fd)


def _check_name(root: Root, names: Sequence[str]) -> None:
    if not names:
        raise Refusal(Why.IS_A_FOLDER, "there is a folder of this name")
    if not all(map(root.shows, names)):
        raise Refusal(Why.BAD_NAME, "a name like this is not taken here")


def _copy(source: int, target: int, count: int) -> None:
    """By the kernel, which shares the blocks where the disk can."""
    done = 0
    while done < count:
        step = _copy_step(source, target, done, min(count - done, COPY_STEP))
        if not step:
            raise Refusal(Why.BROKEN, "the file became shorter while it was copied")
        done += step


def _copy_step(source: int, target: int, at: int, count: int) -> int:
    try:
        return os.copy_file_range(source, target, count, at, at)
    except OSError as error:
        if error.errno not in _NO_COPY:
            raise
    os.lseek(target, at, os.SEEK_SET)
    return os.sendfile(target, source, at, count)
