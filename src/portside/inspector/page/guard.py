"""Who may see the page: those who know its address, on this machine, from the page itself.

The address holds a token that nobody can guess. It stands in the path, not in a cookie, since cookies are sent to every
port of a host. A website that has its own name lead to loopback (DNS rebinding) says that name in Host; one that links
or reaches here from elsewhere is known by Origin and Sec-Fetch-Site.
"""

from __future__ import annotations

from hmac import compare_digest

from portside.errors import RemoteError
from portside.protocols.http.messages import Headers, Request

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
GUARDED: tuple[tuple[bytes, bytes], ...] = (
    (b"Content-Security-Policy", POLICY.encode()),
    (b"Referrer-Policy", b"no-referrer"),
    (b"X-Content-Type-Options", b"nosniff"),
    (b"Cross-Origin-Opener-Policy", b"same-origin"),
    (b"Cross-Origin-Resource-Policy", b"same-origin"),
    (b"Cache-Control", b"no-store"),
)
"""Fields of every answer."""


METHODS = ("GET", "HEAD")
HOSTS = ("127.0.0.1", "localhost", "[::1]")
"""How loopback is called in an address."""
PORT = 80
"""The port that browsers leave out of an address."""


class Refused(RemoteError):
    """This request is not answered: ``status`` and a line that says why."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why, status)


class Guard:
    """Lets requests through to paths below ``/token/`` on ``port`` of loopback."""

    def __init__(self, token: str, port: int) -> None:
        self._token = token.encode()
        self._hosts = {f"{host}:{port}".encode() for host in HOSTS}
        if port == PORT:
            self._hosts.update(host.encode() for host in HOSTS)

    def path(self, request: Request) -> tuple[str, str]:
        """The path below the token, and the query. Raises ``Refused``."""
        headers = request.headers
        host = _one(headers, b"host").lower()
        if host not in self._hosts:
            raise Refused(421, "this page is reached on loopback, by the address that was shown")
        if request.method not in METHODS:
            raise Refused(405, "this page can only be looked at")
        path, _, query = request.target.partition("?")
        empty, _, whole = path.partition("/")
        token, slash, rest = whole.partition("/")
        known = compare_digest(token.encode("utf-8", "replace"), self._token)
        if empty or not slash or not known:
            raise Refused(404, "there is nothing here; the address has to be whole")
        self._check_origin(headers, host, rest)
        return rest, query

    def _check_origin(self, headers: Headers, host: bytes, rest: str) -> None:
        """Only the page itself may be arrived at from elsewhere: by a link to its whole address (a document).

        What belongs to it is asked for by the page (same-origin), or by somebody who has typed its address (none).
        """
        origin = _one(headers, b"origin")
        if origin and origin != b"http://" + host:
            raise Refused(403, "another site's page may not look here")
        site = _one(headers, b"sec-fetch-site")
        arrives = not rest and _one(headers, b"sec-fetch-dest") == b"document"
        if site not in (b"", b"same-origin", b"none") and not arrives:
            raise Refused(403, "another site's page may not look here")


def _one(headers: Headers, name: bytes) -> bytes:
    """The value of a field that may come once; several are as wrong as another value."""
    return b", ".join(headers.all(name)).strip()
