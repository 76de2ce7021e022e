"""``portside put``: store a file where a URL names a place."""

from __future__ import annotations

import click

from portside.cli.clients import run_client
from portside.cli.ftp.wanted import FtpOptions, ftp_options, only_ftp, parsed, refuse_for_ftp, refuse_for_the_web
from portside.cli.usage import Command
from portside.cli.web.options import WebOptions, web_options
from portside.errors import UsageError


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
    return _put_by_http(file, url, web)


def _put_by_http(file: str, url: str, web: WebOptions) -> int:
    from portside.cli.web.putting import put

    return run_client(put(file, url, web))


def _put_by_ftp(file: str, url: str, web: WebOptions, ftp: FtpOptions, *, resume: bool) -> int:
    from portside.cli.ftp.putting import Putting

    refuse_for_ftp(web)
    if ftp.delete and not ftp.recursive:
        raise UsageError("--delete is for --recursive")
    return run_client(Putting(web, ftp, resume=resume).put(file, parsed([url])[0]))
