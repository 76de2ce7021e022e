"""What a client of mail is told once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from portside.interfaces import Observer, Tap
from portside.mail.resolving import Resolver
from portside.protocols.smtp.rules.orders import TlsUse
from portside.protocols.smtp.rules.waits import ClientLimits
from portside.transport.connect import CONNECT_TIMEOUT
from portside.transport.dial import ClientTls

CONNECTIONS = 4
"""Connections with one server at the same time: enough to hide its disk, too few to look like an attack."""
MESSAGES = 1_000
"""Messages over one connection, after which it has had its share (LIMITS may say fewer, RFC 9422)."""

_log = logging.getLogger("portside.smtp")


@dataclass(frozen=True, slots=True)
class Settings:
    """A client of mail.

    - ``server``: a URL (``smtp://``, ``smtps://``, ``lmtp://``) to which all goes; "": those of each domain, by MX.
    - ``login``: user and password (None: those of the URL or the netrc file, else none); ``token``: of OAuth 2, instead
      of the password.
    - ``tls``: None means required with a login beyond loopback, else where offered. ``trust``: whom it believes; where
      TLS is only taken as offered and nobody logs in, certificates are not looked at: the alternative is none at all.
    - ``helo``: our own name ("": the machine's, where it has a domain, else our address).
    - ``connections``: with one server at the same time. ``messages``: over one connection.
    - ``chunking``: content goes by BDAT where it is offered. ``port``: of servers found by MX.
    - ``limits``: how long we wait for each answer; ``timeout`` caps them all (0: it does not). ``connect_timeout``: for
      resolving and connecting.
    - ``resolver``: asks the DNS (None: the system's servers).
    - ``warn`` is told, once each, what a person should know. ``observer`` and ``tap`` watch.
    """

    server: str = ""
    login: tuple[str, str] | None = field(default=None, repr=False)
    token: str = field(default="", repr=False)
    netrc: Path | None = None
    tls: TlsUse | None = None
    trust: ClientTls = field(default_factory=ClientTls)
    helo: str = ""
    connections: int = CONNECTIONS
    messages: int = MESSAGES
    chunking: bool = True
    port: int = 25
    limits: ClientLimits = field(default_factory=ClientLimits)
    timeout: float = 0.0
    connect_timeout: float = CONNECT_TIMEOUT
    resolver: Resolver | None = None
    warn: Callable[[str], object] = _log.warning
    observer: Observer | None = None
    tap: Tap | None = None
