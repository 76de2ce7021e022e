"""Cookies: Set-Cookie, Cookie, and the jar between them (RFC 6265, with the prefixes of its successor).

The client's half: what a server may set, where it goes back, how long it stays. Time is an argument (seconds since
the epoch). A cookie that is malformed, or that may not be set from where it came, is dropped without an error, as
the RFC wants it.

Limits that are known: of the public suffixes only those of one label are told (``com``, not ``co.uk``), so two
registrants below ``co.uk`` could share a cookie; SameSite is read and kept, though a client without pages has no sites
to tell apart; a cookie without a name is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from portside.errors import LocalError
from portside.protocols.http.syntax.dates import seconds_of

MAX_SIZE = 4096
"""Octets of name and value together (RFC 6265 §6.1)."""
MAX_ATTRIBUTE = 1024
"""Octets of an attribute's value; a longer one is left out."""
MAX_PER_DOMAIN = 50
"""Cookies of one domain; the oldest go first (RFC 6265 §6.1)."""
MAX_COOKIES = 3000
"""Cookies in all (RFC 6265 §6.1)."""
MAX_FIELD = 8000
"""Octets of a Cookie field: servers refuse a longer line, and hostile neighbours could make it so."""
LONGEST_LIFE = 400 * 86400.0
"""Seconds that a cookie lives at most, whatever it asks for."""

_has_control = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]").search
_is_age = re.compile(rb"-?[0-9]+").fullmatch
_is_sendable = re.compile(rb"[\t \x21-\x3a\x3c-\x7e\x80-\xff]*").fullmatch
_is_domain = re.compile(r"[a-z0-9_\-]+(?:\.[a-z0-9_\-]+)*").fullmatch
_is_ipv4 = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}").fullmatch

