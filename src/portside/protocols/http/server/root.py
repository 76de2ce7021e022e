"""A served folder: the only place where names from the network become files, and none outside is ever touched.

Names come from ``syntax.targets.segments``. What they lead to is decided on the open file, not on its path: its true
place is asked from the kernel after it is open, so a symbolic link that is swapped in between gains nothing. A link
that stays within the folder is followed; one that leads out does not exist for us.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from portside.errors import RemoteError, UsageError

TEMPORARY_PREFIX = ".portside-"
"""How the names of files begin that are being written: they exist for nobody else, be dotfiles shown or not."""

_READ = os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
_NOT_THERE = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL, errno.ENXIO}


@dataclass(frozen=True, slots=True)
class Found:
    """An open file or folder of the root; ``fd`` belongs to whoever asked."""

    fd: int
    status: os.stat_result

    @property
    def is_folder(self) -> bool:
        """A folder, rather than a regular file; there is nothing else."""
        return stat.S_ISDIR(self.status.st_mode)

    def close(self) -> None:
        """Close the file."""
        os.close(self.fd)


class Root:
    """One folder to be served. Raises ``UsageError`` where it is none."""

    def __init__(self, path: Path, *, hidden: bool = False) -> None:
        try:
            self.path = Path(os.path.realpath(path, strict=True))  # Path.resolve has an error of its own for loops
        except OSError as error:
            raise UsageError(f"cannot serve {path}: {(error.strerror or str(error)).lower()}") from error
        if not self.path.is_dir():
            raise UsageError(f"cannot serve {path}: it is not a folder")
        self._true_path = os.fspath(self.path)
        self._below = self._true_path.rstrip("/") + "/"
        self._hidden = hidden

    def shows(self, name: str) -> bool:
        """Whether a file of this name exists for the outside."""
        return not name.startswith(TEMPORARY_PREFIX if self._hidden else ".")

    def place(self, names: Sequence[str]) -> str:
        """The path of ``names``. Raises ``RemoteError`` (404) for one that is hidden."""
        if not all(map(self.shows, names)):
            raise RemoteError("there is no such file", 404)
        return self._below + "/".join(names)

    def open(self, names: Sequence[str]) -> Found:
        """The file or folder called ``names``. Raises ``RemoteError`` with 404 or 403."""
        path = self.place(names)
        try:
            return self._open(path)
        except OSError as error:
            raise _refusal(error) from error
        except ValueError as error:  # NUL, or a surrogate that stands for no byte
            raise RemoteError("there is no such file", 404) from error

    def _open(self, path: str) -> Found:
        if not _is_served(os.stat(path)):  # opening a device may already do something
            raise RemoteError("there is no such file", 404)
        fd = os.open(path, _READ)
        try:
            status = os.fstat(fd)
            if not _is_served(status) or not self._contains(self._true_place(fd, path)):
                raise RemoteError("there is no such file", 404)
        except BaseException:
            os.close(fd)
            raise
        return Found(fd, status)

    def _true_place(self, fd: int, path: str) -> str:
        try:
            return os.readlink(f"/proc/self/fd/{fd}")
        except OSError:  # no /proc here: the path has to do
            return os.path.realpath(path)

    def _contains(self, true: str) -> bool:
        """Whether a true path, free of links, is within the root and not behind a hidden name."""
        if true != self._true_path and not true.startswith(self._below):
            return False
        return (f"/{TEMPORARY_PREFIX}" if self._hidden else "/.") not in true[len(self._below) - 1 :]

    def entries(self, found: Found, names: Sequence[str]) -> list[tuple[str, os.stat_result]]:
        """What stands in the open folder ``found`` (called ``names``) and may be seen: names and files, unsorted."""
        folder = self._true_place(found.fd, self.place(names))
        seen: list[tuple[str, os.stat_result]] = []
        with os.scandir(found.fd) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):  # it vanished, or leads nowhere
                    status = entry.stat()
                    if self.shows(entry.name) and _is_served(status) and self._leads_here(entry, folder):
                        seen.append((entry.name, status))
        return seen

    def _leads_here(self, entry: os.DirEntry[str], folder: str) -> bool:
        return not entry.is_symlink() or self._contains(os.path.realpath(os.path.join(folder, entry.name)))

    def open_folder_for_writing(self, names: Sequence[str]) -> int:
        """A descriptor of the folder called ``names``, to create files in. Raises ``RemoteError`` (404, 403, 409)."""
        found = self.open(names)
        if not found.is_folder:
            found.close()
            raise RemoteError("there is no such folder", 409)
        return found.fd


def _is_served(status: os.stat_result) -> bool:
    return stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)


def _refusal(error: OSError) -> RemoteError:
    if error.errno in _NOT_THERE:
        return RemoteError("there is no such file", 404)
    if error.errno in (errno.EACCES, errno.EPERM):
        return RemoteError("this file may not be read", 403)
    return RemoteError(f"the file cannot be read: {(error.strerror or str(error)).lower()}", 500)
