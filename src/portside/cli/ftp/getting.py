"""``portside get ftp://...``: a file, many by a pattern, a listing, or a folder with all that is in it."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from portside.cli.clients import at_most
from portside.cli.endings import end
from portside.cli.ftp.wanted import FtpOptions, settings
from portside.cli.screen import is_watched, show, tell, warn
from portside.cli.web.options import WebOptions
from portside.cli.web.progress import bar
from portside.errors import PortsideError, RemoteError, UsageError
from portside.protocols.ftp.client.client import FtpClient
from portside.protocols.ftp.client.download import Download
from portside.protocols.ftp.client.mirror.down import MirrorDown
from portside.protocols.ftp.client.mirror.tally import Tally
from portside.protocols.ftp.client.segments import SegmentedDownload
from portside.protocols.ftp.client.urls import FtpUrl
from portside.protocols.ftp.syntax.listings import Entry, fault_of, serialise_ls
from portside.protocols.ftp.syntax.times import serialise_time
from portside.syntax.visible import visible


class Getting:
    """One command's work. ``output``: where it goes (None: stdout); ``remote_name``: under the names it has there."""

    def __init__(
        self,
        web: WebOptions,
        ftp: FtpOptions,
        *,
        output: str | None,
        remote_name: bool,
        resume: bool,
        segments: int,
    ) -> None:
        self._web = web
        self._ftp = ftp
        self._output = None if output == "-" else output
        self._remote_name = remote_name
        self._resume = resume
        self._segments = segments

    async def all(self, urls: Sequence[FtpUrl]) -> int:
        """The exit code: that of the first URL that failed."""
        code = 0
        for url in urls:
            try:
                async with at_most(self._web.max_time), FtpClient(url, settings(url, self._web, self._ftp)) as client:
                    await self._get(client, url)
            except PortsideError as error:
                if len(urls) == 1:
                    raise
                code = code or end(error)
        return code

    async def _get(self, client: FtpClient, url: FtpUrl) -> None:
        if self._ftp.recursive:
            await self._mirror(client, url)
        elif url.pattern:
            await self._get_matching(client, url)
        elif url.listing:
            await self._list(client, url)
        elif self._output is None and not self._remote_name:
            await self._show(client, url)
        else:
            await self._download(client, url.path, self._target(url.name))

    # ---------------------------------------------------------------------------------------------- to stdout

    async def _show(self, client: FtpClient, url: FtpUrl) -> None:
        if self._web.json:
            raise UsageError("--json and the file would both go to stdout; save the file with -o or -O")
        on_screen = is_watched(sys.stdout)
        came = 0

        def take(data: bytes) -> None:
            nonlocal came
            if on_screen and b"\0" in data:
                raise UsageError("this is no text, and might upset the terminal; save it with -o FILE")
            came += len(data)
            sys.stdout.buffer.write(data)

        async with bar(str(url), lambda: (came, None), wanted=self._wants_bar and not on_screen):
            await client.pour(url.path, take)
        sys.stdout.buffer.flush()

    async def _list(self, client: FtpClient, url: FtpUrl) -> None:
        if self._output is not None or self._remote_name:
            raise UsageError(f"{url} is a folder; --recursive fetches all that is in it")
        now = time.time()
        for entry in await client.list(url.path.rstrip("/") or url.path):
            show(json.dumps(_facts(entry)) if self._web.json else serialise_ls(entry, now))

    # ------------------------------------------------------------------------------------------------ to files

    def _target(self, name: str) -> Path:
        if self._output is not None:
            path = Path(self._output)
            return path / _safe(name) if path.is_dir() else path
        return Path(_safe(name))

    async def _get_matching(self, client: FtpClient, url: FtpUrl) -> None:
        folder = self._folder(url)
        names = await client.matching(url.pattern)
        limit = asyncio.Semaphore(self._ftp.connections)

        async def one(path: str) -> None:
            async with limit:
                await self._download(client, path, folder / _safe(path.rpartition("/")[2]))

        results = await asyncio.gather(*(one(path) for path in names), return_exceptions=True)
        problems = [result for result in results if isinstance(result, BaseException)]
        for problem in problems[1:]:
            end(problem)
        if problems:
            raise problems[0]

    def _folder(self, url: FtpUrl) -> Path:
        """Where many files go."""
        folder = Path(self._output or ".")
        if (self._output is None and not self._remote_name) or not folder.is_dir():
            raise UsageError(f"{url} may be many files: save them with -O, or with -o FOLDER")
        return folder

    async def _download(self, client: FtpClient, path: str, target: Path) -> None:
        began = time.monotonic()
        download: Download | SegmentedDownload
        if self._segments > 1:
            download = SegmentedDownload(client.site, path, target, number=self._segments, resume=self._resume)
        else:
            download = Download(client.site, path, target, resume=self._resume)
        done = download
        async with bar(target.name, lambda: (done.offset + done.received, done.total), wanted=self._wants_bar):
            await download.run()
        self._report(client, path, target, download.received, began)

    def _report(self, client: FtpClient, path: str, target: Path, came: int, began: float) -> None:
        seconds = time.monotonic() - began
        if self._web.json:
            show(json.dumps({
                "url": f"{client.url.scheme}://{client.site.name}/{path}", "bytes": came, "seconds": round(seconds, 6),
                "rate": round(came / seconds) if seconds > 0 else None, "file": str(target),
            }))  # fmt: skip
        elif is_watched(sys.stderr) and not self._web.quiet:
            tell(f"saved {visible(target.name)}: {target.stat().st_size:,} bytes")

    @property
    def _wants_bar(self) -> bool:
        return not self._web.quiet and not self._web.verbose

    # ---------------------------------------------------------------------------------------------- mirrors

    async def _mirror(self, client: FtpClient, url: FtpUrl) -> None:
        if url.pattern:
            raise UsageError("--recursive takes one folder, and no pattern")
        local = Path(self._output or _safe(url.name or url.host))
        mirror = MirrorDown(client.site, url.path, local, delete=self._ftp.delete)
        began = time.monotonic()
        tally = mirror.tally
        async with bar(str(url), lambda: (tally.bytes, tally.listed or None), wanted=self._wants_bar):
            await mirror.run()
        finish(tally, self._web, str(url), "fetched", time.monotonic() - began)


