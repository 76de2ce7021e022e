"""The client of the web that the options ask for."""

from __future__ import annotations

import os
from collections.abc import Mapping

from portside.accounts.netrc_file import netrc_file
from portside.cli import recording
from portside.cli.options import trust_of
from portside.cli.web.options import WebOptions, account
from portside.cli.web.transcript import Transcript
from portside.errors import UsageError
from portside.protocols.http.client.asks import DROPPED
from portside.protocols.http.client.proxies import proxies_of
from portside.protocols.http.client.settings import REDIRECTS, SILENCE, Settings
from portside.transport.connect import CONNECT_TIMEOUT


def settings_of(web: WebOptions, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of that client. Raises ``UsageError``."""
    trust = trust_of(web, ("http/1.1",))
    return Settings(
        timeout=SILENCE if web.timeout is None else web.timeout,
        connect_timeout=CONNECT_TIMEOUT if web.timeout is None else web.timeout,
        redirects=0 if web.no_redirects else REDIRECTS,
        retries=web.retries,
        login=account(web.user, environment) if web.user is not None else None,
        netrc=netrc_file(environment),
        tls=trust,
        proxies=proxies_of(environment),
        unix_socket=web.unix_socket,
        observer=Transcript() if web.verbose else None,
        tap=recording.client_tap("http"),
    )


def fields_of(web: WebOptions) -> list[tuple[str, str]]:
    """The fields of ``-H``. Raises ``UsageError``."""
    return [parse_field(line) for line in web.header]


def parse_field(line: str) -> tuple[str, str]:
    """``Name: value``; ``Name:`` takes a usual field away, ``Name;`` sends it empty. Raises ``UsageError``."""
    name, colon, value = line.partition(":")
    if not colon and line.endswith(";"):
        return line[:-1].strip(), ""
    if not colon or not name.strip():
        raise UsageError(f"-H {line!r}: write it as 'Name: value'")
    return name.strip(), value.strip() or DROPPED.decode()