_date_tokens = re.compile(rb"[0-9A-Za-z:\x00-\x08\x0a-\x1f\x7f-\xff]+").findall
_time = re.compile(rb"([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[^0-9].*)?", re.DOTALL).fullmatch
_day_of_month = re.compile(rb"([0-9]{1,2})(?:[^0-9].*)?", re.DOTALL).fullmatch
_year = re.compile(rb"([0-9]{2,4})(?:[^0-9].*)?", re.DOTALL).fullmatch
_MONTHS = (b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request goes, and whether by TLS: a host in lower case (IPv6 without brackets), a path without query."""

    host: str
    path: str = "/"
    secure: bool = False

    @property
    def trusted(self) -> bool:
        """Whether nobody listens on the way: TLS, or this very machine, as browsers see it too."""
        return self.secure or is_loopback(self.host)


@dataclass(frozen=True, slots=True)
class SetCookie:
    """What a Set-Cookie field says, before anybody asked whether it may."""

    name: bytes
    value: bytes
    expires: float | None = None
    max_age: float | None = None
    domain: str = ""
    path: str = ""
    secure: bool = False
    http_only: bool = False
    same_site: str = ""


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie as a jar keeps it. ``expires`` is None for one that ends with the session."""

    name: bytes
    value: bytes
    domain: str
    path: str
    host_only: bool
    secure: bool
    http_only: bool
    same_site: str
    expires: float | None
    created: float

    def is_expired(self, now: float) -> bool:
        return self.expires is not None and self.expires <= now


# --------------------------------------------------------------------------------------------------- fields


def parse_set_cookie(value: bytes) -> SetCookie | None:
    """What one Set-Cookie field says (RFC 6265 §5.2); None if it has no name, a control or is too long."""
    pair, *attributes = value.split(b";")
    name, equals, content = pair.partition(b"=")
    name, content = name.strip(b" \t"), content.strip(b" \t")
    if _has_control(value) or not equals or not name or len(name) + len(content) > MAX_SIZE:
        return None
    said: dict[bytes, bytes] = {}
    for attribute in attributes:
        key, _, text = attribute.partition(b"=")
        if len(text) <= MAX_ATTRIBUTE:
            said[key.strip(b" \t").lower()] = text.strip(b" \t")  # the last of a kind counts (§5.3)
    path = said.get(b"path", b"")
    return SetCookie(
        name,
        content,
        parse_cookie_date(said[b"expires"]) if b"expires" in said else None,
        _max_age(said.get(b"max-age", b"")),
        said.get(b"domain", b"").removeprefix(b".").lower().decode("latin-1"),
        path.decode("latin-1") if path.startswith(b"/") else "",
        b"secure" in said,
        b"httponly" in said,
        said.get(b"samesite", b"").lower().decode("latin-1"),
    )


def _max_age(text: bytes) -> float | None:
    if not _is_age(text):
        return None
    # Ten digits are three centuries, more than the longest life; int() itself refuses thousands of them.
    return float(int(text.lstrip(b"0")[:10] or b"0")) if text[0] != 0x2D else -1.0


def parse_cookie_date(value: bytes) -> float | None:
    """Seconds since the epoch of an Expires attribute, which is read more kindly than other dates (RFC 6265 §5.1.1)."""
    clock = day = month = year = None
    for token in _date_tokens(value):
        if clock is None and (match := _time(token)):
            clock = tuple(map(int, match.groups()))
        elif day is None and (match := _day_of_month(token)):
            day = int(match[1])
        elif month is None and token[:3].lower() in _MONTHS:
            month = _MONTHS.index(token[:3].lower()) + 1
        elif year is None and (match := _year(token)):
            year = _full_year(int(match[1]))
    if clock is None or day is None or month is None or year is None:
        return None
    hour, minute, second = clock
    if hour > 23 or minute > 59 or second > 59 or year < 1601:
        return None
    return seconds_of(year, month, day, hour * 3600 + minute * 60 + second)


def _full_year(year: int) -> int:
    if 70 <= year <= 99:
        return year + 1900
    return year + 2000 if year < 70 else year


def parse_cookies(value: bytes) -> list[tuple[bytes, bytes]]:
    """The names and values of a Cookie field, in order; what is no pair is left out."""
    pairs = (piece.partition(b"=") for piece in value.split(b";"))
    return [(name.strip(b" \t"), text.strip(b" \t")) for name, equals, text in pairs if equals and name.strip(b" \t")]


def serialise_cookies(pairs: Iterable[tuple[bytes, bytes]]) -> bytes:
    """``a=1; b=2``, the value of Cookie. Raises LocalError for what would break the field or hide another cookie."""
    written = []
    for name, value in pairs:
        if not name or b"=" in name or not _is_sendable(name) or not _is_sendable(value):
            raise LocalError(f"the cookie {name!r} cannot be written")
        written.append(name + b"=" + value)
    return b"; ".join(written)


# ------------------------------------------------------------------------------------------------- matching


def is_address(host: str) -> bool:
    """Whether a host is an IP address, which has no domain above it."""
    return ":" in host or _is_ipv4(host) is not None


def is_loopback(host: str) -> bool:
    """Whether a host is this machine by its very name: localhost, below it, 127/8 or ::1."""
    return host in ("localhost", "::1") or host.endswith(".localhost") or (is_address(host) and host.startswith("127."))


def domain_matches(host: str, domain: str) -> bool:
    """Whether ``host`` is ``domain`` or lies below it (RFC 6265 §5.1.3); both in lower case."""
    return host == domain or (host.endswith("." + domain) and not is_address(host))


def path_matches(path: str, cookie_path: str) -> bool:
    """Whether ``path`` is ``cookie_path`` or lies below it (RFC 6265 §5.1.4)."""
    return path == cookie_path or (
        path.startswith(cookie_path) and (cookie_path.endswith("/") or path[len(cookie_path)] == "/")
    )


def default_path(path: str) -> str:
    """Where a cookie without a Path goes back: the folder of the request's path (RFC 6265 §5.1.4)."""
    folder = path.rpartition("/")[0]
    return folder if folder.startswith("/") else "/"


def accept_cookie(said: SetCookie, origin: Origin, now: float) -> Cookie | None:
    """The cookie, if ``origin`` may set it (RFC 6265 §5.3); one that is to be deleted comes out expired."""
    domain = said.domain
    if domain not in ("", origin.host) and not _may_be_shared(origin.host, domain):
        return None
    host_only = not domain or is_address(origin.host) or "." not in domain
    if not _keeps_prefix(said, origin) or (said.secure and not origin.trusted):
        return None
    lasting = said.max_age is not None or said.expires is not None
    ends = now + said.max_age if said.max_age is not None else said.expires or 0.0
    return Cookie(
        said.name,
        said.value,
        origin.host if host_only else domain,
        said.path or default_path(origin.path),
        host_only,
        said.secure,
        said.http_only,
        said.same_site,
        min(ends, now + LONGEST_LIFE) if lasting else None,
        now,
    )


def _may_be_shared(host: str, domain: str) -> bool:
    # A domain of one label would be a public suffix, which everyone below it would share.
    return "." in domain and _is_domain(domain) is not None and domain_matches(host, domain)


def _keeps_prefix(said: SetCookie, origin: Origin) -> bool:
    name = said.name.lower()
    if name.startswith(b"__secure-"):
        return said.secure and origin.trusted
    if name.startswith(b"__host-"):
        return said.secure and origin.trusted and not said.domain and said.path == "/"
    return True


# ------------------------------------------------------------------------------------------------ the jar

_Key = tuple[bytes, str, bool]


class Jar:
    """Cookies of many hosts, bounded by ``MAX_PER_DOMAIN`` and ``MAX_COOKIES``. Lives as long as its owner."""

    def __init__(self) -> None:
        self._domains: dict[str, dict[_Key, Cookie]] = {}
        self._order: dict[tuple[str, _Key], None] = {}  # which was set longest ago stands first

    def __len__(self) -> int:
        return len(self._order)

    def store(self, origin: Origin, values: Iterable[bytes], now: float) -> None:
        """Take the Set-Cookie fields of one response (``headers.all(b"set-cookie")``)."""
        for value in values:
            said = parse_set_cookie(value)
            cookie = accept_cookie(said, origin, now) if said else None
            if cookie and (origin.trusted or not self._hides_secure(cookie)):
                self._put(cookie, now)

    def matching(self, origin: Origin, now: float) -> bytes | None:
        """The Cookie field for a request, None where there is nothing to send (RFC 6265 §5.4)."""
        found = [
            cookie
            for domain in _above(origin.host)
            for cookie in self._domains.get(domain, {}).values()
            if _goes_to(cookie, origin) and not cookie.is_expired(now)
        ]
        found.sort(key=lambda cookie: (-len(cookie.path), cookie.created))
        return serialise_cookies(_fitting(found)) or None

    def _hides_secure(self, cookie: Cookie) -> bool:
        """Whether a cookie from a bare connection would stand in for one that came by TLS."""
        return any(
            known.secure and known.name == cookie.name and path_matches(cookie.path, known.path)
            for domain, cookies in self._domains.items()
            if domain_matches(domain, cookie.domain) or domain_matches(cookie.domain, domain)
            for known in cookies.values()
        )

    def _put(self, cookie: Cookie, now: float) -> None:
        key = (cookie.name, cookie.path, cookie.host_only)
        known = self._domains.get(cookie.domain, {}).get(key)
        if known:
            self._drop(known)
        if cookie.is_expired(now):
            return
        self._make_room(cookie.domain, now)
        # One that is set anew keeps its place among those that are sent (§5.3, step 11).
        kept = replace(cookie, created=known.created) if known else cookie
        self._domains.setdefault(cookie.domain, {})[key] = kept
        self._order[cookie.domain, key] = None

    def _make_room(self, domain: str, now: float) -> None:
        cookies = self._domains.get(domain, {})
        if len(self) >= MAX_COOKIES or len(cookies) >= MAX_PER_DOMAIN:
            self._drop_expired(now)
        if len(cookies) >= MAX_PER_DOMAIN:
            self._drop(next(iter(cookies.values())))
        if len(self) >= MAX_COOKIES:
            oldest, key = next(iter(self._order))
            self._drop(self._domains[oldest][key])

    def _drop_expired(self, now: float) -> None:
        every = [cookie for cookies in self._domains.values() for cookie in cookies.values()]
        for cookie in every:
            if cookie.is_expired(now):
                self._drop(cookie)

    def _drop(self, cookie: Cookie) -> None:
        key = (cookie.name, cookie.path, cookie.host_only)
        cookies = self._domains[cookie.domain]
        del cookies[key], self._order[cookie.domain, key]
        if not cookies:
            del self._domains[cookie.domain]


def _above(host: str) -> list[str]:
    """The domains whose cookies ``host`` might get: itself and what is above it."""
    if is_address(host):
        return [host]
    labels = host.split(".")
    return [".".join(labels[place:]) for place in range(len(labels))]


def _goes_to(cookie: Cookie, origin: Origin) -> bool:
    if cookie.secure and not origin.trusted:
        return False
    if cookie.host_only and cookie.domain != origin.host:
        return False
    return path_matches(origin.path, cookie.path)


def _fitting(cookies: Iterable[Cookie]) -> list[tuple[bytes, bytes]]:
    """As many as fit into one field, in order."""
    fitting: list[tuple[bytes, bytes]] = []
    length = 0
    for cookie in cookies:
        length += len(cookie.name) + len(cookie.value) + len(b"=; ")
        if length > MAX_FIELD:
            break
        fitting.append((cookie.name, cookie.value))
    return fitting
