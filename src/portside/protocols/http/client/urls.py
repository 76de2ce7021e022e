"""The URLs that a client is given, or led to: taken apart, made safe to send, and joined (RFC 3986, RFC 9110 §4.2).

People and servers write URLs that are not quite URLs. What browsers read without doubt is read here too: spaces and
letters beyond ASCII are percent-encoded, names in other scripts become their ASCII form (IDNA), a missing scheme is
``http``. What could break out of its place (a control character, a port of letters) is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv6Address
from urllib.parse import quote, unquote

from portside.errors import UsageError

LONGEST_URL = 64 * 1024
"""Characters; servers take far fewer, and whatever is longer is a mistake or an attack."""
DEFAULT_PORTS = {"http": 80, "https": 443}

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):(?![0-9]+(?:[/?#]|\Z))")
_PARTS = re.compile(r"(?://([^/?#\\]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL)
_HOST_PORT = re.compile(r"(\[[^\]]*\]|[^:\[\]]*)(?::([0-9]{0,5}))?")
_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9_\-.]*[a-z0-9_\-.])?")
_CONTROLS = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_PATH_SAFE = "!$%&'()*+,-./:;=@_~[]|^\\"
_QUERY_SAFE = "!$%&()*+,-./:;=?@_~[]|^\\`{}"


@dataclass(frozen=True, slots=True)
class Url:
    """Where something is. ``host`` is ASCII, in lower case, and without brackets; ``target`` is path and query.

    ``str`` gives the URL without the user's name and password, fit to be shown.
    """

    scheme: str
    host: str
    port: int
    target: str
    user: str = field(default="", repr=False)
    password: str | None = field(default=None, repr=False)
    fragment: str = ""

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port: who is asked, and who may be told secrets (RFC 6454)."""
        return (self.scheme, self.host, self.port)

    @property
    def path(self) -> str:
        """The path alone, percent-encoded."""
        return self.target.partition("?")[0]

    @property
    def authority(self) -> str:
        """Host and port as the Host field has them: a scheme's own port is left out."""
        host = f"[{self.host.partition('%')[0]}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS.get(self.scheme) else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"


@lru_cache(1024)
def parse_url(text: str) -> Url:
    """The URL in ``text``; ``http`` where no scheme is given. Raises ``UsageError``."""
    text = text.strip(" \t\r\n")
    if len(text) > LONGEST_URL:
        raise UsageError(f"a URL of {len(text):,} characters is too long")
    if _CONTROLS.search(text):
        raise UsageError(f"{_shown(text)} holds a control character, which no URL may")
    if not _SCHEME.match(text):
        text = f"http:{text}" if text.startswith("//") else f"http://{text}"
    scheme, _, rest = text.partition(":")
    scheme = scheme.lower()
    if scheme not in DEFAULT_PORTS:
        raise UsageError(f"{_shown(scheme)}: URLs are not known here; http and https are")
    parts = _PARTS.fullmatch(rest)
    if parts is None or not parts[1] or parts[2][:1] not in ("", "/"):
        raise UsageError(f"{_shown(text)} names no host")
    return _assemble(scheme, parts[1], parts[2], parts[3], parts[4])


def _assemble(scheme: str, authority: str, path: str, query: str | None, fragment: str | None) -> Url:
    userinfo, at, host_port = authority.rpartition("@")
    match = _HOST_PORT.fullmatch(host_port)
    if match is None or not match[1]:
        raise UsageError(f"{_shown(host_port)} is no host and port")
    port = int(match[2]) if match[2] else DEFAULT_PORTS[scheme]
    if not 0 < port < 65536:
        raise UsageError(f"there is no port {port}")
    user, colon, password = userinfo.partition(":")
    return Url(
        scheme=scheme,
        host=_host(match[1]),
        port=port,
        target=_target(path, query),
        user=unquote(user) if at else "",
        password=unquote(password) if colon else None,
        fragment=fragment or "",
    )


def _target(path: str, query: str | None) -> str:
    encoded = quote(_without_dots(path or "/"), safe=_PATH_SAFE, errors="surrogateescape")
    return encoded if query is None else f"{encoded}?{quote(query, safe=_QUERY_SAFE, errors='surrogateescape')}"


def _host(text: str) -> str:
    if text.startswith("["):
        return _ipv6(text[1:-1])
    host = unquote(text)
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            raise UsageError(f"{_shown(text)} is no host name that can be written in ASCII (IDNA)") from None
    host = host.lower()
    if not _NAME.fullmatch(host) or ".." in host or len(host) > 255:
        raise UsageError(f"{_shown(text)} is no host name")
    return host


def _ipv6(text: str) -> str:
    """The address; a zone may follow, as ``%25eth0`` (RFC 6874) or as people write it."""
    address, percent, zone = text.partition("%")
    zone = zone.removeprefix("25") if percent else ""
    try:
        IPv6Address(address)
    except ValueError:
        raise UsageError(f"[{_shown(text)}] is no IPv6 address") from None
    if percent and not re.fullmatch(r"[A-Za-z0-9._\-]{1,32}", zone):
        raise UsageError(f"[{_shown(text)}] has no proper zone")
    return f"{address.lower()}%{zone}" if zone else address.lower()


def _without_dots(path: str) -> str:
    """The path with ``.`` and ``..`` carried out (RFC 3986 §5.2.4)."""
    if "/." not in path:
        return path
    kept: list[str] = []
    names = path.split("/")[1:]
    for name in names:
        if name == "..":
            del kept[-1:]
        elif name != ".":
            kept.append(name)
    if names[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def join_url(base: Url, reference: str) -> Url:
    """Where ``reference`` leads, seen from ``base`` (RFC 3986 §5.2). Raises ``UsageError``.

    The fragment of ``base`` is kept where the reference has none (RFC 9110 §10.2.2), its user and password never.
    """
    reference = reference.strip(" \t")
    url = parse_url(_absolute(base, reference))
    if url.fragment or "#" in reference or not base.fragment:
        return url
    return Url(url.scheme, url.host, url.port, url.target, url.user, url.password, base.fragment)


def _absolute(base: Url, reference: str) -> str:
    if _SCHEME.match(reference):
        return reference
    if reference.startswith("//"):
        return f"{base.scheme}:{reference}"
    host = f"{base.scheme}://{base.authority}"
    if reference.startswith("/"):
        return host + reference
    if reference.startswith(("?", "#")) or not reference:
        kept = base.path if reference.startswith("?") else base.target
        return host + kept + reference
    return host + base.path.rpartition("/")[0] + "/" + reference


def _shown(text: str) -> str:
    """Some of ``text``, without a password that may stand in it, and with its control characters visible."""
    return ascii(re.sub(r"//[^/?#]*@", "//", text)[:100])
