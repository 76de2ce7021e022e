"""What stands in a folder, in the four ways in which it is told: MLSD, MLST, LIST and NLST."""

from __future__ import annotations

import fnmatch
import os
import stat
import time
from collections.abc import Callable, Iterable, Sequence

from portside.files.refusals import Refusal, Why
from portside.files.root import Root
from portside.protocols.ftp.syntax.listings import Entry, Kind, serialise_facts, serialise_ls
from portside.protocols.ftp.syntax.names import is_sayable

_GLOB = frozenset("*?[")
_FILE_LETTERS = (("a", "append"), ("d", "delete"), ("f", "rename"), ("r", "read"), ("w", "write"))
_FOLDER_LETTERS = (
    ("c", "write"), ("d", "delete"), ("e", "list"), ("f", "rename"), ("l", "list"), ("m", "mkdir"), ("p", "delete"),
)  # fmt: skip

Warn = Callable[[], None]
"""Is told where a name is left out that cannot be said."""


def entry_of(name: str, status: os.stat_result, rights: frozenset[str]) -> Entry:
    """What is told of a file or folder to who has these rights."""
    folder = stat.S_ISDIR(status.st_mode)
    letters = _FOLDER_LETTERS if folder else _FILE_LETTERS
    return Entry(
        name,
        Kind.FOLDER if folder else Kind.FILE,
        size=status.st_size,
        modified=status.st_mtime,
        exact=True,
        mode=stat.S_IMODE(status.st_mode) & 0o777,
        unique=f"{status.st_dev:x}g{status.st_ino:x}",
        permissions="".join(letter for letter, right in letters if right in rights),
    )


class Listing:
    """Reads folders of ``root``. All of it blocks, for as long as the disk takes."""

    def __init__(self, root: Root, rights: frozenset[str], warn: Warn) -> None:
        self._root = root
        self._rights = rights
        self._warn = warn

    def entries(self, names: Sequence[str]) -> list[Entry]:
        """What stands in the folder ``names``, by name. Raises ``Refusal``."""
        found = self._root.open(names)
        try:
            if not found.is_folder:
                raise Refusal(Why.NOT_A_FOLDER, "this is no folder")
            seen = self._root.entries(found, names)
        finally:
            found.close()
        return [entry_of(name, status, self._rights) for name, status in sorted(self._sayable(seen))]

    def _sayable(self, seen: Iterable[tuple[str, os.stat_result]]) -> list[tuple[str, os.stat_result]]:
        kept = [(name, status) for name, status in seen if is_sayable(name)]
        if len(kept) != len(list(seen)):
            self._warn()
        return kept

    def one(self, names: Sequence[str], shown: str) -> Entry:
        """The file or folder ``names`` itself, under the name ``shown``. Raises ``Refusal``."""
        return entry_of(shown, self._root.status(names), self._rights)

    def found(self, names: Sequence[str], path: str) -> list[Entry]:
        """What LIST and NLST show for ``path``: a folder's entries, one file, or all that match its last name.

        Raises ``Refusal``.
        """
        try:
            status = self._root.status(names)
        except Refusal:
            if not _is_pattern(names):
                raise
            return self._matching(names)
        if stat.S_ISDIR(status.st_mode):
            return self.entries(names)
        return [entry_of(path.rpartition("/")[2], status, self._rights)]

    def _matching(self, names: Sequence[str]) -> list[Entry]:
        *folder, pattern = names
        entries = [entry for entry in self.entries(folder) if fnmatch.fnmatchcase(entry.name, pattern)]
        if not entries:
            raise Refusal(Why.ABSENT, "there is no such file")
        return entries

    def may_be_listed(self, names: Sequence[str]) -> bool:
        """Whether it is a folder, rather than a file or a pattern. Raises ``Refusal`` where it is nothing of these."""
        try:
            return self.is_folder(names)
        except Refusal:
            if not _is_pattern(names):
                raise
            return False

    def is_folder(self, names: Sequence[str]) -> bool:
        """Whether this is one. Raises ``Refusal`` where it is nothing."""
        return stat.S_ISDIR(self._root.status(names).st_mode)


def _is_pattern(names: Sequence[str]) -> bool:
    return bool(names) and not _GLOB.isdisjoint(names[-1])


def mlsd(entries: Iterable[Entry], facts: Sequence[str]) -> bytes:
    """Lines for programs (RFC 3659 §7.2)."""
    return _lines(serialise_facts(entry, facts) for entry in entries)


def ls(entries: Iterable[Entry]) -> bytes:
    """Lines for people."""
    now = time.time()
    return _lines(serialise_ls(entry, now) for entry in entries)


def nlst(entries: Iterable[Entry], before: str) -> bytes:
    """Names alone, ``before`` each of them the path by which they were asked for."""
    return _lines(f"{before}{entry.name}" for entry in entries)


def _lines(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8", "surrogateescape")
