"""A folder of the server's made like one of ours.

A symbolic link of ours is followed only to a file within the tree: what else it leads to was not meant to leave.
Copies are given the times of their files by MFMT; where the server has no MFMT, one that is not older is the same.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from portside.errors import RemoteError, UsageError
from portside.files.partial import is_in_the_making
from portside.protocols.ftp.client.connection import Connection
from portside.protocols.ftp.client.content import FileContent
from portside.protocols.ftp.client.listing import list_folder, with_exact_times
from portside.protocols.ftp.client.mirror.crew import Crew
from portside.protocols.ftp.client.mirror.down import DEEPEST, SMALL, leaf_of
from portside.protocols.ftp.client.mirror.plan import Leaf, Verdict, judge
from portside.protocols.ftp.client.mirror.removal import remove_tree
from portside.protocols.ftp.client.mirror.tally import Tally, reason_of
from portside.protocols.ftp.client.names import join
from portside.protocols.ftp.client.site import Site
from portside.protocols.ftp.client.upload import Upload, store_small
from portside.protocols.ftp.messages import Command
from portside.protocols.ftp.syntax.listings import Entry, Kind
from portside.protocols.ftp.syntax.names import is_sayable
from portside.protocols.ftp.syntax.times import serialise_time


@dataclass(frozen=True, slots=True)
class _Folder:
    local: Path
    remote: str
    depth: int
    new: bool


@dataclass(frozen=True, slots=True)
class _File:
    local: Path
    remote: str
    size: int
    modified: float


_Job = _Folder | _File


class MirrorUp:
    """Makes ``remote`` like ``local``; ``delete``: also what is not here goes. ``tally`` says how far it is."""

    def __init__(self, site: Site, local: Path, remote: str, *, delete: bool = False) -> None:
        """Raises ``UsageError`` where ``local`` is no folder."""
        if not local.is_dir():
            raise UsageError(f"{local} is no folder")
        self._site = site
        self._local = local
        self._root = local.resolve()
        self._remote = remote.rstrip("/") or remote[:1]
        self._delete = delete
        self._crew: Crew[_Job] = Crew(site, self._do, self._failed)
        self._surplus: list[tuple[str, Entry]] = []
        self.tally = Tally()

    async def run(self) -> Tally:
        """Mirror. What could not be done for one file stands in the tally; raises what ends it all."""
        await self._site.run(self._prepare)
        self._crew.add(_Folder(self._local, self._remote, 0, new=False), first=True)
        await self._crew.run()
        if not self.tally.failures and self._surplus:
            await self._site.run(self._remove_surplus)
        return self.tally

    async def _prepare(self, connection: Connection) -> None:
        """The folder that all goes into, and those above it: they may all be there."""
        if self._remote:
            names = self._site.absolute(self._remote).split("/")
            paths = ["/".join(names[: end + 1]) for end in range(len(names)) if names[end]]
            await connection.ask(*(Command("MKD", path) for path in paths))

    def _failed(self, job: _Job, error: Exception) -> None:
        self.tally.failures.append(f"{job.local}: {reason_of(error)}")

    async def _do(self, connection: Connection, job: _Job) -> None:
        if isinstance(job, _Folder):
            await self._look(connection, job)
        else:
            await self._store(connection, job)

    # ----------------------------------------------------------------------------------------------- folders

    async def _look(self, connection: Connection, job: _Folder) -> None:
        there = {} if job.new else await self._names_there(connection, job.remote)
        made: list[tuple[Path, str]] = []
        seen = set()
        for name, status in self._names_here(job.local):
            seen.add(name)
            self._plan(job, name, status, there.get(name), made)
        await self._make_folders(connection, made, job.depth + 1)
        if self._delete:
            self._surplus += [(join(job.remote, name), entry) for name, entry in there.items() if name not in seen]

    async def _names_there(self, connection: Connection, remote: str) -> dict[str, Entry]:
        folder = await list_folder(self._site, connection, remote)
        entries = await with_exact_times(self._site, connection, remote, folder.entries)
        return {entry.name: entry for entry in entries}

    def _names_here(self, folder: Path) -> list[tuple[str, os.stat_result]]:
        found: list[tuple[str, os.stat_result]] = []
        with os.scandir(folder) as entries:
            for entry in entries:
                status = self._status(entry)
                if status is None or is_in_the_making(entry.name):
                    self.tally.skipped.append(entry.path)
                elif not is_sayable(entry.name):
                    self.tally.failures.append(f"{entry.path}: a name with a line break can't be said in FTP")
                else:
                    found.append((entry.name, status))
        return found

    def _status(self, entry: os.DirEntry[str]) -> os.stat_result | None:
        """What to send of it; None for what is neither a file nor a folder, and for links that lead out."""
        if not entry.is_symlink():
            status = entry.stat(follow_symlinks=False)
            return status if stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode) else None
        path = Path(entry.path).resolve()
        return path.stat() if path.is_file() and path.is_relative_to(self._root) else None

    def _plan(
        self, job: _Folder, name: str, status: os.stat_result, there: Entry | None, made: list[tuple[Path, str]]
    ) -> None:
        local, remote = job.local / name, join(job.remote, name)
        if stat.S_ISDIR(status.st_mode):
            self._plan_folder(local, remote, there, job.depth + 1, made)
        else:
            self._plan_file(local, remote, status, there)

    def _plan_folder(
        self, local: Path, remote: str, there: Entry | None, depth: int, made: list[tuple[Path, str]]
    ) -> None:
        if depth > DEEPEST:
            self.tally.failures.append(f"{local}: more than {DEEPEST} folders within each other")
        elif there is None:
            made.append((local, remote))
        elif there.kind is Kind.FILE:
            self.tally.failures.append(f"{local}: the server has a file of that name")
        else:
            self._crew.add(_Folder(local, remote, depth, new=False), first=True)

    async def _make_folders(self, connection: Connection, made: list[tuple[Path, str]], depth: int) -> None:
        replies = await connection.ask(*(Command("MKD", self._site.absolute(remote)) for _, remote in made))
        for (local, remote), reply in zip(made, replies, strict=True):
            if reply.is_good:
                self._crew.add(_Folder(local, remote, depth, new=True), first=True)
            else:
                self.tally.failures.append(f"{local}: {connection.server} answered {reply}")

    def _plan_file(self, local: Path, remote: str, status: os.stat_result, there: Entry | None) -> None:
        if there is not None and there.kind is Kind.FOLDER:
            self.tally.failures.append(f"{local}: the server has a folder of that name")
            return
        source = Leaf(status.st_size, status.st_mtime)
        copy = None if there is None or there.kind is not Kind.FILE else leaf_of(there)
        if judge(source, copy, times_kept=self._keeps_times) is Verdict.SAME:
            self.tally.same += 1
            return
        self.tally.listed += status.st_size
        self._crew.add(_File(local, remote, status.st_size, status.st_mtime))

    @property
    def _keeps_times(self) -> bool:
        return "MFMT" in self._site.features

    # ------------------------------------------------------------------------------------------------- files

    async def _store(self, connection: Connection, job: _File) -> None:
        place = self._site.absolute(job.remote)
        if job.size <= SMALL:
            data = job.local.read_bytes()
            await store_small(connection, place, data)
            self.tally.bytes += len(data)
        else:
            upload = Upload(self._site, job.remote, FileContent(job.local))
            await upload.over(connection)
            self.tally.bytes += job.size
        if self._keeps_times:
            await connection.ask(Command("MFMT", f"{serialise_time(job.modified)} {place}"))
        self.tally.moved += 1

    # ----------------------------------------------------------------------------------------------- surplus

    async def _remove_surplus(self, connection: Connection) -> None:
        while self._surplus:
            path, entry = self._surplus[-1]
            try:
                self.tally.deleted += await remove_tree(self._site, connection, path, entry)
            except RemoteError as error:
                self.tally.failures.append(f"{path}: {error}")
            self._surplus.pop()
