"""What stands in front of an application: which hosts it is asked for, and who asks.

Each guard is an application around another one, and a plain function: what it has decided about one value it
remembers, so a request costs a look-up or two.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Iterable, Mapping
from functools import lru_cache

from portside.accounts.throttle import Throttle
from portside.errors import RemoteError
from portside.interfaces import Door
from portside.protocols.http.messages import FieldLine, Request, Response
from portside.protocols.http.server.application import Answer, Application, Arrival
from portside.protocols.http.server.failures import failure
from portside.protocols.http.syntax.lists import quote
from portside.protocols.http.syntax.targets import Authority, parse_authority, parse_target
from portside.syntax.hosts import is_loopback

_comes_by_loopback = lru_cache(64)(is_loopback)

REMEMBERED = 1024
"""Values that a guard remembers; whoever says ever new ones only costs himself the longer way."""


def requested_host(request: Request) -> str:
    """The host and port that a request is for, as written (RFC 9112 §3.3); empty where it names none.

    The absolute form of a target counts before the Host field (§3.2.2). Raises ``RemoteError`` (400) for a target
    that is none.
    """
    target = request.target
    if target[:1] == "/" or target == "*":
        value = request.headers.get(b"host")
        return "" if value is None else value.decode("latin-1")
    authority = parse_target(target, request.method).authority
    return "" if authority is None else _written(authority)


def _written(authority: Authority) -> str:
    host = f"[{authority.host}]" if ":" in authority.host else authority.host
    return host if authority.port is None else f"{host}:{authority.port}"


def host_name(authority: str) -> str:
    """The name in ``host:port``, in lower case and without the dot that may end it. Raises ``RemoteError`` (400)."""
    return parse_authority(authority).host.removesuffix(".")


# ---------------------------------------------------------------------------------------------- which host


class HostGuard:
    """Answers 421 (Misdirected Request, RFC 9110 §15.5.20) on loopback to a host that is not ours.

    A website may have its own name lead to 127.0.0.1 (DNS rebinding), and the browser then lets it read what is
    served here; but it cannot have the browser say another name in Host. So on loopback only these count: localhost
    and names below it, loopback addresses, and ``hosts``. The port does not matter: it may be forwarded, and it is the
    name that a website lies about. No Host at all (HTTP/1.0) or an empty one passes, since browsers always say one.

    A connection that came another way may ask for any host: the server was opened to others on purpose, and cannot
    know all the names that lead to it. Neither do names lead to a Unix socket.
    """

    def __init__(self, application: Application, hosts: Iterable[str] = ()) -> None:
        self._application = application
        self._hosts = frozenset(host.lower().removesuffix(".").strip("[]") for host in hosts)
        self._passed: set[str] = set()

    def __call__(self, request: Request, arrival: Arrival) -> Answer:
        try:
            host = requested_host(request)
            if host not in self._passed and not self._passes(host, arrival.door):
                return failure(request, 421, f"this server is reached on loopback, and is not called {host}")
        except RemoteError as error:
            return failure(request, error.status, str(error))
        return self._application(request, arrival)

    def _passes(self, host: str, door: Door) -> bool:
        if not host or not _comes_by_loopback(door.local.host):
            return True
        name = host_name(host)
        if name not in self._hosts and not _is_local(name):
            return False
        if len(self._passed) >= REMEMBERED:
            self._passed.clear()
        self._passed.add(host)
        return True


def _is_local(name: str) -> bool:
    """Whether a name leads here in every browser (RFC 6761 §6.3)."""
    return name == "localhost" or name.endswith(".localhost") or is_loopback(name)


class Sites:
    """Virtual hosts: chooses the application by the host that is asked for; ``default`` answers for all others.

    ``sites`` are names without a port; a port, upper case and a dot at the end make no difference in a request.
    """

    def __init__(self, default: Application, sites: Mapping[str, Application]) -> None:
        self._default = default
        self._sites = {name.lower().removesuffix(".").strip("[]"): site for name, site in sites.items()}
        self._known: dict[str, Application] = {}

    def __call__(self, request: Request, arrival: Arrival) -> Answer:
        try:
            host = requested_host(request)
            site = self._known.get(host) or self._choose(host)
        except RemoteError as error:
            return failure(request, error.status, str(error))
        return site(request, arrival)

    def _choose(self, host: str) -> Application:
        site = self._sites.get(host_name(host), self._default) if host else self._default
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[host] = site
        return site


# -------------------------------------------------------------------------------------------------- who asks


class LoginGuard:
    """Lets only those in who give the user and password (Basic, RFC 7617), whatever the method.

    After some wrong guesses from one address its next ones are looked at late, or not at all (429): see
    ``Throttle``. A right one waits in the same row, since whoever is answered sooner has learned something.
    A request without any credentials costs nothing and gets its 401 at once: that is how a browser begins.
    """

    def __init__(
        self,
        application: Application,
        user: str,
        password: str,
        *,
        realm: str = "Portside",
        throttle: Throttle | None = None,
    ) -> None:
        self._application = application
        self._key = secrets.token_bytes(32)
        self._expected = self._digest(f"{user}:{password}".encode("utf-8", "surrogateescape"))
        self._throttle = throttle or Throttle()
        challenge = b'Basic realm=%b, charset="UTF-8"' % quote(realm.encode("utf-8"))
        self._challenge: FieldLine = (b"WWW-Authenticate", challenge)

    def __call__(self, request: Request, arrival: Arrival) -> Answer:
        value = request.headers.get(b"authorization")
        if value is None:
            return self._refuse(request, "")
        address = arrival.door.remote.host
        if not self._throttle.watches(address):
            return self._judge(request, arrival, address, value)
        wait = self._throttle.next_wait(address)
        if wait is None:
            retry: FieldLine = (b"Retry-After", b"%d" % self._throttle.patience)
            return failure(request, 429, "too many logins from this address were wrong", retry)
        return self._judge_later(request, arrival, address, value, self._throttle.sleep(wait))

    async def _judge_later(
        self, request: Request, arrival: Arrival, address: str, value: bytes, wait: Awaitable[None]
    ) -> Response:
        await wait
        answer = self._judge(request, arrival, address, value)
        return answer if isinstance(answer, Response) else await answer

    def _judge(self, request: Request, arrival: Arrival, address: str, value: bytes) -> Answer:
        if not hmac.compare_digest(self._digest(_credentials(value)), self._expected):
            self._throttle.failed(address)
            return self._refuse(request, "the user or the password is wrong")
        self._throttle.succeeded(address)
        return self._application(request, arrival)

    def _digest(self, credentials: bytes) -> bytes:
        """Equally long for all, so that comparing two tells nothing, not even a length."""
        return hmac.digest(self._key, credentials, hashlib.sha256)

    def _refuse(self, request: Request, detail: str) -> Response:
        return failure(request, 401, detail, self._challenge)


def _credentials(value: bytes) -> bytes:
    """``user:password`` from the value of Authorization (RFC 7617 §2); empty where it holds none."""
    scheme, _, token = value.partition(b" ")
    if scheme.lower() != b"basic":
        return b""
    try:
        return base64.b64decode(token.strip(b" "), validate=True)
    except binascii.Error:
        return b""
