"""One runner for a queue, and how it hears that there is something new.

The runner holds a lock that the kernel drops with it, however it ends. Others write an octet into a pipe beside the
queue, which wakes it at once; where nobody reads the pipe nobody needs to be woken.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
from pathlib import Path

from portside.errors import UsageError

LOCK = "runner.lock"
BELL = "bell"
_ENOUGH = 512
"""Octets of the bell that are read at once: each says the same."""


class Watch:
    """The right to run the queue in ``folder``, until closed. Raises ``UsageError`` where somebody else has it."""

    def __init__(self, folder: Path) -> None:
        self._lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(self._lock, 0)
            os.pwrite(self._lock, f"{os.getpid()}\n".encode(), 0)
            self.bell = _open_bell(folder / BELL)
        except BlockingIOError:
            os.close(self._lock)
            raise UsageError(f"the queue in {folder} is run by another process already{_who(folder)}") from None
        except BaseException:
            os.close(self._lock)
            raise

    def heard(self) -> None:
        """Take what the bell has said."""
        with contextlib.suppress(BlockingIOError):
            while os.read(self.bell, _ENOUGH):
                pass

    def close(self) -> None:
        """Give the right back."""
        os.close(self.bell)
        os.close(self._lock)


def ring(folder: Path, said: bytes = b"!") -> bool:
    """Tell the runner of the queue in ``folder`` that there is something to do; whether there is one."""
    try:
        fd = os.open(folder / BELL, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in (errno.ENXIO, errno.ENOENT):  # nobody listens, or never has
            return False
        raise
    try:
        with contextlib.suppress(BlockingIOError):  # it has been rung for long, and will be heard
            os.write(fd, said)
    finally:
        os.close(fd)
    return True


def is_run(folder: Path) -> bool:
    """Whether somebody runs the queue in ``folder``."""
    return ring(folder, b"")


def _open_bell(path: Path) -> int:
    with contextlib.suppress(FileExistsError):
        os.mkfifo(path, 0o600)
    # For reading and writing, so that it does not end whenever one who rang it has gone.
    fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISFIFO(os.fstat(fd).st_mode):
        os.close(fd)
        raise UsageError(f"{path} is no pipe; remove it, and the queue makes a new one")
    return fd


def _who(folder: Path) -> str:
    try:
        number = (folder / LOCK).read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
    return f" (process {number})" if number.isdecimal() else ""
