"""A folder of ours made like one of the server's.

Every name that the server lists is looked at before it becomes a file here (``names.py``), and nothing is written
through a symbolic link: a link in the place of a file is replaced, one in the place of a folder is a failure.
"""

from __future__ import annotations

import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from portside.files.partial import hidden_part, is_in_the_making
from portside.protocols.ftp.client.connection import Connection
from portside.protocols.ftp.client.download import Download
from portside.protocols.ftp.client.listing import Folder, list_folder, with_exact_times
from portside.protocols.ftp.client.mirror.crew import Crew
from portside.protocols.ftp.client.mirror.plan import DAY, SECOND, Leaf, Verdict, judge
from portside.protocols.ftp.client.mirror.settling import Settling
from portside.protocols.ftp.client.mirror.tally import Tally, reason_of
from portside.protocols.ftp.client.names import join
from portside.protocols.ftp.client.site import Site
from portside.protocols.ftp.messages import Command
from portside.protocols.ftp.syntax.listings import Entry, Kind

SMALL = 512 * 1024
"""Bytes of a file that is held in memory until it is whole; larger ones can be continued where they were cut."""
DEEPEST = 100
"""Folders within each other: links on the server may make trees that never end."""


@dataclass(frozen=True, slots=True)
class _Folder:
    remote: str
    local: Path
    depth: int


@dataclass(frozen=True, slots=True)
class _File:
    remote: str
    local: Path
    entry: Entry


_Job = _Folder | _File


class MirrorDown:
    """Makes ``local`` like ``remote``; ``delete``: also what is not there goes. ``tally`` says how far it is."""

    def __init__(self, site: Site, remote: str, local: Path, *, delete: bool = False) -> None:
        self._site = site
        self._remote = remote.rstrip("/") or remote[:1]
        self._local = local
        self._delete = delete
        self._crew: Crew[_Job] = Crew(site, self._do, self._failed)
        self._settling = Settling()
        self._surplus: list[Path] = []
        self.tally = Tally()

    async def run(self) -> Tally:
        """Mirror. What could not be done for one file stands in the tally; raises what ends it all."""
        self._local.mkdir(parents=True, exist_ok=True)
        self._crew.add(_Folder(self._remote, self._local, 0), first=True)
        try:
            await self._crew.run()
        finally:
            await self._settling.flush()
        if not self.tally.failures:
            self._remove_surplus()
        return self.tally

    def _failed(self, job: _Job, error: Exception) -> None:
        self.tally.failures.append(f"{job.remote or 'the first folder'}: {reason_of(error)}")

    async def _do(self, connection: Connection, job: _Job) -> None:
        if isinstance(job, _Folder):
            await self._look(connection, job)
        else:
            await self._fetch(connection, job)

    # ----------------------------------------------------------------------------------------------- folders

    async def _look(self, connection: Connection, job: _Folder) -> None:
        folder = await list_folder(self._site, connection, job.remote)
        here = _names_here(job.local)
        entries = await with_exact_times(self._site, connection, job.remote, folder.entries)
        for line in folder.refused:
            self.tally.failures.append(f"{job.remote or '/'}: {line}")
        for entry in entries:
            self._plan(job, entry, here.get(entry.name))
        if self._delete:
            self._find_surplus(job, folder, here)

    def _plan(self, job: _Folder, entry: Entry, here: os.stat_result | None) -> None:
        remote, local = join(job.remote, entry.name), job.local / entry.name
        if is_in_the_making(entry.name):
            self.tally.skipped.append(remote)
        elif entry.kind is Kind.FOLDER:
            self._plan_folder(remote, local, here, job.depth + 1)
        elif entry.kind is Kind.FILE:
            self._plan_file(remote, local, here, entry)
        else:
            self.tally.skipped.append(remote)

    def _plan_folder(self, remote: str, local: Path, here: os.stat_result | None, depth: int) -> None:
        if depth > DEEPEST:
            self.tally.failures.append(f"{remote}: more than {DEEPEST} folders within each other")
        elif here is not None and not stat.S_ISDIR(here.st_mode):
            self.tally.failures.append(f"{remote}: {local} is no folder")
        else:
            if here is None:
                local.mkdir()
            self._crew.add(_Folder(remote, local, depth), first=True)

    def _plan_file(self, remote: str, local: Path, here: os.stat_result | None, entry: Entry) -> None:
        if here is not None and stat.S_ISDIR(here.st_mode):
            self.tally.failures.append(f"{remote}: {local} is a folder")
        elif judge(leaf_of(entry), _leaf_here(here)) is Verdict.SAME:
            self.tally.same += 1
        else:
            self.tally.listed += entry.size or 0
            self._crew.add(_File(remote, local, entry))

    # ------------------------------------------------------------------------------------------------- files

    async def _fetch(self, connection: Connection, job: _File) -> None:
        size = job.entry.size
        if size is not None and size <= SMALL:
            await self._fetch_small(connection, job, size)
        else:
            await self._fetch_large(connection, job)
        self.tally.moved += 1

    async def _fetch_small(self, connection: Connection, job: _File, size: int) -> None:
        pieces: list[bytes] = []
        ended = await connection.retrieve(Command("RETR", self._site.absolute(job.remote)), pieces.append, 0, SMALL + 1)
        came = sum(map(len, pieces))
        if ended.error is not None and (came != size or ended.reply is None or ended.reply.code >= 400):
            raise ended.error
        if came != size:
            await self._fetch_large(connection, job)  # it has changed since it was listed
            return
        self.tally.bytes += came
        await self._settling.add(job.local, pieces, job.entry.modified)

    async def _fetch_large(self, connection: Connection, job: _File) -> None:
        download = Download(
            self._site, job.remote, job.local, resume=True, keep_time=True, among_others=True, moved=self._count
        )
        await download.over(connection)

    def _count(self, number: int) -> None:
        self.tally.bytes += number

    # ----------------------------------------------------------------------------------------------- surplus

    def _find_surplus(self, job: _Folder, folder: Folder, here: dict[str, os.stat_result]) -> None:
        if folder.refused:
            return  # whatever was refused may be what stands here
        there = {entry.name for entry in folder.entries}
        parts = {hidden_part(job.local / name).name for name in there}
        kept = there | parts | {f"{name}.json" for name in parts}
        self._surplus += [job.local / name for name in here if name not in kept]

    def _remove_surplus(self) -> None:
        for path in self._surplus:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
            self.tally.deleted += 1


def leaf_of(entry: Entry) -> Leaf:
    """What a listing tells of a file. LIST's times are of the server's own zone: a day is all that can be trusted."""
    return Leaf(entry.size, entry.modified, SECOND if entry.exact else DAY)


def _leaf_here(here: os.stat_result | None) -> Leaf | None:
    if here is None or not stat.S_ISREG(here.st_mode):
        return None
    return Leaf(here.st_size, here.st_mtime)


def _names_here(folder: Path) -> dict[str, os.stat_result]:
    with os.scandir(folder) as found:
        return {each.name: each.stat(follow_symlinks=False) for each in found}