def finish(tally: Tally, web: WebOptions, what: str, done: str, seconds: float) -> None:
    """Tell what a mirror came to. Raises ``RemoteError`` where some of it could not be done."""
    for line in tally.failures:
        warn(line)
    if web.json:
        show(json.dumps({
            "url": what, done: tally.moved, "same": tally.same, "deleted": tally.deleted, "bytes": tally.bytes,
            "failures": tally.failures, "skipped": tally.skipped, "seconds": round(seconds, 6),
        }))  # fmt: skip
    elif not web.quiet:
        deleted = f", {tally.deleted:,} deleted" if tally.deleted else ""
        tell(f"{tally.moved:,} files {done} ({tally.bytes:,} bytes), {tally.same:,} were the same{deleted}")
    if tally.failures:
        raise RemoteError(f"{len(tally.failures):,} of the files could not be {done}; the warnings above say why")


def _facts(entry: Entry) -> dict[str, object]:
    modified = None if entry.modified is None else serialise_time(entry.modified)
    return {"name": entry.name, "type": entry.kind.value, "size": entry.size, "modified": modified}


def _safe(name: str) -> str:
    """``name`` as one of a file here. Raises ``UsageError`` for one that leads elsewhere, or hides."""
    fault = fault_of(name)
    if fault:
        raise UsageError(f"{name!r} is no name to save it under ({fault}); name one with -o")
    if name.startswith("."):
        raise UsageError(f"it would be saved as the hidden file {name!r}; name it with -o if you mean it")
    return name
