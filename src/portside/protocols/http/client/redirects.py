"""Where a redirect leads, and what goes along (RFC 9110 §15.4)."""

from __future__ import annotations

from portside.errors import RemoteError, UsageError
from portside.protocols.http.client.urls import Url, join_url
from portside.protocols.http.messages import FieldLine, Response

REDIRECTS = frozenset({301, 302, 303, 307, 308})

_OF_A_BODY = frozenset(
    b"content-type content-length content-encoding content-language content-location transfer-encoding expect digest"
    b" last-modified".split()
)
_HARMLESS = frozenset(
    b"accept accept-charset accept-encoding accept-language cache-control pragma if-modified-since if-none-match"
    b" if-range range user-agent content-type content-encoding content-language".split()
)


def location_of(response: Response, url: Url) -> Url | None:
    """Where ``response`` to ``url`` leads; None where it is no redirect.

    Raises ``RemoteError`` for a place that is none, or one that would give up the secure connection.
    """
    value = response.headers.get(b"location")
    if response.status not in REDIRECTS or value is None:
        return None
    try:
        target = join_url(url, _text(value))
    except UsageError as error:
        raise RemoteError(f"{url} redirects to where nobody can go: {error}", response.status) from None
    if url.scheme == "https" and target.scheme != "https":
        raise RemoteError(f"{url} redirects to {target}, which is not secure; ask for that URL if you mean it", 0)
    return Url(target.scheme, target.host, target.port, target.target, fragment=target.fragment)


def _text(value: bytes) -> str:
    """A Location as text: UTF-8, as browsers read it; octets that are none are percent-encoded."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return "".join(chr(octet) if octet < 0x80 else f"%{octet:02X}" for octet in value)


def method_after(status: int, method: str) -> str:
    """The method of the next request: 303 makes all a GET, 301 and 302 a POST, as browsers do (RFC 9110 §15.4)."""
    if status == 303 and method != "HEAD":
        return "GET"
    return "GET" if status in (301, 302) and method == "POST" else method


def lines_after(lines: tuple[FieldLine, ...], *, same_origin: bool, same_method: bool) -> tuple[FieldLine, ...]:
    """The caller's own fields in the next request.

    To another origin go only fields that are known to hold no secret: a key may stand in a field of any name.
    """
    dropped = frozenset() if same_method else _OF_A_BODY
    return tuple(
        line for line in lines if (lower := line[0].lower()) not in dropped and (same_origin or lower in _HARMLESS)
    )
