"""Who may see the page: those who know its address, on this machine, from the page itself.

The address holds a token that nobody can guess. It stands in the path, not in a cookie, since cookies are sent to every
port of a host. A website that has its own name lead to loopback (DNS rebinding) says that name in Host; one that links
or reaches here from elsewhere is known by Origin and Sec-Fetch-Site.
"""

from __future__ import annotations

from hmac import compare_digest

from portside.protocols.http.messages import Request
from portside.protocols.http.server.local_pages import Refused, protected, refuse_strangers, the_one

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
GUARDED = protected(POLICY)
"""Fields of every answer."""


METHODS = ("GET", "HEAD")
HOSTS = ("127.0.0.1", "localhost", "[::1]")
"""How loopback is called in an address."""
PORT = 80
"""The port that browsers leave out of an address."""


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
        host = the_one(headers, b"host").lower()
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
        refuse_strangers(headers, host, is_page=not rest)
        return rest, query
