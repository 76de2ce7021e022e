"""What all connections of one server have in common."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from portside.accounts.users import User
from portside.files.root import Root
from portside.protocols.ftp.server.login import Logins, Visitor
from portside.protocols.ftp.server.parts import Part
from portside.protocols.ftp.server.settings import Settings
from portside.protocols.ftp.server.tree import Tree

HASHES_AT_ONCE = 2
"""Files that are hashed at once: each takes a thread for as long as the file is large, which others need as well."""
FOLDERS_KNOWN = 4096
"""Folders of which it is kept in mind that they were tidied."""
ROOTS_KNOWN = 256
"""Roots of users that are kept open in mind."""

_log = logging.getLogger("portside.ftp")


class House:
    """Settings, logins and roots. Raises ``UsageError`` for a root that is no folder."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.logins = Logins(settings.accounts, settings.anonymous)
        self.hashing = ThreadPoolExecutor(HASHES_AT_ONCE, "hashing")
        self._roots: dict[tuple[Path, bool], Root] = {}
        self._tidied: set[tuple[int, int]] = set()
        self._warned = False
        self._root(settings.root, hidden=True)

    def tree_of(self, visitor: Visitor) -> Tree:
        """The files of ``visitor``. Raises ``UsageError`` where their root is gone."""
        user: User = visitor.user
        root = self._root(user.root or self.settings.root, hidden=visitor.named or self.settings.hidden)
        return Tree(root, user.name, user.rights, self._warn)

    def _root(self, path: Path, *, hidden: bool) -> Root:
        root = self._roots.get((path, hidden))
        if root is None:
            if len(self._roots) >= ROOTS_KNOWN:
                self._roots.clear()
            root = self._roots[path, hidden] = Root(path, hidden=hidden)
        return root

    def _warn(self) -> None:
        if not self._warned:
            self._warned = True
            _log.warning("a name with a line break in it cannot be said in FTP: such files are left out")

    def is_untidy(self, part: Part) -> bool:
        """Whether the folder of ``part`` is to be looked through for what was given up; true once for each."""
        key = part.place_of_folder
        if key in self._tidied:
            return False
        if len(self._tidied) >= FOLDERS_KNOWN:
            self._tidied.clear()
        self._tidied.add(key)
        return True
