"""The FTP client: what people want from a site, on top of its connections."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

from portside.errors import LimitExceeded, RemoteError
from portside.interfaces import Buffer
from portside.protocols.ftp.client.connection import Connection, Take
from portside.protocols.ftp.client.content import FileContent
from portside.protocols.ftp.client.download import Download
from portside.protocols.ftp.client.facts import Facts, facts_of
from portside.protocols.ftp.client.listing import list_folder, with_exact_times
from portside.protocols.ftp.client.mirror.down import MirrorDown
from portside.protocols.ftp.client.mirror.tally import Tally
from portside.protocols.ftp.client.mirror.up import MirrorUp
from portside.protocols.ftp.client.segments import SegmentedDownload
from portside.protocols.ftp.client.settings import Settings
from portside.protocols.ftp.client.site import Site
from portside.protocols.ftp.client.upload import Upload, store_small
from portside.protocols.ftp.client.urls import FtpUrl, parse_ftp_url
from portside.protocols.ftp.client.wildcards import matching
from portside.protocols.ftp.messages import Command
from portside.protocols.ftp.syntax.listings import Entry

IN_MEMORY = 1024**3
"""Bytes of a file that is read into memory at most; longer ones are for a file."""


class FtpClient:
    """A client of one FTP server; use it as ``async with FtpClient(url) as ftp``.

    >>> # async with FtpClient("ftp://localhost:2121/") as ftp:
    >>> #     for entry in await ftp.list("docs"):
    >>> #         print(entry.name, entry.size)
    >>> #     await ftp.download("docs/a.txt", Path("a.txt"))

    Paths begin where the login begins, unless they begin with a slash. Every method raises ``ResolveError``,
    ``ConnectError``, ``TlsError``, ``CertificateError``, ``TimedOut`` and ``LoginFailed`` where no connection comes
    about, ``ConnectionLost`` where one was lost for good, ``RemoteError`` with the reply's code where the server
    refuses, ``BrokenPromise`` where less arrived than was promised, and ``LimitExceeded``.
    """

    def __init__(
        self, url: str | FtpUrl, settings: Settings | None = None, *, draw: Callable[[], float] = random.random
    ) -> None:
        """``draw`` gives numbers from 0 to 1 for the pauses between retries. Raises ``UsageError``."""
        self.url = parse_ftp_url(url) if isinstance(url, str) else url
        self.settings = settings or Settings()
        self.site = Site(self.url, self.settings, draw=draw)

    async def __aenter__(self) -> FtpClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Take leave on all connections."""
        await self.site.close()

    # ------------------------------------------------------------------------------------------- looking

    async def list(self, path: str = "", *, exact: bool = False) -> Sequence[Entry]:
        """What is in a folder; names that must not become names here are left out, each with a warning.

        ``exact``: times as MDTM tells them, where the listing only has rough ones.
        """

        async def work(connection: Connection) -> Sequence[Entry]:
            folder = await list_folder(self.site, connection, path)
            for line in folder.refused:
                self.site.warn(f"{self.site.name} lists {line}")
            if exact:
                return await with_exact_times(self.site, connection, path, folder.entries)
            return folder.entries

        return await self.site.run(work)

    async def matching(self, pattern: str) -> Sequence[str]:
        """The paths of the files that a pattern with ``*``, ``?`` and ``[...]`` stands for."""
        return await self.site.run(lambda connection: matching(self.site, connection, pattern))

    async def facts(self, path: str) -> Facts:
        """Size and time of a file, as far as the server tells them."""
        return await self.site.run(lambda connection: facts_of(connection, self.site.absolute(path)))

    async def command(self, verb: str, argument: str = "") -> str:
        """Say any command that needs no data connection; returns the text of the reply."""

        async def work(connection: Connection) -> str:
            return (await connection.order(verb.upper(), argument)).text

        return await self.site.run(work)

    # ------------------------------------------------------------------------------------------ files down

    async def pour(self, path: str, take: Take) -> int:
        """Give the bytes of a file to ``take``, as they come; returns how many. Goes on after a lost connection."""
        came = 0

        def count(data: bytes) -> None:
            nonlocal came
            take(data)
            came += len(data)

        async def work(connection: Connection) -> None:
            place = self.site.absolute(path)
            ended = await connection.retrieve(Command("RETR", place), count, came)
            if ended.error is not None:
                raise ended.error

        await self.site.run(work)
        return came

    async def read(self, path: str) -> bytes:
        """The bytes of a file, in memory."""
        whole = bytearray()

        def take(data: bytes) -> None:
            if len(whole) + len(data) > IN_MEMORY:
                raise LimitExceeded(f"{path} is longer than {IN_MEMORY:,} bytes: download it into a file")
            whole.extend(data)

        await self.pour(path, take)
        return bytes(whole)

    async def download(self, path: str, target: Path, *, resume: bool = False, segments: int = 1) -> Facts:
        """Download a file into ``target``, whole or not at all; what was cut stays as ``NAME.part``.

        ``resume``: go on where an earlier download was cut. ``segments``: so many connections share the work.
        """
        download: Download | SegmentedDownload
        if segments > 1:
            download = SegmentedDownload(self.site, path, target, number=segments, resume=resume)
        else:
            download = Download(self.site, path, target, resume=resume)
        await download.run()
        return download.facts

    # -------------------------------------------------------------------------------------------- files up

    async def upload(self, source: Path, path: str, *, resume: bool = False) -> None:
        """Upload the file ``source``. ``resume``: go on behind what the server has."""
        await Upload(self.site, path, FileContent(source), resume=resume).run()

    async def write(self, path: str, data: Buffer) -> None:
        """Store ``data``."""
        await self.site.run(lambda connection: store_small(connection, self.site.absolute(path), data))

    # -------------------------------------------------------------------------------------------- changes

    async def delete(self, path: str) -> None:
        """Remove a file."""
        await self._order("DELE", path)

    async def mkdir(self, path: str) -> None:
        """Make a folder."""
        await self._order("MKD", path)

    async def rmdir(self, path: str) -> None:
        """Remove an empty folder."""
        await self._order("RMD", path)

    async def rename(self, path: str, new: str) -> None:
        """Give a file or folder another name."""

        async def work(connection: Connection) -> None:
            reply = await connection.order("RNFR", self.site.absolute(path))
            if not reply.asks_for_more:
                raise RemoteError(f"{self.site.name} answered {reply} to RNFR", reply.code)
            await connection.order("RNTO", self.site.absolute(new))

        await self.site.run(work)

    async def _order(self, verb: str, path: str) -> None:
        async def work(connection: Connection) -> None:
            await connection.order(verb, self.site.absolute(path))

        await self.site.run(work)

    # --------------------------------------------------------------------------------------------- mirrors

    async def mirror(self, path: str, local: Path, *, up: bool = False, delete: bool = False) -> Tally:
        """Make the folder ``local`` like the server's ``path``, or with ``up`` the other way round.

        Only what has changed moves. ``delete``: what the source does not have goes. What could not be done for single
        files stands in ``failures`` of what is returned.
        """
        mirror = (
            MirrorUp(self.site, local, path, delete=delete) if up else MirrorDown(self.site, path, local, delete=delete)
        )
        return await mirror.run()
