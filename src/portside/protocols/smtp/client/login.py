"""How to come in at a server: as the settings say, the URL, or the netrc file."""

from __future__ import annotations

import re
import secrets
import socket
from collections.abc import Callable
from dataclasses import replace

from portside.accounts.netrc_file import account_in
from portside.interfaces import Address
from portside.protocols.smtp.client.settings import Settings
from portside.protocols.smtp.client.urls import SmtpUrl
from portside.protocols.smtp.rules.orders import Entry, Login, TlsUse

NONCE = 18
"""Random bytes of SCRAM's nonce: nobody guesses it, and nobody meets it twice (RFC 5802 §5.1)."""

_FULL_NAME = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")


def entry_of(url: SmtpUrl, settings: Settings) -> Entry:
    """How to enter at ``url``. Raises ``UsageError`` for a netrc file that cannot be used."""
    login = _login(url, settings)
    tls = _tls(url, settings, login)
    return Entry(
        server=str(url.address),
        helo=settings.helo or own_name(),
        tls=tls,
        login=login,
        lmtp=url.scheme == "lmtp",
        chunking=settings.chunking,
    )


def entry_by_route(address: Address, settings: Settings) -> Entry:
    """How to enter at a server that a domain's owner names: without a login, and by TLS where it is offered."""
    tls = settings.tls or TlsUse.OFFERED
    return Entry(str(address), helo=settings.helo or own_name(), tls=tls, chunking=settings.chunking)


def fresh(entry: Entry, binding: Callable[[], bytes]) -> Entry:
    """The same for one connection: with a nonce of its own, and with what its TLS ends at."""
    if entry.login is None:
        return entry
    return replace(entry, login=replace(entry.login, nonce=secrets.token_urlsafe(NONCE), binding=binding))


def own_name() -> str:
    """The machine's name, where it is a full one: a server may look it up."""
    name = socket.gethostname()
    return name.lower() if _FULL_NAME.fullmatch(name) else ""


def _login(url: SmtpUrl, settings: Settings) -> Login | None:
    user, password = _account(url, settings)
    if not user:
        return None
    return Login(user, password, settings.token, clear=url.near or settings.tls is TlsUse.OFF)


def _account(url: SmtpUrl, settings: Settings) -> tuple[str, str]:
    if settings.login is not None:
        return settings.login
    if url.password is not None or (url.user and settings.token):
        return url.user, url.password or ""
    known = account_in(settings.netrc, url.host, url.user) if settings.netrc is not None and url.host else None
    return known or (url.user, "")


def _tls(url: SmtpUrl, settings: Settings, login: Login | None) -> TlsUse:
    if url.scheme == "smtps":
        return TlsUse.IMPLICIT
    if settings.tls is not None:
        return settings.tls
    return TlsUse.REQUIRED if login is not None and not url.near else TlsUse.OFFERED
