"""Where the authority lives, and how its files come to be: private, whole, and made once.

The folder is ``ca`` in the user's data folder of Portside (``~/.local/share/portside`` on Linux); the
environment variable ``PORTSIDE_HOME`` names another data folder.

A key must never be readable by others, not even for a moment, and never stand half written under its final
name, and two processes that start at once must agree on one key. So every file is written under a temporary
name that only its owner may read, synced, and only then given its final name: by a link where the first
writer wins (``publish``), by a rename where the last one does (``replace``).
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from portside.errors import LocalError
from portside.files.durable import sync_folder

HOME_VARIABLE = "PORTSIDE_HOME"
MAX_FILE = 256 * 1024  # bytes; a chain with its key is under 8 KiB, so more than this is no file of ours
MAX_AUTHORITIES = 64  # in one folder; a client that trusts them reads them all
STALE = 3600.0  # seconds after which a temporary file belongs to a process that was killed

_POSIX = os.name == "posix"


def data_folder() -> Path:
    """The user's data folder of Portside: ``PORTSIDE_HOME``, or the platform's own place."""
    named = os.environ.get(HOME_VARIABLE, "")
    if named:
        return Path(named).expanduser().absolute()
    return platformdirs.user_data_path("portside", appauthor=False)


def ca_folder() -> Path:
    """The folder of the local certificate authority, whether or not it is there yet."""
    return data_folder() / "ca"


def authority_files(place: Path) -> list[Path]:
    """The certificates of the authorities in ``place``, at most 64, the main one first; none where none was made."""
    paths = [path for path in (place / "ca.pem", *sorted(place.glob("ca-*.pem"))) if path.exists()]
    return paths[:MAX_AUTHORITIES]


def make_private(folder: Path) -> None:
    """Make ``folder`` (0700) where it is missing; raises LocalError where that fails or others may write in it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise LocalError(
            f"cannot make the folder {folder}: {_reason(error)}; set {HOME_VARIABLE} to a folder you may write in"
        ) from error
    check_private(folder)


def check_private(folder: Path) -> None:
    """Raise LocalError where somebody else may write in ``folder``: they could put their own authority there."""
    if not _POSIX:
        return
    try:
        facts = folder.stat()
    except OSError as error:
        raise LocalError(f"cannot look at the folder {folder}: {_reason(error)}") from error
    if facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise LocalError(f"others may write in {folder}, so its certificates prove nothing; chmod 700 {folder}")


def read(path: Path) -> bytes | None:
    """All of a small file, or None where there is none. Raises LocalError where it cannot be read."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LocalError(f"cannot read {path}: {_reason(error)}; make it readable, or remove it") from error
    if len(data) > MAX_FILE:
        raise LocalError(f"{path} is larger than any file of the local CA ({MAX_FILE} bytes); remove it")
    return data


def read_secret(path: Path) -> bytes | None:
    """As ``read``, and raises LocalError where others than the owner may read the file too."""
    data = read(path)
    if data is not None and _POSIX and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise LocalError(f"others may read the secret key {path}; chmod 600 it, or remove it if they may have")
    return data


def publish(path: Path, data: bytes, mode: int = 0o600) -> bool:
    """Give ``path`` this content unless it exists; False where somebody else was first (theirs stands)."""
    with _written(path, data, mode) as temporary:
        try:
            if _POSIX:
                os.link(temporary, path)
            else:
                temporary.rename(path)  # refuses an existing target there, as a link does
        except FileExistsError:
            return False
        _sync_folder(path.parent)
        return True


def replace(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Give ``path`` this content, whatever was there; a reader sees all of the old or all of the new."""
    with _written(path, data, mode) as temporary:
        temporary.replace(path)
        _sync_folder(path.parent)


def sweep(folder: Path) -> None:
    """Remove the temporary files of processes that were killed while they wrote."""
    for path in folder.glob(".*.new"):
        with contextlib.suppress(FileNotFoundError):  # another process sweeps as well
            if time.time() - path.stat().st_mtime > STALE:
                path.unlink()


@contextlib.contextmanager
def _written(path: Path, data: bytes, mode: int) -> Iterator[Path]:
    """A temporary neighbour of ``path`` holding ``data``, on disk; it is gone afterwards."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.new")
    try:
        _write_new(temporary, data, mode)
        yield temporary
    except OSError as error:
        raise LocalError(f"cannot write {path}: {_reason(error)}") from error
    finally:
        temporary.unlink(missing_ok=True)


def _write_new(path: Path, data: bytes, mode: int) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags, mode), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Put the new name itself on disk; only POSIX lets a folder be opened for that."""
    if _POSIX:
        sync_folder(folder)


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
