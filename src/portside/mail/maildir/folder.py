"""The folders that a store writes to: the Maildir itself, or one for each recipient, and what lies beside them.

A file is written where no reader looks, and gets its final name in one step. All names are relative to the open
folder, so a folder that is renamed while the store runs is still the same; one that is deleted is made again.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portside.files.durable import sync_folder, write_all
from portside.mail.maildir.batches import Entry
from portside.mail.maildir.names import UNDELIVERED, box_name, id_of
from portside.mail.maildir.refusals import refusal
from portside.mail.storing import StoreError

OURS = ".portside"
"""What is ours in the folder, and no mail."""
PRIVATE = 0o700
SPOOLED = "portside."
"""How files in the making begin that a killed server of ours may have left in ``tmp``, among those of others."""

_MAKE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
_ONLY_THIS_BOX = {
    errno.EACCES,
    errno.EPERM,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.ELOOP,
    errno.ENAMETOOLONG,
    errno.EILSEQ,
    errno.EINVAL,
    errno.EXDEV,
    errno.EMLINK,
}
"""What stands against one recipient's folder, and against no other's."""

_log = logging.getLogger("portside.mail")
_libc = ctypes.CDLL(None, use_errno=True)


class Folder:
    """A place for mail at ``path``. Every method raises ``OSError``; ``open`` also ``StoreError``."""

    def __init__(self, path: Path, *, per_recipient: bool = False) -> None:
        self.path = path
        self.per_recipient = per_recipient
        self._staging = f"{OURS}/tmp" if per_recipient else "tmp"
        self._root = self.log = self._lock = -1
        self._left: list[int] = []
        self._reviving = threading.Lock()

    # --------------------------------------------------------------------------------------- open and close

    def open(self) -> None:
        """Make what is missing, and take the folder for ourselves."""
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        missing = [path for path in (self.path, *self.path.parents) if not path.exists()]
        self.path.mkdir(PRIVATE, parents=True, exist_ok=True)
        self._root = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        for name in (OURS, f"{OURS}/log", self._staging, *(() if self.per_recipient else ("new", "cur"))):
            self._make(name)
        self._take()
        self.log = os.open(f"{OURS}/log", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=self._root)
        for path in (self.path / OURS, self.path, *(path.parent for path in missing)):
            sync_folder(path)

    def _take(self) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        self._lock = os.open(f"{OURS}/lock", flags, 0o600, dir_fd=self._root)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._lock, 20, 0).decode("ascii", "replace").strip()
            who = f" (process {holder})" if holder.isdecimal() else ""
            raise StoreError(
                f"{self.path} belongs to another server{who}: stop that one, or choose another folder"
            ) from None
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, f"{os.getpid()}\n".encode(), 0)

    def close(self) -> None:
        """Leave the folder to others."""
        for fd in (self.log, self._lock, self._root, *self._left):
            if fd >= 0:
                os.close(fd)
        self._root = self.log = self._lock = -1
        self._left.clear()

    def revive(self) -> None:
        """Make the folder again where somebody has deleted it, or what is ours in it; else do nothing.

        The old descriptors stay open till the end: another thread may be using one.
        """
        with self._reviving:
            if all(fd >= 0 and os.fstat(fd).st_nlink for fd in (self._root, self.log)):
                return
            self._left += [fd for fd in (self.log, self._lock, self._root) if fd >= 0]
            self._root = self.log = self._lock = -1
            self._open()

    # --------------------------------------------------------------------------------------------- messages

    def boxes(self, addresses: tuple[str, ...]) -> tuple[str, ...]:
        """Where a message to these goes, each once."""
        return tuple(dict.fromkeys(map(box_name, addresses))) if self.per_recipient else ("",)

    def create(self, name: str) -> int:
        """A descriptor of the message's file in the making, which is empty."""
        try:
            return os.open(self._staged(name), _MAKE, 0o600, dir_fd=self._root)
        except FileNotFoundError:  # somebody has tidied up
            self._make(self._staging)
            return os.open(self._staged(name), _MAKE, 0o600, dir_fd=self._root)

    def create_unnamed(self, name: str) -> int:
        """A descriptor of an empty file that goes when it is closed, to write and to read."""
        fd = os.open(self._staged(name), _MAKE & ~os.O_WRONLY | os.O_RDWR, 0o600, dir_fd=self._root)
        os.unlink(self._staged(name), dir_fd=self._root)
        return fd

    def forget(self, name: str) -> None:
        """Remove a file in the making; there need be none."""
        try:
            os.unlink(self._staged(name), dir_fd=self._root)
        except FileNotFoundError:
            return

    def settle_staging(self) -> None:
        """Return when the names of files in the making are on the disk."""
        sync_folder(self._staging, self._root)

    def is_staged(self, name: str) -> bool:
        """Whether a file in the making has this name."""
        return os.access(self._staged(name), os.F_OK, dir_fd=self._root)

    def stage(self, entry: Entry) -> None:
        """Make the message's file, where no reader looks; a large message has it already."""
        if entry.content is not None:
            write_whole(self.create(entry.name), entry.content)

    def place(self, entry: Entry) -> None:
        """Give a staged message its place in each of its boxes. After an error it may be called again."""
        last = len(entry.boxes) - 1
        for at in range(entry.placed, len(entry.boxes)):
            self._give(entry.name, entry.boxes[at], keep=at < last)
            entry.placed = at + 1

    def _give(self, name: str, box: str, *, keep: bool) -> None:
        try:
            self._give_to(name, box, keep)
        except OSError as error:
            if not box or error.errno not in _ONLY_THIS_BOX:
                raise
            self._give_to(name, UNDELIVERED, keep)
            _log.error("%s; message %s lies in %s", refusal(error, self.path / box), name, self.path / UNDELIVERED)

    def _give_to(self, name: str, box: str, keep: bool) -> None:
        try:
            self._move(name, box, keep)
        except FileNotFoundError:  # its first message, or somebody has tidied up
            for folder in (box, f"{box}/tmp", f"{box}/cur", f"{box}/new") if box else ("tmp", "cur", "new"):
                self._make(folder)
            self._move(name, box, keep)

    def _move(self, name: str, box: str, keep: bool) -> None:
        staged, final = self._staged(name), in_box(box, f"new/{name}")
        if not keep:
            os.rename(staged, final, src_dir_fd=self._root, dst_dir_fd=self._root)
            return
        try:
            os.link(staged, final, src_dir_fd=self._root, dst_dir_fd=self._root, follow_symlinks=False)
        except FileExistsError:  # placed before, by a server that was killed
            return

    # ------------------------------------------------------------------------------------------- after a stop

    def found(self, box: str) -> dict[str, str]:
        """The messages in a box: their ids, and where they are."""
        return {id_of(file): f"{of}/{file}" for of in ("new", "cur") for file in self._names(in_box(box, of))}

    def read(self, box: str, file: str) -> bytes:
        """What a file in a box holds."""
        fd = os.open(in_box(box, file), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self._root)
        with open(fd, "rb") as opened:
            return opened.read()

    def replace(self, name: str, content: bytes, box: str, file: str) -> None:
        """Write a message again, where it lies."""
        write_whole(self.create(name), content)
        os.rename(self._staged(name), in_box(box, file), src_dir_fd=self._root, dst_dir_fd=self._root)

    def sweep(self) -> None:
        """Remove what a killed server of ours was making."""
        for name in self._names(self._staging):
            if name.startswith(SPOOLED):
                os.unlink(f"{self._staging}/{name}", dir_fd=self._root)

    def sync(self) -> None:
        """Return when all that was written to this file system is on the disk."""
        if _libc.syncfs(self._root) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))

    def set_aside(self, name: str) -> Path:
        """Move a damaged segment of the log to where a person finds it."""
        self._make(f"{OURS}/damaged")
        os.rename(f"{OURS}/log/{name}", f"{OURS}/damaged/{name}", src_dir_fd=self._root, dst_dir_fd=self._root)
        return self.path / OURS / "damaged" / name

    # ------------------------------------------------------------------------------------------------- names

    def _staged(self, name: str) -> str:
        return f"{self._staging}/{SPOOLED}{name}"

    def _make(self, name: str) -> None:
        try:
            os.mkdir(name, PRIVATE, dir_fd=self._root)
        except FileExistsError:
            return

    def _names(self, folder: str) -> list[str]:
        with self._opened(folder) as fd:
            return [] if fd is None else [name for name in os.listdir(fd) if not name.startswith(".")]

    @contextmanager
    def _opened(self, folder: str) -> Iterator[int | None]:
        try:
            fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=self._root)
        except FileNotFoundError:
            yield None
            return
        try:
            yield fd
        finally:
            os.close(fd)


def in_box(box: str, file: str) -> str:
    """Where a file of a box is, from the folder."""
    return f"{box}/{file}" if box else file


def write_whole(fd: int, content: bytes) -> None:
    """Write all of it, and close the file."""
    try:
        write_all(fd, content)
    finally:
        os.close(fd)
