"""Request targets, authorities and paths (RFC 9112 §3.2, RFC 3986). Here climbing out of a folder ends.

``parse_target`` takes a target apart, ``segments`` turns its path into names, ``encode_path`` writes names as the
one canonical path. Whoever opens a file gets names from ``segments`` and from nowhere else (a name that came another
way, such as an uploaded file's, goes through ``check_name``).

How a path becomes names, and what was decided about each trick:

- it is split at ``/`` first, and each segment percent-decoded exactly once. ``%252e%252e`` is therefore the harmless
  name ``%2e%2e``, and a half escape (``%``, ``%2``, ``%u002e``) is refused;
- octets that are not UTF-8 stay what they are, as ``surrogateescape`` keeps them: a name in Latin-1 can be
  served, and an overlong ``%c0%ae`` is two odd octets, never a dot;
- nothing is normalised: fullwidth dots and slashes and the like are letters as others are;
- ``/`` and ``\\`` inside a segment, NUL and all other controls (also C1, which terminals obey) are refused;
- ``.`` and ``..`` are refused wherever they stand, not resolved: a client resolves them before it asks (RFC 3986
  §5.2.4). So are segments of nothing but dots and spaces (``...``, ``.. ``), which some systems read as those
  two, and either with parameters (``..;a=b``), which some servers behind a proxy cut off;
- empty segments fall away (``//a///b`` is ``/a/b``), and a canonical path never begins with two slashes, so that no
  redirect can be read as leading to another host;
- a drive (``c:``, ``c:x``) and a stream of NTFS (``x::$DATA``) are refused, since no web page is called that. Device
  names (``con``, ``aux.c``) and trailing dots (``Inc.``) stay: they are honest names where Portside runs (POSIX),
  and a server opens regular files only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from portside.errors import LocalError, RemoteError

MAX_NAME = 255
"""Octets in one name: no file system that we serve from has longer ones."""
MAX_HOST = 255
"""Octets in a host name (RFC 1035 §2.3.4)."""

_is_path = re.compile(r"/[\x21\x22\x24-\x3e\x40-\x5b\x5d-\x7e]*").fullmatch
_is_query = re.compile(r"[\x21\x22\x24-\x7e]*").fullmatch
_absolute = re.compile(r"(https?)://([^/?#]*)([^?#]*)(?:\?(.*))?", re.IGNORECASE).fullmatch
_authority = re.compile(r"(?:([A-Za-z0-9._~\-]+)|\[([0-9A-Fa-f:.]+)\])(?::([0-9]{0,5}))?").fullmatch
_decimal = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_is_ipv4 = re.compile(rf"{_decimal}(?:\.{_decimal}){{3}}").fullmatch
_is_group = re.compile(r"[0-9a-f]{1,4}").fullmatch

_is_plain = re.compile(r"(?:/[A-Za-z0-9_~\-][A-Za-z0-9._~\-]*)*/?").fullmatch
_half_escape = re.compile(rb"%(?![0-9A-Fa-f]{2})").search
_escape = re.compile(rb"%([0-9A-Fa-f]{2})")
_forbidden = re.compile(r"[\x00-\x1f\x7f-\x9f/\\]").search
_climbing = re.compile(r"[. ]+(?:;.*)?", re.DOTALL).fullmatch
_alien = re.compile(r"\A[A-Za-z]:|::\$").search

_UNRESERVED = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
# Of pchar, ":" is left out (`a:b` would be a scheme in a relative reference), and what HTML or a shell might quote.
_WRITTEN = tuple(chr(octet) if octet in _UNRESERVED + b"!$*+,;=@" else f"%{octet:02X}" for octet in range(256))


class Form(Enum):
    """The four forms of a request target (RFC 9112 §3.2)."""

    ORIGIN = "origin"
    ABSOLUTE = "absolute"
    AUTHORITY = "authority"
    ASTERISK = "asterisk"


@dataclass(frozen=True, slots=True)
class Authority:
    """A host in lower case (an IPv6 address without its brackets) and a port, None where none is given."""

    host: str
    port: int | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """What a request is about. ``path`` and ``query`` are as written, still percent-encoded.

    ``path`` is ``*`` in the asterisk form and empty in the authority form; ``query`` is None where no ``?`` stands;
    ``scheme`` (lower case) and ``authority`` are those of the absolute form.
    """

    form: Form
    path: str
    query: str | None = None
    scheme: str = ""
    authority: Authority | None = None


# -------------------------------------------------------------------------------------------------- targets


def parse_target(target: str, method: str = "GET") -> Target:
    """Take a request target apart (RFC 9112 §3.2). Raises RemoteError (400) for what is none.

    Path and query are visible ASCII without ``#``, the path also without ``\\`` (browsers write ``/`` for it).
    Absolute form is for http and https, without user information (RFC 9110 §4.2.4). CONNECT takes the authority
    form with a port and nothing else, and ``*`` belongs to OPTIONS.
    """
    if method == "CONNECT":
        return _authority_form(target)
    if target[:1] == "/":
        path, mark, query = target.partition("?")
        return _checked(Target(Form.ORIGIN, path, query if mark else None))
    if target == "*" and method == "OPTIONS":
        return Target(Form.ASTERISK, "*")
    return _absolute_form(target, method)


def _authority_form(target: str) -> Target:
    authority = parse_authority(target)
    if authority.port is None:
        raise RemoteError("CONNECT needs a host and a port", 400)
    return Target(Form.AUTHORITY, "", authority=authority)


def _absolute_form(target: str, method: str) -> Target:
    match = _absolute(target)
    if match is None:
        raise RemoteError("the request target is neither a path nor a URL of http or https", 400)
    scheme, authority, path, query = match[1].lower(), parse_authority(match[2]), match[3], match[4]
    if not path and query is None and method == "OPTIONS":  # §3.2.4: this is what "*" looks like to a proxy
        return Target(Form.ABSOLUTE, "*", None, scheme, authority)
    return _checked(Target(Form.ABSOLUTE, path or "/", query, scheme, authority))


def _checked(target: Target) -> Target:
    if not _is_path(target.path) or (target.query and not _is_query(target.query)):
        raise RemoteError("the request target holds a character that must be percent-encoded", 400)
    return target


def serialise_target(target: Target) -> str:
    """The target as it stands in a request line."""
    authority = serialise_authority(target.authority) if target.authority else ""
    if target.form is Form.AUTHORITY:
        return authority
    path = target.path if target.query is None else f"{target.path}?{target.query}"
    if target.form is not Form.ABSOLUTE:
        return path
    return f"{target.scheme}://{authority}{'' if path == '*' else path}"


# ---------------------------------------------------------------------------------------------- authorities


def parse_authority(value: str) -> Authority:
    """``host``, ``host:port``, ``[v6]:port``: the value of Host, or the target of CONNECT (RFC 3986 §3.2).

    A host is a name of letters, digits, ``-``, ``.``, ``_`` and ``~`` (IDNA writes all others so), an IPv4 address,
    or an IPv6 address in brackets without a zone. A port is 1 to 65535, and an empty one is none. Raises RemoteError
    (400) for anything else, user information and the empty host among it.
    """
    match = _authority(value)
    if match is None or len(match[1] or match[2]) > MAX_HOST:
        raise RemoteError("the host is not well-formed", 400)
    if match[2] is not None and not _is_ipv6(match[2].lower()):
        raise RemoteError("the host is not an IPv6 address", 400)
    port = int(match[3]) if match[3] else None
    if port is not None and not 0 < port < 65536:
        raise RemoteError("the port is not one of 1 to 65535", 400)
    return Authority((match[1] or match[2]).lower(), port)


def serialise_authority(authority: Authority) -> str:
    """``host``, ``host:port`` or ``[v6]:port``."""
    host = f"[{authority.host}]" if ":" in authority.host else authority.host
    return host if authority.port is None else f"{host}:{authority.port}"


def _is_ipv6(text: str) -> bool:
    """Whether ``text`` (lower case) is an IPv6 address (RFC 4291 §2.2), which may end as an IPv4 address."""
    head, double, tail = text.partition("::")
    if "::" in tail:
        return False
    groups = [group for half in (head, tail) if half for group in half.split(":")]
    count = len(groups)
    if groups and "." in groups[-1] and (tail or not double) and _is_ipv4(groups[-1]):
        groups.pop()
        count += 1
    return all(map(_is_group, groups)) and (count <= 7 if double else count == 8)


# ---------------------------------------------------------------------------------------------------- paths


def segments(path: str) -> tuple[str, ...]:
    """The names along a path, decoded; the top above says what is refused. ``/`` has none.

    A slash at the end leaves no trace here (``path.endswith("/")`` tells). Raises RemoteError: 400 for what is
    no path, 404 for a name that no file of ours can have.
    """
    if _is_plain(path):
        names = tuple(filter(None, path.split("/")))
        if path and max(map(len, names), default=0) <= MAX_NAME:
            return names
    if path[:1] != "/" or "?" in path or "#" in path:
        raise RemoteError("the path does not begin at the root, or does not end where it should", 400)
    return tuple(check_name(_decode(segment)) for segment in path.split("/") if segment)


def _decode(segment: str) -> str:
    try:
        octets = segment.encode("ascii")
    except UnicodeEncodeError as error:
        raise RemoteError("the path holds a character that must be percent-encoded", 400) from error
    if _half_escape(octets):
        raise RemoteError("the path holds a percent sign without two hexadecimal digits", 400)
    decoded = _escape.sub(lambda match: bytes((int(match[1], 16),)), octets) if b"%" in octets else octets
    return decoded.decode("utf-8", "surrogateescape")


def check_name(name: str) -> str:
    """``name`` itself, if it may be one segment of a path; else RemoteError (400, 404) as the top above says."""
    if not name or _forbidden(name) or _climbing(name):
        raise RemoteError("the path leaves the place where names are looked up", 400)
    if _alien(name) or len(_octets(name)) > MAX_NAME:
        raise RemoteError("nothing here has such a name", 404)
    return name


def _octets(name: str) -> bytes:
    try:
        return name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:  # a lone surrogate that stands for no octet
        raise RemoteError("the name is not text", 400) from error


def encode_path(names: Iterable[str], *, folder: bool = False) -> str:
    """The canonical path of ``names``, such that ``segments`` gives them back; with a slash at its end for a folder.

    Raises LocalError for names that no path can hold (``..``, one with a slash).
    """
    written = "/".join(map(encode_name, names))
    return f"/{written}/" if folder and written else f"/{written}"


def encode_name(name: str) -> str:
    """One name, percent-encoded for a path or a relative reference in a page. Raises LocalError as ``encode_path``."""
    try:
        octets = check_name(name).encode("utf-8", "surrogateescape")
    except RemoteError as error:
        raise LocalError(f"{name!r} cannot stand in a path") from error
    return "".join([_WRITTEN[octet] for octet in octets])
