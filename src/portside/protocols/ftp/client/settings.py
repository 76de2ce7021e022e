"""What a client of FTP is told once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from portside.interfaces import Observer, Tap
from portside.protocols.ftp.rules.limits import SILENCE
from portside.protocols.ftp.rules.orders import TlsUse
from portside.transport.connect import CONNECT_TIMEOUT
from portside.transport.dial import ClientTls

CONNECTIONS = 4
"""Control connections for many files: servers often allow five to ten for one address."""

_log = logging.getLogger("portside.ftp")


@dataclass(frozen=True, slots=True)
class Settings:
    """A client of FTP.

    - ``login``: user and password (None: those in the URL or the netrc file, else anonymous); ``account``: for ACCT.
    - ``tls``: whether the control connection asks for TLS (``ftps://`` has it anyway); ``trust``: whom it believes.
    - ``active``: the server opens the data connections.
    - ``connections``: control connections at the same time, for many files or segments.
    - ``retries``: how often what a lost connection has cut is tried again; resumed where it was cut.
    - ``timeout``: seconds of silence that we wait for; ``connect_timeout``: resolving and connecting (0: no limit).
    - ``warn`` is told, once each, what a person should know, one line at a time.
    - ``observer`` and ``tap`` watch.
    """

    login: tuple[str, str] | None = field(default=None, repr=False)
    account: str = field(default="", repr=False)
    netrc: Path | None = None
    tls: TlsUse = TlsUse.OFFERED
    trust: ClientTls = field(default_factory=ClientTls)
    active: bool = False
    connections: int = CONNECTIONS
    retries: int = 0
    timeout: float = SILENCE
    connect_timeout: float = CONNECT_TIMEOUT
    warn: Callable[[str], object] = _log.warning
    observer: Observer | None = None
    tap: Tap | None = None
