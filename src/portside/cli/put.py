"""``portside put``: store a file where a URL names a place."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from urllib.parse import quote

import click

from portside.cli.ftp.wanted import FtpOptions, ftp_options, only_ftp, parsed, refuse_for_ftp, refuse_for_the_web
from portside.cli.screen import is_watched
from portside.cli.usage import Command
from portside.cli.web.options import WebOptions, web_options
from portside.cli.web.outcome import at_most, judge, report, run_web
from portside.cli.web.progress import bar
from portside.errors import RemoteError, UsageError
from portside.protocols.http.client.answer import Answer
from portside.protocols.http.client.client import Client
from portside.protocols.http.client.uploads import FileContent, PipeContent
from portside.protocols.http.client.urls import parse_url
from portside.syntax.visible import visible


@click.command(
    "put",
    cls=Command,
    examples=(
        "portside put report.pdf http://localhost:8080/incoming/",
        "portside put --recursive site ftp://localhost:2121/site/",
        "tar c . | portside put - http://localhost:8080/x.tar",
    ),
    short_help="Store a file where a URL names a place.",
)
@click.argument("file", metavar="FILE")
@click.argument("url", metavar="URL")
@click.option("--resume", is_flag=True, help="ftp: go on behind what the server has of the file.")
@ftp_options
@web_options
def command(file: str, url: str, web: WebOptions, ftp: FtpOptions, resume: bool) -> int:
    """Store FILE ('-' is stdin) at URL: by PUT, or by STOR where it begins with ftp.

    A URL that ends in '/' is a folder, and gets the file's name. --recursive stores a folder with all that is in it.
    """
    if only_ftp([url]):
        return _put_by_ftp(file, url, web, ftp, resume=resume)
    refuse_for_the_web(ftp)
    if resume:
        raise UsageError("--resume is for ftp:// and ftps:// only: no PUT goes on")
    place = _place(file, url)
    parse_url(place)  # what is no URL is told before anything is opened
    return run_web(_put(_content(file), file, place, web))


def _put_by_ftp(file: str, url: str, web: WebOptions, ftp: FtpOptions, *, resume: bool) -> int:
    from portside.cli.ftp.putting import Putting

    refuse_for_ftp(web)
    if ftp.delete and not ftp.recursive:
        raise UsageError("--delete is for --recursive")
    return run_web(Putting(web, ftp, resume=resume).put(file, parsed([url])[0]))


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
    async with Client(web.settings()) as client, at_most(web.max_time):
        wanted = not web.quiet and not web.verbose
        async with bar(name, lambda: (content.sent, getattr(content, "length", None)), wanted=wanted):
            answer = await client.request("PUT", url, headers=web.fields(), body=content)
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
