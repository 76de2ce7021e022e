"""The file of users: ``name:$scrypt$...:rights:root``, one line each, read anew when it was changed.

Behind the hash, and a semicolon, may stand what SCRAM needs (``$scram-sha-256$...``, by 'portside passwd --scram').
Rights and root may be missing: then the user reads and writes, in the server's own folder. A root that is not
absolute is seen from the file's folder. Empty lines and those that begin with ``#`` are kept. A file that others may
write is refused, since they could make themselves users; one that others may read is a reason for a warning.
"""

from __future__ import annotations

import fcntl
import logging
import os
import secrets
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from portside.accounts.passwords import parse_hash
from portside.accounts.scram import parse_keys
from portside.accounts.users import READ_WRITE, Entry, User, check_name, parse_rights, serialise_rights
from portside.errors import LocalError, UsageError

LARGEST = 1024 * 1024
"""Bytes of the file: some 7,000 users. It is read within the loop."""

_log = logging.getLogger("portside.accounts")
_OTHERS_READ = stat.S_IRGRP | stat.S_IROTH
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH

Edit = Callable[[list[str]], list[str]]
"""Makes new lines of the old."""


class UsersFile:
    """A source of accounts. Raises ``UsageError`` where the file cannot be used from the start.

    Later on, a file that has gone or is damaged is warned of once, and who was known stays known.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, ...] = ()
        self._entries: Mapping[str, Entry] = {}
        self._read(_signature(path))

    def __call__(self) -> Mapping[str, Entry]:
        signature = _signature(self._path)
        if signature != self._seen:
            try:
                self._read(signature)
            except UsageError as error:
                _log.warning("%s; the users known so far stay", error)
        return self._entries

    def _read(self, signature: tuple[int, ...]) -> None:
        self._seen = signature  # of a damaged or missing file, too: it is told of once, and not for each login
        text, mode = _text(self._path)
        if mode & _OTHERS_WRITE:
            raise UsageError(f"{self._path} may be written by others than its owner; chmod 600 it first")
        if mode & _OTHERS_READ:
            _log.warning("%s may be read by others than its owner; chmod 600 it", self._path)
        self._entries = parse_users(text, self._path)


def parse_users(text: str, path: Path) -> Mapping[str, Entry]:
    """The users that ``text`` names, which stands in the file ``path``. Raises ``UsageError`` with the line."""
    entries: dict[str, Entry] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            try:
                entry = _parse_line(line, path.parent)
                if entry.user.name in entries:
                    raise UsageError(f"{entry.user.name} stands there twice")
            except UsageError as error:
                raise UsageError(f"{path}, line {number}: {error}") from error
            entries[entry.user.name] = entry
    return entries


def _parse_line(line: str, base: Path) -> Entry:
    name, hashed, rights, root, *_ = (*line.split(":", 3), "", "", "")
    if "\0" in root:
        raise UsageError("a path holds no NUL")
    user = User(check_name(name), base / root if root else None, parse_rights(rights) if rights else READ_WRITE)
    hashed, divided, keys = hashed.partition(";")
    return Entry(user, parse_hash(hashed), parse_keys(keys) if divided else None)


def store_user(path: Path, name: str, hashed: str, rights: frozenset[str] | None, root: str | None) -> bool:
    """Write a user into the file, made where it is missing; whether the user is new.

    Of one that is there, rights and root stay as they are where None is given. Raises ``UsageError``, ``LocalError``.
    """
    new = True

    def edit(lines: list[str]) -> list[str]:
        nonlocal new
        place = _place(lines, name)
        new = place is None
        _, _, old_rights, old_root, *_ = (*("" if place is None else lines[place]).split(":", 3), "", "", "", "")
        told = (old_rights if rights is None else serialise_rights(rights), old_root if root is None else root)
        line = ":".join((name, hashed, *told)).rstrip(":")
        return [*lines, line] if place is None else [*lines[:place], line, *lines[place + 1 :]]

    check_name(name)
    if root is not None and not root.isprintable():
        raise UsageError("a folder for a user has a name without control characters")
    _rewrite(path, edit, missing=True)
    return new


def remove_user(path: Path, name: str) -> None:
    """Take a user out of the file. Raises ``UsageError`` where it does not hold one of that name."""

    def edit(lines: list[str]) -> list[str]:
        place = _place(lines, name)
        if place is None:
            raise UsageError(f"there is no user {name} in {path}")
        return [*lines[:place], *lines[place + 1 :]]

    _rewrite(path, edit, missing=False)


def _place(lines: list[str], name: str) -> int | None:
    return next((index for index, line in enumerate(lines) if line.split(":", 1)[0] == name), None)


# ------------------------------------------------------------------------------------------------ on the disk


def _signature(path: Path) -> tuple[int, ...]:
    """What changes whenever the file does."""
    try:
        status = path.stat()
    except OSError as error:
        return (error.errno or 0,)
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _text(path: Path) -> tuple[str, int]:
    """What stands in the file, and its mode."""
    try:
        with path.open("rb") as file:
            octets = file.read(LARGEST + 1)
            mode = os.fstat(file.fileno()).st_mode
    except OSError as error:
        raise UsageError(f"cannot read the users in {path}: {(error.strerror or str(error)).lower()}") from error
    if len(octets) > LARGEST:
        raise UsageError(f"{path} is larger than {LARGEST:,} bytes; is it a file of users?")
    try:
        return octets.decode("utf-8"), mode
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is no UTF-8 text; is it a file of users?") from error


def _rewrite(path: Path, edit: Edit, *, missing: bool) -> None:
    """Replace the file in one step by its edited lines; of several writers each sees what the one before wrote."""
    true = Path(os.path.realpath(path))
    try:
        with _locked(true.parent):
            there = true.exists()
            text, mode = _text(true) if there or not missing else ("", 0o600)
            lines = edit(text.splitlines())
            parse_users("\n".join(lines), path)  # a file that was no file of users stays as it is
            _replace(true, "".join(line + "\n" for line in lines), true.stat() if there else None, mode)
    except OSError as error:
        raise LocalError(f"cannot write the users into {path}: {(error.strerror or str(error)).lower()}") from error


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
        os.fsync(fd)
    finally:
        os.close(fd)


def _replace(path: Path, text: str, old: os.stat_result | None, mode: int) -> None:
    made = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    fd = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(fd, "w", encoding="utf-8", newline="\n") as file:
            if old is not None and os.geteuid() == 0:
                os.fchown(fd, old.st_uid, old.st_gid)  # whoever serves with it still may
            os.fchmod(fd, mode & 0o640)
            file.write(text)
            file.flush()
            os.fsync(fd)
        made.rename(path)
    except BaseException:
        made.unlink(missing_ok=True)
        raise
