"""``put`` by HTTP: a file, or what comes from stdin, as the body of PUT."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from urllib.parse import quote

from portside.cli.clients import at_most
from portside.cli.screen import is_watched
from portside.cli.web.client import fields_of, settings_of
from portside.cli.web.options import WebOptions
from portside.cli.web.outcome import judge, report
from portside.cli.web.progress import bar
from portside.errors import RemoteError, UsageError
from portside.protocols.http.client.answer import Answer
from portside.protocols.http.client.client import Client
from portside.protocols.http.client.uploads import FileContent, PipeContent
from portside.protocols.http.client.urls import parse_url
from portside.syntax.visible import visible


async def put(file: str, url: str, web: WebOptions) -> int:
    """Store ``file`` ("-": stdin) at ``url``; the exit code. Raises ``PortsideError``."""
    place = _place(file, url)
    parse_url(place)  # what is no URL is told before anything is opened
    return await _put(_content(file), file, place, web)


def _place(file: str, url: str) -> str:
    """The URL, with the file's name where it names a folder."""
    path = url.partition("?")[0].partition("#")[0]
    if not path.endswith("/"):
        return url
    if file == "-":
        raise UsageError("stdin has no name to store it under; name one at the end of the URL")
    return path + quote(Path(file).name.encode("utf-8", "surrogateescape"), safe="") + url[len(path) :]


def _content(file: str) -> FileContent | PipeContent:
    if file == "-":
        if sys.stdin is None:
            raise UsageError("stdin is closed: there is nothing to store")
        return PipeContent(sys.stdin.fileno())
    if Path(file).is_dir():
        raise UsageError(f"{file} is a folder; name a file in it")
    return FileContent(Path(file))


async def _put(content: FileContent | PipeContent, name: str, url: str, web: WebOptions) -> int:
    began = time.monotonic()
    async with Client(settings_of(web)) as client, at_most(web.max_time):
        wanted = not web.quiet and not web.verbose
        async with bar(name, lambda: (content.sent, getattr(content, "length", None)), wanted=wanted):
            answer = await client.request("PUT", url, headers=fields_of(web), body=content)
    if web.json:
        report(answer, content.sent, began, None)
    else:
        _print_body(answer)
    judge(answer)
    if answer.status >= 300:
        raise RemoteError(
            f"{answer.url} answered {answer.status} {answer.head.phrase}: nothing was stored", answer.status
        )
    return 0


def _print_body(answer: Answer) -> None:
    """What the server had to say; on a terminal with its control characters visible."""
    if is_watched(sys.stdout):
        for line in answer.text().splitlines():
            print(visible(line))
    else:
        sys.stdout.buffer.write(answer.content)
        sys.stdout.buffer.flush()
