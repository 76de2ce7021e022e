"""A served folder: the only place where names from the network become files, and none outside is ever touched.

A name is one segment: no slash, no NUL, neither ``.`` nor ``..``. What names lead to is decided on the open file, not
on its path: its true place is asked from the kernel after it is open, so a symbolic link that is swapped in between
gains nothing. A link that stays within the folder is followed; one that leads out does not exist for us.

What is changed is changed relative to the open folder that it stands in, and a link there is the thing itself: it is
renamed or removed, not what it leads to. Every refusal is a ``Refusal``.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from portside.errors import UsageError
from portside.files.refusals import CHANGING, READING, Doing, Refusal, Why, refusal

TEMPORARY_PREFIX = ".portside-"
"""How the names of files begin that are being written: they exist for nobody else, be dotfiles shown or not."""

_READ = os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
_LOOK = getattr(os, "O_PATH", 0) | os.O_CLOEXEC
"""Opens what may not be read, too, and does nothing to it."""
_HAS_LOOK = hasattr(os, "O_PATH")

MODES = 0o777
"""The permissions that may be set: those of reading, writing and executing, and none that lends a user's rights."""

_NO_NAMES = ("", ".", "..")
_MOVING: Doing = {**CHANGING, errno.EINVAL: (Why.BAD_NAME, "a folder cannot be moved into itself")}


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
        """The path of ``names``. Raises ``Refusal`` (ABSENT) for one that is hidden."""
        if not all(map(self.shows, names)):
            raise _absent()
        return self._below + "/".join(names)

    # ------------------------------------------------------------------------------------------- reading

    def open(self, names: Sequence[str]) -> Found:
        """The file or folder called ``names``, to be read. Raises ``Refusal`` (ABSENT, FORBIDDEN, BROKEN)."""
        path = self.place(names)
        with _refusing(READING):
            return self._open(path)

    def look(self, names: Sequence[str]) -> Found:
        """The same for what is not to be read, and perhaps may not be: its descriptor only names it."""
        path = self.place(names)
        with _refusing(READING):
            return self._judged(os.open(path, _LOOK), path) if _HAS_LOOK else self._open(path)

    def status(self, names: Sequence[str]) -> os.stat_result:
        """What the system says about the file or folder called ``names``. Raises ``Refusal`` (ABSENT, FORBIDDEN)."""
        found = self.look(names)
        found.close()
        return found.status

    def _open(self, path: str) -> Found:
        if not _is_served(os.stat(path)):  # opening a device may already do something
            raise _absent()
        return self._judged(os.open(path, _READ), path)

    def _judged(self, fd: int, path: str) -> Found:
        """What was opened, if it is a file or folder within the root; else it is closed."""
        try:
            status = os.fstat(fd)
            if not _is_served(status) or not self._contains(self._true_place(fd, path)):
                raise _absent()
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

    # ------------------------------------------------------------------------------------------ changing

    def open_folder_for_writing(self, names: Sequence[str]) -> int:
        """A descriptor of the folder called ``names``, to create files in.

        Raises ``Refusal`` (ABSENT, FORBIDDEN, NOT_A_FOLDER).
        """
        found = self.open(names)
        if not found.is_folder:
            found.close()
            raise Refusal(Why.NOT_A_FOLDER, "there is no such folder")
        return found.fd

    def make_folder(self, names: Sequence[str]) -> None:
        """Make the folder ``names``. Raises ``Refusal`` (EXISTS, ABSENT where it is to stand, FORBIDDEN and others)."""
        with self._standing_in(names, CHANGING) as (folder, name):
            os.mkdir(name, dir_fd=folder)

    def remove_folder(self, names: Sequence[str]) -> None:
        """Remove the empty folder ``names``. Raises ``Refusal`` (NOT_A_FOLDER, NOT_EMPTY, ABSENT and others)."""
        self.status(names)
        with self._standing_in(names, CHANGING) as (folder, name):
            os.rmdir(name, dir_fd=folder)

    def remove_file(self, names: Sequence[str]) -> None:
        """Remove the file or link ``names``. Raises ``Refusal`` (IS_A_FOLDER, ABSENT, FORBIDDEN and others)."""
        self.status(names)
        with self._standing_in(names, CHANGING) as (folder, name):
            os.unlink(name, dir_fd=folder)

    def rename(self, names: Sequence[str], to: Sequence[str]) -> None:
        """Give ``names`` the new name ``to``, in place of a file or an empty folder that has it.

        Raises ``Refusal`` (ABSENT, FORBIDDEN, NOT_EMPTY, IS_A_FOLDER, NOT_A_FOLDER and others).
        """
        self.status(names)
        with self._standing_in(names, _MOVING) as (old, name), self._standing_in(to, _MOVING) as (new, new_name):
            os.rename(name, new_name, src_dir_fd=old, dst_dir_fd=new)

    def set_mode(self, names: Sequence[str], mode: int) -> None:
        """Set the permissions of ``names``, of which ``MODES`` count. Raises ``Refusal`` (ABSENT, FORBIDDEN)."""
        with self._named(names) as (place, _):
            os.chmod(place, mode & MODES)

    def set_modified(self, names: Sequence[str], modified: int) -> None:
        """Set when ``names`` was last changed, in nanoseconds since 1970. Raises ``Refusal`` (ABSENT, FORBIDDEN)."""
        with self._named(names) as (place, status):
            os.utime(place, ns=(status.st_atime_ns, modified))

    @contextlib.contextmanager
    def _standing_in(self, names: Sequence[str], doing: Doing) -> Iterator[tuple[int, str]]:
        """The open folder that ``names`` stands in, and its name there."""
        if not names:
            raise Refusal(Why.FORBIDDEN, "the root itself stays as it is")
        name = names[-1]
        if not self.shows(name) or name in _NO_NAMES or "/" in name:
            raise Refusal(Why.FORBIDDEN, "a name like this is not taken here")
        folder = self.open_folder_for_writing(names[:-1])
        try:
            with _refusing(doing):
                yield folder, name
        finally:
            os.close(folder)

    @contextlib.contextmanager
    def _named(self, names: Sequence[str]) -> Iterator[tuple[str | int, os.stat_result]]:
        """What leads to the file or folder ``names`` without going by its path again, and its status."""
        if not names:
            raise Refusal(Why.FORBIDDEN, "the root itself stays as it is")
        found = self.look(names)
        try:
            with _refusing(CHANGING):  # what is open by its name alone is changed by the kernel's name for it
                yield f"/proc/self/fd/{found.fd}" if _HAS_LOOK else found.fd, found.status
        finally:
            found.close()


def _is_served(status: os.stat_result) -> bool:
    return stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)


def _absent() -> Refusal:
    return Refusal(Why.ABSENT, "there is no such file")


@contextlib.contextmanager
def _refusing(doing: Doing) -> Iterator[None]:
    """What the system refuses becomes a ``Refusal``."""
    try:
        yield
    except OSError as error:
        raise refusal(error, doing) from error
    except ValueError as error:  # NUL, or a surrogate that stands for no byte
        raise _absent() from error
