"""Whether a write was asked for by a page of ours, or by a website behind its visitor's back (CSRF)."""

from __future__ import annotations

from portside.errors import RemoteError
from portside.interfaces import Door
from portside.protocols.http.messages import Request
from portside.protocols.http.server.guards import requested_host

_OURS = frozenset({b"same-origin", b"none"})


def check_origin(request: Request, door: Door) -> None:
    """Raises ``RemoteError`` (403) for a write that a browser makes on behalf of another origin than ours.

    A browser says where a request comes from, and no page can have it say otherwise: in Sec-Fetch-Site (Fetch
    Metadata), which has to be ``same-origin``, or ``none`` for what the person did outside of any page; and in Origin
    (RFC 6454 §7), which has to be exactly the scheme, host and port that were asked for, and so never ``null``. A
    program that is no browser says neither, and passes: it has no other page's visitor to deceive.
    """
    site = request.headers.get(b"sec-fetch-site")
    if site is not None and site not in _OURS:
        raise RemoteError("a page of another site may not write here", 403)
    origin = request.headers.get(b"origin")
    if origin is not None and origin != _own_origin(request, door):
        raise RemoteError("a page of another origin may not write here", 403)


def _own_origin(request: Request, door: Door) -> bytes:
    scheme = "http" if door.tls is None else "https"
    return f"{scheme}://{requested_host(request).lower()}".encode("latin-1")
