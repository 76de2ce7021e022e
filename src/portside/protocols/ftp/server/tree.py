"""What a visitor may see and change: a root, the folder they stand in, and the commands about names.

Every path goes through ``resolve``, which knows no way above the root, and then through ``Root``, which follows no link
out of it. All here is quick and done at once, but what a method's docstring says is for a thread.
"""

from __future__ import annotations

import hashlib
import os
import stat
from typing import BinaryIO

from portside.errors import RemoteError
from portside.files.refusals import Refusal, Why
from portside.files.room import room_at
from portside.files.root import Found, Root
from portside.protocols.ftp.messages import Reply
from portside.protocols.ftp.server import parts
from portside.protocols.ftp.server.listing import Listing, Warn
from portside.protocols.ftp.syntax.commands import Setting, TimeOf, parse_chmod
from portside.protocols.ftp.syntax.listings import serialise_facts, serialise_ls
from portside.protocols.ftp.syntax.names import absolute, quoted, resolve
from portside.protocols.ftp.syntax.times import serialise_time

HASH_STEP = 1024 * 1024
"""Bytes of a file that are hashed at once."""
LONGEST_STATUS = 10_000
"""Entries of a folder that STAT lists over the control connection; LIST has room for all."""

Names = tuple[str, ...]


class Tree:
    """The files of one visitor, called ``user``, who has ``rights``."""

    def __init__(self, root: Root, user: str, rights: frozenset[str], warn: Warn) -> None:
        self.root = root
        self.user = user
        self.folder: Names = ()
        self.abandoned = False  # whoever asks has left: what takes long may end
        self.listing = Listing(root, rights, warn)
        self._renaming: Names = ()

    def names(self, path: str) -> Names:
        """The names that lead to ``path``. Raises ``RemoteError`` (550)."""
        return resolve(self.folder, path)

    @property
    def room(self) -> int | None:
        """Bytes of room on the disk; None where it does not tell."""
        return room_at(self.root.path)

    # ------------------------------------------------------------------------------------------ where one is

    def enter(self, path: str) -> Reply:
        """CWD."""
        names = self.names(path)
        if not self.listing.is_folder(names):
            raise Refusal(Why.NOT_A_FOLDER, "this is no folder")
        self.folder = names
        return Reply(250, (f"You are in {quoted(absolute(names))}.",))

    def leave(self) -> Reply:
        """CDUP."""
        self.folder = self.folder[:-1]
        return Reply(250, (f"You are in {quoted(absolute(self.folder))}.",))

    def where(self) -> Reply:
        """PWD."""
        return Reply(257, (f"{quoted(absolute(self.folder))} is where you are.",))

    # ------------------------------------------------------------------------------------- what a file is like

    def open_file(self, path: str) -> tuple[BinaryIO, os.stat_result]:
        """The file ``path``, to be read. Raises ``RemoteError``."""
        found: Found = self.root.open(self.names(path))
        if found.is_folder:
            found.close()
            raise Refusal(Why.IS_A_FOLDER, "this is a folder")
        return os.fdopen(found.fd, "rb", buffering=0), found.status

    def size(self, path: str) -> Reply:
        """SIZE: of the file, or of what has come of it, while no file has its name."""
        names = self.names(path)
        try:
            status = self.root.status(names)
        except Refusal as error:
            come = parts.size_of(self.root, self.user, names) if error.why is Why.ABSENT and names else None
            if come is None:
                raise
            return Reply(213, (str(come),))
        if stat.S_ISDIR(status.st_mode):
            raise Refusal(Why.IS_A_FOLDER, "this is a folder")
        return Reply(213, (str(status.st_size),))

    def modified(self, path: str) -> Reply:
        """MDTM."""
        return Reply(213, (serialise_time(self.root.status(self.names(path)).st_mtime),))

    def facts(self, path: str, wanted: tuple[str, ...]) -> Reply:
        """MLST."""
        names = self.names(path)
        entry = self.listing.one(names, absolute(names))
        return Reply(250, ("Listing:", f" {serialise_facts(entry, wanted)}", "End"))

    def status(self, path: str) -> Reply:
        """STAT with a path. For a thread."""
        names = self.names(path)
        entries = self.listing.found(names, path)
        if len(entries) > LONGEST_STATUS:
            raise RemoteError("That is too much for this connection; use LIST.", 450)
        now = max((entry.modified or 0.0 for entry in entries), default=0.0)
        lines = [f" {serialise_ls(entry, now)}" for entry in entries]
        return Reply(213, (f"Status of {path}:", *lines, "End"))

    def hash(self, path: str, algorithm: str) -> Reply:
        """HASH. For a thread, which stops early where nobody waits any more. Raises ``RemoteError``."""
        file, status = self.open_file(path)
        with file:
            digest = hashlib.new(algorithm.replace("SHA-", "sha").lower(), usedforsecurity=False)
            while piece := file.read(HASH_STEP):
                digest.update(piece)
                if self.abandoned:
                    raise RemoteError("nobody waits for the digest", 426)
        return Reply(213, (f"{algorithm} 0-{status.st_size} {digest.hexdigest()} {path}",))

    # --------------------------------------------------------------------------------------------- changes

    def set_modified(self, wanted: TimeOf) -> Reply:
        """MFMT."""
        self.root.set_modified(self.names(wanted.path), int(wanted.time) * 1_000_000_000)
        return Reply(213, (f"Modify={serialise_time(wanted.time)}; {wanted.path}",))

    def set_mode(self, setting: Setting) -> Reply:
        """SITE CHMOD."""
        wanted = parse_chmod(setting.value)
        self.root.set_mode(self.names(wanted.path), wanted.mode)
        return Reply(200, (f"The permissions are {wanted.mode:04o}.",))

    def rename_from(self, path: str) -> Reply:
        """RNFR."""
        names = self.names(path)
        self.root.status(names)
        self._renaming = names
        return Reply(350, ("And the new name?",))

    def rename_to(self, path: str) -> Reply:
        """RNTO."""
        self.root.rename(self._renaming, self.names(path))
        return Reply(250, ("It is renamed.",))

    def make_folder(self, path: str) -> Reply:
        """MKD."""
        names = self.names(path)
        self.root.make_folder(names)
        return Reply(257, (f"{quoted(absolute(names))} is made.",))

    def remove_folder(self, path: str) -> Reply:
        """RMD: what was cut off in it goes, too, where nothing else is in it."""
        names = self.names(path)
        try:
            self.root.remove_folder(names)
        except Refusal as error:
            if error.why is not Why.NOT_EMPTY:
                raise
            parts.empty(self.root, names)
            self.root.remove_folder(names)
        return Reply(250, ("The folder is removed.",))

    def remove_file(self, path: str) -> Reply:
        """DELE: of what was cut off, where there is no more."""
        names = self.names(path)
        try:
            self.root.remove_file(names)
        except Refusal as error:
            if error.why is not Why.ABSENT or not names or not parts.remove(self.root, self.user, names):
                raise
        return Reply(250, ("The file is removed.",))
