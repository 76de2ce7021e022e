"""``portside get``: fetch what a URL names, to stdout or into a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from portside.cli.clients import run_client
from portside.cli.ftp.wanted import FtpOptions, ftp_options, only_ftp, parsed, refuse_for_ftp, refuse_for_the_web
from portside.cli.order import Order
from portside.cli.usage import Command, not_built
from portside.cli.web.options import WebOptions, web_options
from portside.errors import UsageError


@click.command(
    "get",
    cls=Command,
    examples=("portside get http://localhost:8080/", "portside get -O --resume https://example.org/large.iso"),
    short_help="Fetch what a URL names.",
)
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@click.option("-o", "output", metavar="FILE", help="Save to FILE, whole or not at all ('-' is stdout).")
@click.option("-O", "remote_name", is_flag=True, help="Save under the last name in the URL's path.")
@click.option("-I", "head", is_flag=True, help="Fetch and print the head only.")
@click.option("-i", "include", is_flag=True, help="Print the head before the body.")
@click.option("-X", "method", metavar="METHOD", help="Say METHOD instead of GET.")
@click.option("-d", "data", multiple=True, metavar="DATA", help="Send DATA (@FILE: what is in it) by POST.")
@click.option("--resume", is_flag=True, help="Continue where a download with -o or -O was cut.")
@click.option(
    "--segments",
    type=click.IntRange(1, 64),
    default=1,
    metavar="N",
    help="ftp: fetch one file in N parts at the same time.",
)
@ftp_options
@web_options
def command(urls: tuple[str, ...], web: WebOptions, ftp: FtpOptions, segments: int, **said: Any) -> int:
    """Fetch what each URL names. What a server answers goes to stdout, all else to stderr.

    An answer of 400 and more is printed, and gives the exit code 1; it is never saved. A file that is there already
    is replaced when the new one is whole. A name ends in '.part' until then, and --resume goes on from there.

    From ftp:// and ftps://, a path that ends in '/' is listed; *, ? and [...] stand for many files, which -O saves; and
    --recursive makes a folder here (-o names it) like the one there.
    """
    order = Order(**said)
    if only_ftp(urls):
        return _get_by_ftp(urls, order, web, ftp, segments)
    refuse_for_the_web(ftp)
    if segments > 1:
        raise not_built("--segments for http")
    return _get_by_http(urls, order, web)


def _get_by_http(urls: Sequence[str], order: Order, web: WebOptions) -> int:
    from portside.cli.web.getting import get

    return run_client(get(urls, order, web))


def _get_by_ftp(urls: Sequence[str], order: Order, web: WebOptions, ftp: FtpOptions, segments: int) -> int:
    from portside.cli.ftp.getting import Getting

    refuse_for_ftp(web, **{"-I": order.head, "-i": order.include, "-X": order.method, "-d": order.data})
    if order.output is not None and order.remote_name:
        raise UsageError("-o and -O each name a file; use one of them")
    if order.resume and not order.saves:
        raise UsageError("--resume continues a file; name it with -o or -O")
    if ftp.delete and not ftp.recursive:
        raise UsageError("--delete is for --recursive")
    if len(urls) > 1 and order.output not in (None, "-") and not Path(order.output or "").is_dir():
        raise UsageError("-o names one file, and there are several URLs; use -O, or name a folder")
    ftp = replace(ftp, connections=max(ftp.connections, segments))
    getting = Getting(
        web, ftp, output=order.output, remote_name=order.remote_name, resume=order.resume, segments=segments
    )
    return run_client(getting.all(parsed(urls)))
