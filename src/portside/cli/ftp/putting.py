"""``portside put ... ftp://...``: a file, several into a folder, or a folder with all that is in it."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from portside.cli.clients import at_most
from portside.cli.ftp.getting import finish
from portside.cli.ftp.wanted import FtpOptions, settings
from portside.cli.screen import is_watched, show, tell
from portside.cli.web.options import WebOptions
from portside.cli.web.progress import bar
from portside.errors import UsageError
from portside.protocols.ftp.client.client import FtpClient
from portside.protocols.ftp.client.content import FileContent, PipeContent
from portside.protocols.ftp.client.mirror.up import MirrorUp
from portside.protocols.ftp.client.upload import Upload
from portside.protocols.ftp.client.urls import FtpUrl
from portside.syntax.visible import visible


class Putting:
    """One command's work."""

    def __init__(self, web: WebOptions, ftp: FtpOptions, *, resume: bool) -> None:
        self._web = web
        self._ftp = ftp
        self._resume = resume

    async def put(self, file: str, url: FtpUrl) -> int:
        """Store ``file`` at ``url``; returns the exit code."""
        self._check(file, url)
        async with at_most(self._web.max_time), FtpClient(url, settings(url, self._web, self._ftp)) as client:
            if self._ftp.recursive:
                await self._mirror(client, Path(file), url)
            else:
                await self._store(client, file, self._place(file, url))
        return 0

    def _check(self, file: str, url: FtpUrl) -> None:
        is_folder = file != "-" and Path(file).is_dir()
        if url.pattern:
            raise UsageError(f"{url} is a pattern; write %2A, %3F and %5B for *, ? and [ in a name")
        if is_folder and not self._ftp.recursive:
            raise UsageError(f"{file} is a folder; --recursive stores all that is in it")
        if self._ftp.recursive and not is_folder:
            raise UsageError(f"--recursive stores a folder, and {file} is none")
        if self._resume and file == "-":
            raise UsageError("--resume goes on with a file; stdin can't be read twice")

    @staticmethod
    def _place(file: str, url: FtpUrl) -> str:
        """The path, with the file's name where it names a folder."""
        if url.path and not url.listing:
            return url.path
        if file == "-":
            raise UsageError("stdin has no name to store it under; name one at the end of the URL")
        return url.path + os.fsencode(Path(file).name).decode("utf-8", "surrogateescape")

    async def _store(self, client: FtpClient, file: str, path: str) -> None:
        content: FileContent | PipeContent = FileContent(Path(file)) if file != "-" else PipeContent(_stdin())
        began = time.monotonic()
        wanted = not self._web.quiet and not self._web.verbose
        async with bar(file, lambda: (content.sent, content.length), wanted=wanted):
            await Upload(client.site, path, content, resume=self._resume).run()
        seconds = time.monotonic() - began
        if self._web.json:
            show(json.dumps({
                "url": f"{client.url.scheme}://{client.site.name}/{path}", "bytes": content.sent,
                "seconds": round(seconds, 6), "rate": round(content.sent / seconds) if seconds > 0 else None,
            }))  # fmt: skip
        elif is_watched(sys.stderr) and not self._web.quiet:
            tell(f"stored {visible(path)}: {content.sent:,} bytes")

    async def _mirror(self, client: FtpClient, local: Path, url: FtpUrl) -> None:
        mirror = MirrorUp(client.site, local, url.path, delete=self._ftp.delete)
        began = time.monotonic()
        tally = mirror.tally
        wanted = not self._web.quiet and not self._web.verbose
        async with bar(str(local), lambda: (tally.bytes, tally.listed or None), wanted=wanted):
            await mirror.run()
        finish(tally, self._web, str(url), "stored", time.monotonic() - began)


def _stdin() -> int:
    if sys.stdin is None:
        raise UsageError("stdin is closed: there is nothing to store")
    return sys.stdin.fileno()
