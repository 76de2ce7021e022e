"""URLs of mail's servers: ``smtp://``, ``smtps://`` (TLS from the first byte), ``lmtp://``, and Unix sockets."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import unquote

from portside.errors import UsageError
from portside.interfaces import Address
from portside.syntax.hosts import is_loopback

LONGEST_URL = 64 * 1024
"""Characters; whatever is longer is a mistake or an attack."""
PORTS = {"smtp": 25, "smtps": 465, "lmtp": 24}

_URL = re.compile(
    r"(smtps?|lmtp)://(?:([^/@]*)@)?(?:unix:(/[^:]*):?|(\[[^\]/]+\]|[^:/\[\]]+)(?::([0-9]{1,5}))?)/?", re.I
)


@dataclass(frozen=True, slots=True)
class SmtpUrl:
    """Where a server is, and who we are there. ``path`` is that of a Unix socket, which has neither host nor port."""

    scheme: str
    host: str
    port: int
    path: str = ""
    user: str = field(default="", repr=False)
    password: str | None = field(default=None, repr=False)

    @property
    def address(self) -> Address:
        """Where the server listens."""
        return Address(self.host, 0 if self.path else self.port, self.path)

    @property
    def near(self) -> bool:
        """Whether what is said never leaves this machine."""
        return bool(self.path) or self.host == "localhost" or is_loopback(self.host)

    def __str__(self) -> str:
        where = f"unix:{self.path}:" if self.path else str(Address(self.host, self.port))
        return f"{self.scheme}://{where}/"


def is_smtp(text: str) -> bool:
    """Whether ``text`` begins as a URL of mail does."""
    return re.match(r"(?:smtps?|lmtp)://", text.strip(), re.IGNORECASE) is not None


def parse_smtp_url(text: str) -> SmtpUrl:
    """The URL in ``text``. Raises ``UsageError``."""
    found = _URL.fullmatch(text.strip(" \t\r\n")) if len(text) <= LONGEST_URL else None
    if found is None:
        raise UsageError(f"{_shown(text)} is no URL of smtp, smtps or lmtp: smtp://HOST:PORT")
    scheme = found[1].lower()
    user, colon, password = (found[2] or "").partition(":")
    port = int(found[5]) if found[5] else PORTS[scheme]
    if not 0 < port < 65536:
        raise UsageError(f"there is no port {port}")
    host = _decoded((found[4] or "").strip("[]"), text).lower()
    if not host.isprintable() or " " in host:
        raise UsageError(f"{_shown(text)} names no host")
    return SmtpUrl(
        scheme=scheme,
        host=host,
        port=0 if found[3] else port,
        path=_decoded(found[3] or "", text),
        user=_decoded(user, text),
        password=_decoded(password, text) if colon else None,
    )


def _decoded(part: str, text: str) -> str:
    plain = unquote(part)
    if not plain.isprintable():
        raise UsageError(f"{_shown(text)} holds control characters")
    return plain


def _shown(text: str) -> str:
    """Some of ``text``, without a password that may stand in it, and with its control characters visible."""
    return ascii(re.sub(r"//[^/]*@", "//", text)[:100])
