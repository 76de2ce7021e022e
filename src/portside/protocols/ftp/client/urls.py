"""URLs of FTP: where a server is, who we are there, and which path is meant (RFC 1738 §3.2, RFC 3986).

A path begins in the folder where the login begins; one that begins with a second slash, or with ``%2F``, begins at the
root. ``*``, ``?`` and ``[...]`` stand for many names, unless they are percent-encoded. There is no query in these
URLs, and no fragment: ``?`` and ``#`` are part of names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from portside.errors import UsageError
from portside.interfaces import Address

LONGEST_URL = 64 * 1024
"""Characters; whatever is longer is a mistake or an attack."""
PORTS = {"ftp": 21, "ftps": 990}

_URL = re.compile(r"(ftps?)://([^/]*)(?:/(.*))?", re.IGNORECASE | re.DOTALL)
_PLACE = re.compile(r"(\[[^\]]+\]|[^:\[\]]+)(?::([0-9]{0,5}))?")
_TYPE = re.compile(r";type=(.)\Z", re.IGNORECASE | re.DOTALL)
_WILD = re.compile(r"[*?\[]")
_BREAKING = re.compile(r"[\r\n\0]")


@dataclass(frozen=True, slots=True)
class FtpUrl:
    """``path`` is decoded. ``pattern`` is the same as a pattern, where the URL has wildcards ("" where it has none).

    ``listing``: a folder is meant (the path ends in a slash, or is empty, or ``;type=d`` says so).
    """

    scheme: str
    host: str
    port: int
    path: str
    pattern: str = ""
    listing: bool = False
    user: str = field(default="", repr=False)
    password: str | None = field(default=None, repr=False)

    @property
    def address(self) -> Address:
        """Where the server listens."""
        return Address(self.host, self.port)

    @property
    def site(self) -> tuple[str, str, int, str]:
        """What URLs have in common that can go over the same connections."""
        return (self.scheme, self.host, self.port, self.user)

    @property
    def name(self) -> str:
        """The last name of the path."""
        return self.path.rstrip("/").rpartition("/")[2]

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}/{quote(self.path, safe='/*?[]!$&()+,;=:@~ ', errors='surrogateescape')}"


def is_ftp(text: str) -> bool:
    """Whether ``text`` is a URL of FTP."""
    return _URL.match(text.strip()) is not None


def parse_ftp_url(text: str) -> FtpUrl:
    """The URL in ``text``. Raises ``UsageError``."""
    found = _URL.fullmatch(text.strip(" \t\r\n"))
    if found is None or len(text) > LONGEST_URL:
        raise UsageError(f"{_shown(text)} is no URL of ftp or ftps")
    scheme = found[1].lower()
    account, at, place = found[2].rpartition("@")
    user, colon, password = account.partition(":")
    path, kind = _typed(found[3] or "")
    host, port = _place(place, scheme, text)
    return FtpUrl(
        scheme=scheme,
        host=host,
        port=port,
        path=_decoded(path),
        pattern=_pattern(path) if _WILD.search(path) else "",
        listing=kind == "d" or not path or path.endswith("/"),
        user=_decoded(user) if at else "",
        password=_decoded(password) if colon else None,
    )


def _typed(path: str) -> tuple[str, str]:
    found = _TYPE.search(path)
    if found is None:
        return path, ""
    kind = found[1].lower()
    if kind not in ("i", "d"):
        raise UsageError(f";type={kind}: files are fetched as they are (i), or listed (d)")
    return path[: found.start()], kind


def _place(place: str, scheme: str, text: str) -> tuple[str, int]:
    found = _PLACE.fullmatch(place)
    if found is None:
        raise UsageError(f"{_shown(text)} names no host")
    port = int(found[2]) if found[2] else PORTS[scheme]
    if not 0 < port < 65536:
        raise UsageError(f"there is no port {port}")
    host = _decoded(found[1].strip("[]")).lower()
    if not host.isprintable() or any(each in host for each in " /@"):
        raise UsageError(f"{_shown(text)} names no host")
    return host, port


def _decoded(text: str) -> str:
    plain = unquote(text, errors="surrogateescape")
    if _BREAKING.search(plain):
        raise UsageError(f"{_shown(text)}: a line break or a NUL is in no name that FTP can say")
    return plain


def _pattern(path: str) -> str:
    """The path as a pattern in which what was percent-encoded stands for itself."""
    pieces = re.split(r"((?:%[0-9A-Fa-f]{2})+)", path)
    return "".join(_literal(_decoded(piece)) if odd % 2 else piece for odd, piece in enumerate(pieces))


def _literal(text: str) -> str:
    return _WILD.sub(lambda found: f"[{found[0]}]", text)


def _shown(text: str) -> str:
    """Some of ``text``, without a password that may stand in it, and with its control characters visible."""
    return ascii(re.sub(r"//[^/]*@", "//", text)[:100])
