"""A file that is not whole yet: it grows as ``NAME.part`` and gets its name when all of it is on disk.

Beside it stands ``NAME.part.json``, which says what it is a part of: the URL, and the validator by which one
can tell whether that is still the same (RFC 9110 §8.8). Both are written in such an order that a process killed at
any moment leaves either a part with its note, which can be continued, or a part without, which is started anew.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from portside.errors import UsageError
from portside.files.durable import sync_folder
from portside.files.root import TEMPORARY_PREFIX

LONGEST_NOTE = 64 * 1024
"""Bytes of a note that are read."""


@dataclass(frozen=True, slots=True)
class Note:
    """What a partial file is a part of. ``size`` is that of the whole, None where it is not known."""

    url: str
    validator: str
    size: int | None = None


def hidden_part(target: Path) -> Path:
    """Where ``target`` grows among files of any name: hidden, always the same, and never too long."""
    digest = hashlib.sha256(os.fsencode(target.name)).hexdigest()[:32]
    return target.with_name(f"{TEMPORARY_PREFIX}{digest}.part")


def is_in_the_making(name: str) -> bool:
    """Whether this is a name that files have before they get their own."""
    return name.startswith(TEMPORARY_PREFIX)


class Partial:
    """``target``, on its way. Use it as a context manager: it is locked, so that two never write one file."""

    def __init__(self, target: Path, *, among_others: bool = False) -> None:
        """``among_others``: beside files of any name, so that its own is one that no file of theirs has."""
        self.target = target
        self.path = hidden_part(target) if among_others else target.with_name(target.name + ".part")
        self._note_path = self.path.with_name(self.path.name + ".json")
        self._fd = -1

    def __enter__(self) -> Partial:
        """Raises ``OSError`` where it cannot be written, ``UsageError`` where another download is at it."""
        self._fd = self._open_locked()
        os.lseek(self._fd, 0, os.SEEK_END)
        return self

    def _open_locked(self) -> int:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        while True:
            fd = os.open(self.path, flags, 0o666)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if self._is_still(fd):
                    return fd
            except OSError:
                os.close(fd)
                text = f"another download is writing {self.path}; wait for it, or choose another name"
                raise UsageError(text) from None
            os.close(fd)  # between our two calls, another download finished it: what we opened has its name by now

    def _is_still(self, fd: int) -> bool:
        try:
            return os.path.samestat(os.fstat(fd), self.path.lstat())
        except FileNotFoundError:
            return False

    def __exit__(self, *_: object) -> None:
        if self._fd >= 0 and self.size == 0:
            self.remove()  # nothing has come: nothing is left
        self._close()

    def _close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    @property
    def size(self) -> int:
        """Bytes that are there."""
        return os.fstat(self._fd).st_size

    def note(self) -> Note | None:
        """What the part is a part of; None where nobody knows."""
        try:
            with self._note_path.open("rb") as file:
                said = json.loads(file.read(LONGEST_NOTE))
            url, validator, size = said["url"], said["validator"], said["size"]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None  # whatever is wrong with it, the download then starts anew
        if not (isinstance(url, str) and isinstance(validator, str) and (size is None or type(size) is int)):
            return None
        return Note(url, validator, size)

    def start(self, note: Note | None) -> None:
        """Begin anew. The old bytes go before the new note comes, so that the two never mix."""
        with contextlib.suppress(FileNotFoundError):
            self._note_path.unlink()
        os.ftruncate(self._fd, 0)
        os.lseek(self._fd, 0, os.SEEK_SET)
        if note is not None:
            self.write_note(note)

    def write_note(self, note: Note) -> None:
        """Say from now on that the part is one of this."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
        fd = os.open(self._note_path, flags, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(json.dumps(asdict(note)).encode())

    def write(self, data: bytes) -> None:
        """Append ``data``. Raises ``OSError``."""
        written = os.write(self._fd, data)
        while written < len(data):
            written += os.write(self._fd, memoryview(data)[written:])

    def write_at(self, data: bytes, offset: int) -> None:
        """Put ``data`` at ``offset``, whatever stands before it: the length then says nothing. Raises ``OSError``."""
        written = os.pwrite(self._fd, data, offset)
        while written < len(data):
            written += os.pwrite(self._fd, memoryview(data)[written:], offset + written)

    def cut(self, size: int) -> None:
        """Keep the first ``size`` bytes, and go on behind them."""
        os.ftruncate(self._fd, size)
        os.lseek(self._fd, 0, os.SEEK_END)

    def finish(self) -> None:
        """All of it has come: on disk first, then under its name."""
        os.fsync(self._fd)
        self.path.replace(self.target)
        sync_folder(self.target.parent)
        with contextlib.suppress(FileNotFoundError):
            self._note_path.unlink()
        self._close()

    def remove(self) -> None:
        """Leave nothing behind."""
        for path in (self.path, self._note_path):
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
