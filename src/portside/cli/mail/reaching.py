"""The client of mail that the options ask for."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from portside.accounts.netrc_file import account_in, netrc_file
from portside.cli import recording
from portside.cli.kinds import PASSWORD
from portside.cli.mail.options import MailOptions
from portside.cli.options import Trusting, trust_of
from portside.cli.screen import warn
from portside.cli.web.options import account
from portside.errors import UsageError
from portside.interfaces import Address, Observer
from portside.mail.resolving import Resolver
from portside.protocols.smtp.client.settings import MESSAGES, Settings
from portside.protocols.smtp.client.urls import SmtpUrl, parse_smtp_url
from portside.protocols.smtp.rules.orders import TlsUse
from portside.transport.dns import LIFETIME, DnsResolver

DNS_PORT = 53


def settings_of(
    url: str, mail: MailOptions, environment: Mapping[str, str] = os.environ, observer: Observer | None = None
) -> Settings:
    """The settings of that client; ``observer`` watches where ``-v`` does not. Raises ``UsageError``."""
    settings = client_settings(mail, environment, observer)
    place = _place(url, mail)
    if place is None and (mail.user is not None or mail.lmtp):
        raise UsageError("--user and --lmtp are for one server: name its URL")
    login = _login(place, mail, environment)
    if login is not None and settings.tls is TlsUse.OFF and place is not None and not place.near:
        warn("the password goes to the server in the clear, where everybody on the way can read it")
    return replace(
        settings,
        server="" if place is None else _url(place),
        login=None if login is None else (login[0], "" if mail.oauth else login[1]),
        token=login[1] if login is not None and mail.oauth else "",
        helo=mail.helo,
        connections=mail.connections,
        messages=mail.messages or MESSAGES,
        chunking=mail.chunking,
    )


class Reaching(Trusting, Protocol):
    """Options that were gathered, ``SERVERS`` of ``options`` and those of trust among them."""

    @property
    def starttls(self) -> str | None: ...

    @property
    def mx_port(self) -> int: ...

    @property
    def dns(self) -> tuple[str, ...]: ...

    @property
    def timeout(self) -> float | None: ...

    @property
    def verbose(self) -> bool: ...


def client_settings(said: Reaching, environment: Mapping[str, str], observer: Observer | None = None) -> Settings:
    """What every client of mail is told; ``observer`` watches where ``-v`` does not. Raises ``UsageError``."""
    settings = Settings(
        netrc=netrc_file(environment),
        tls=TlsUse(said.starttls) if said.starttls is not None else None,
        trust=trust_of(said),
        port=said.mx_port,
        timeout=said.timeout or 0.0,
        resolver=_resolver(said.dns, said.timeout),
        warn=warn,
        observer=_transcript() if said.verbose else observer,
        tap=recording.client_tap("smtp"),
    )
    return settings if said.timeout is None else replace(settings, connect_timeout=said.timeout)


def _transcript() -> Observer:
    from portside.cli.mail.transcript import Transcript  # few want one, and it knows where a content ends

    return Transcript()


def _place(url: str, mail: MailOptions) -> SmtpUrl | None:
    if not url:
        return None
    place = parse_smtp_url(url)
    return replace(place, scheme="lmtp") if mail.lmtp else place


def _url(place: SmtpUrl) -> str:
    """The URL as the settings take it: the login stands beside it."""
    return str(replace(place, user="", password=None))


def _login(place: SmtpUrl | None, mail: MailOptions, environment: Mapping[str, str]) -> tuple[str, str] | None:
    if mail.user is not None:
        return account(mail.user, environment)
    if place is None or not place.user:
        return None
    if place.password is not None:
        return place.user, place.password
    known = account_in(netrc_file(environment), place.host, place.user) if not environment.get(PASSWORD) else None
    return known or account(place.user, environment)


def _resolver(servers: Sequence[str], timeout: float | None) -> Resolver | None:
    """Who asks those name servers (``HOST[:PORT]``; none: the system's), and waits ``timeout`` seconds for an answer.

    None where nothing is said: the client asks in its own way. Raises ``UsageError``.
    """
    if not servers and timeout is None:
        return None
    return DnsResolver([_server(text) for text in servers], lifetime=LIFETIME if timeout is None else timeout)


def _server(text: str) -> Address:
    """``HOST`` or ``HOST:PORT``, numeric. Raises ``UsageError``."""
    host, colon, port = text.rpartition(":") if text.count(":") == 1 or text.startswith("[") else (text, "", "")
    if text.endswith("]") or not colon:
        host, port = text, str(DNS_PORT)
    if not (port.isascii() and port.isdecimal() and len(port) <= 5 and 0 < int(port) < 65536):
        raise UsageError(f"--dns {text}: write HOST or HOST:PORT")
    return Address(host.strip("[]"), int(port))
