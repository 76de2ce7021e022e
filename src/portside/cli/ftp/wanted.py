"""What the options of ``get`` and ``put`` come to where the URLs are those of FTP."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click

from portside.accounts.netrc_file import netrc_file
from portside.cli import recording
from portside.cli.options import gathered, trust_of
from portside.cli.screen import warn
from portside.cli.web.options import WebOptions, account
from portside.errors import UsageError
from portside.interfaces import Observer
from portside.protocols.ftp.client.settings import CONNECTIONS, Settings
from portside.protocols.ftp.client.urls import FtpUrl, is_ftp, parse_ftp_url
from portside.protocols.ftp.rules.orders import TlsUse
from portside.syntax.hosts import is_loopback
from portside.transport.connect import CONNECT_TIMEOUT


@dataclass(frozen=True, slots=True)
class FtpOptions:
    """What was said for FTP alone."""

    recursive: bool = False
    delete: bool = False
    connections: int = CONNECTIONS
    active: bool = False
    starttls: str = TlsUse.OFFERED.value

    @property
    def said(self) -> list[str]:
        """The options that were used: they mean nothing for other URLs."""
        plain = FtpOptions()
        return [f"--{name}" for name in self.__slots__ if getattr(self, name) != getattr(plain, name)]


OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option("-r", "--recursive", is_flag=True, help="ftp: a folder and all in it; only what has changed moves."),
    click.option("--delete", is_flag=True, help="ftp, with --recursive: what the source does not have goes."),
    click.option("--connections", type=click.IntRange(1, 64), default=CONNECTIONS, metavar="N",
                 help=f"ftp: so many connections share the work ({CONNECTIONS})."),
    click.option("--active", is_flag=True, help="ftp: the server opens the data connections, to us."),
    click.option("--starttls", type=click.Choice([use.value for use in TlsUse if use is not TlsUse.IMPLICIT]),
                 default=TlsUse.OFFERED.value,
                 help="ftp: no TLS, TLS where the server offers it (default), TLS or nothing."),
)  # fmt: skip
ftp_options = gathered("ftp", FtpOptions, OPTIONS)
"""Adds ``OPTIONS``; the command gets them as one argument ``ftp``."""


def only_ftp(urls: Sequence[str]) -> bool:
    """Whether all ``urls`` are those of FTP. Raises ``UsageError`` where only some are."""
    kinds = {is_ftp(url) for url in urls}
    if len(kinds) == 2:
        raise UsageError("URLs of FTP and of the web are fetched by a command each")
    return kinds == {True}


def refuse_for_the_web(ftp: FtpOptions) -> None:
    """Raise ``UsageError`` where something was said that only FTP knows."""
    if ftp.said:
        raise UsageError(f"{ftp.said[0]} is for ftp:// and ftps:// only")


def refuse_for_ftp(web: WebOptions, **others: object) -> None:
    """Raise ``UsageError`` where something was said that FTP knows nothing of; ``others`` are options by name."""
    said = {"-H": web.header, "--no-redirects": web.no_redirects, "--unix-socket": web.unix_socket, **others}
    for name, value in said.items():
        if value:
            raise UsageError(f"{name} means nothing for ftp:// and ftps://")


def settings(url: FtpUrl, web: WebOptions, ftp: FtpOptions, environment: Mapping[str, str] = os.environ) -> Settings:
    """The client that was asked for. Raises ``UsageError``."""
    trust = trust_of(web)
    use = TlsUse(ftp.starttls)
    login = account(web.user, environment) if web.user is not None else _of_url(url, environment)
    if login is not None and use is not TlsUse.REQUIRED and url.scheme == "ftp" and not _near(url.host):
        warn("a password goes in the clear where the server, or somebody on the way, offers no TLS: --starttls require")
    return Settings(
        login=login,
        netrc=netrc_file(environment),
        tls=use,
        trust=trust,
        active=ftp.active,
        connections=ftp.connections,
        retries=web.retries,
        timeout=Settings().timeout if web.timeout is None else web.timeout,
        connect_timeout=CONNECT_TIMEOUT if web.timeout is None else web.timeout,
        warn=warn,
        observer=_transcript() if web.verbose else None,
        tap=recording.client_tap("ftp"),
    )


def _transcript() -> Observer:
    from portside.cli.ftp.transcript import Transcript  # few want one, and it knows all that FTP says

    return Transcript()


def _of_url(url: FtpUrl, environment: Mapping[str, str]) -> tuple[str, str] | None:
    """A user in the URL without a password may have it in the environment."""
    if not url.user or url.password is not None or not environment.get("PORTSIDE_PASSWORD"):
        return None
    return account(url.user, environment)


def _near(host: str) -> bool:
    return host == "localhost" or is_loopback(host)


def parsed(urls: Sequence[str]) -> list[FtpUrl]:
    """All of ``urls``. Raises ``UsageError``."""
    return [parse_ftp_url(url) for url in urls]
