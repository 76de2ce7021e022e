"""A client's way in: from the server's greeting to the point where mail can be handed over.

The stages, by the code of the reply::

    GREETING ──220──> HELLO ──250──> STARTTLS ──220──> SECURING ──TLS is up──> HELLO again
                        │  └─250──> AUTH ──334──> AUTH ... ──235──> IN
                        │  └─250──────────────────────────────────> IN
                        └─5yz──> OLD_HELLO ──250──> IN                        (HELO, RFC 5321 §3.2)

What was told before TLS is forgotten with it (RFC 3207 §4.2). A mechanism of the login that the server does not do
after all (504, 534) makes room for the next one; a login that is refused is not tried in another way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum, auto

from portside.errors import LocalError, LoginFailed, PortsideError, RemoteError, TlsError
from portside.interfaces import Door
from portside.protocols.smtp.messages import Command, Reply, Response
from portside.protocols.smtp.rules.mechanisms import Mechanism, choose
from portside.protocols.smtp.rules.orders import Entered, Entry, LoginRefused, Refused, TlsUse
from portside.protocols.smtp.syntax.extensions import Extensions, parse_extensions
from portside.protocols.smtp.syntax.lines import (
    CHALLENGE,
    parse_challenge,
    serialise_command,
    serialise_response,
)

MOST_CHALLENGES = 8
"""Challenges of one login: SCRAM has two; more come from a server that plays with us."""
LONGEST_AUTH_LINE = 512
"""Octets of AUTH together with a first response: a longer one waits for its challenge (RFC 4954 §4)."""

SERVICE_CLOSING = 421
_OTHER_MECHANISM = frozenset({504, 534})
_NO_ENHANCED_HELLO = frozenset({500, 502, 504, 550})
"""What old servers say to EHLO; with others (554: no service here) asking again makes no sense."""


class Step(Enum):
    """How far in a client is."""

    GREETING = auto()
    HELLO = auto()
    OLD_HELLO = auto()
    STARTTLS = auto()
    SECURING = auto()
    AUTH = auto()
    IN = auto()

    __hash__ = object.__hash__


class Entering:
    """One way in. ``answered`` takes the reply to what was said last, and gives what to say next."""

    __slots__ = (
        "_answers", "_challenges", "_door", "_entry", "_extensions", "_greeting", "_hello", "_mechanisms", "step",
        "user",
    )  # fmt: skip

    def __init__(self, entry: Entry, door: Door) -> None:
        self._entry = entry
        self._door = door
        self._greeting = Reply(220, ("",))
        self._hello = Reply(250, ("",))
        self._extensions = Extensions()
        self._mechanisms: list[Mechanism] = []
        self._challenges = 0
        self.user = ""
        self.step = Step.GREETING
        self._answers: Mapping[Step, Callable[[Reply], bytes]] = {
            Step.GREETING: self._greeted,
            Step.HELLO: self._hello_answered,
            Step.OLD_HELLO: self._old_hello_answered,
            Step.STARTTLS: self._starttls_answered,
            Step.AUTH: self._auth_answered,
        }

    @property
    def entered(self) -> Entered:
        """What we know, once we are in."""
        name = self._extensions.name or self._hello.text.partition(" ")[0]
        return Entered(self._door, self._greeting, name, self._extensions, self.user)

    def answered(self, reply: Reply) -> bytes:
        """What to say now; nothing in SECURING and IN.

        Raises ``Refused``, ``LoginFailed``, ``TlsError`` and ``RemoteError``.
        """
        return self._answers[self.step](reply)

    def secured(self, door: Door) -> bytes:
        """TLS is up: what to say now."""
        self._door = door
        return self._say_hello()

    # ------------------------------------------------------------------------------------------ who is there

    def _greeted(self, reply: Reply) -> bytes:
        self._greeting = reply
        if reply.code != 220:
            raise self._refused(reply, "does not let us in now")
        return self._say_hello()

    def _say_hello(self) -> bytes:
        self.step = Step.HELLO
        return serialise_command(Command("LHLO" if self._entry.lmtp else "EHLO", self._name()))

    def _name(self) -> str:
        """Our own name; where we have none, the address that we come from stands for it (RFC 5321 §4.1.4)."""
        host = self._door.local.host
        if self._entry.helo or not host:
            return self._entry.helo or "localhost"
        return f"[IPv6:{host.partition('%')[0]}]" if ":" in host else f"[{host}]"

    def _hello_answered(self, reply: Reply) -> bytes:
        if reply.code in _NO_ENHANCED_HELLO and not self._entry.lmtp:
            self.step = Step.OLD_HELLO
            return serialise_command(Command("HELO", self._name()))
        self._take_hello(reply)
        self._extensions = parse_extensions(reply.lines)
        return self._after_hello()

    def _old_hello_answered(self, reply: Reply) -> bytes:
        self._take_hello(reply)
        self._extensions = Extensions(reply.text.partition(" ")[0])
        return self._after_hello()

    def _take_hello(self, reply: Reply) -> None:
        if reply.code != 250:
            raise self._refused(reply, "does not let us in now")
        self._hello = reply

    def _after_hello(self) -> bytes:
        tls = self._entry.tls
        if self._door.tls is not None or tls is TlsUse.OFF:
            return self._begin_login()
        if "STARTTLS" in self._extensions:
            self.step = Step.STARTTLS
            return serialise_command(Command("STARTTLS"))
        if tls is TlsUse.REQUIRED:
            raise TlsError(f"{self._entry.server} offers no TLS; `--starttls off` goes without")
        return self._begin_login()

    # ------------------------------------------------------------------------------------------------- TLS

    def _starttls_answered(self, reply: Reply) -> bytes:
        if reply.code == 220:
            self.step = Step.SECURING
            return b""
        if self._entry.tls is TlsUse.REQUIRED:
            raise TlsError(f"{self._entry.server} begins no TLS after all ({reply}); `--starttls off` goes without")
        return self._begin_login()

    # ----------------------------------------------------------------------------------------------- login

    def _begin_login(self) -> bytes:
        login = self._entry.login
        if login is None:
            self.step = Step.IN
            return b""
        offered = self._extensions.mechanisms
        self._mechanisms = choose(login, offered, secret=self._door.tls is not None)
        if not self._mechanisms:
            raise self._no_way_to_log_in(offered)
        return self._say_auth()

    def _no_way_to_log_in(self, offered: tuple[str, ...]) -> PortsideError:
        server = self._entry.server
        if not offered:
            return LoginFailed(f"{server} offers no login; leave the user out, or try its port for submission (587)")
        if self._door.tls is None:
            return LoginFailed(f"{server} would have the password in the clear; `--starttls require` protects it")
        return LoginFailed(f"{server} has logins that we do not have: {', '.join(offered)}")

    def _say_auth(self) -> bytes:
        self.step = Step.AUTH
        self._challenges = 0
        first = self._mechanism.first()
        if first is None:
            return serialise_command(Command("AUTH", self._mechanism.name))
        response = serialise_response(Response(first)).decode().rstrip() or "="
        if len(response) > LONGEST_AUTH_LINE:
            self._challenges = -1
            return serialise_command(Command("AUTH", self._mechanism.name))
        return serialise_command(Command("AUTH", f"{self._mechanism.name} {response}"))

    @property
    def _mechanism(self) -> Mechanism:
        return self._mechanisms[0]

    def _auth_answered(self, reply: Reply) -> bytes:
        if reply.code == CHALLENGE:
            return self._answer(reply)
        if reply.code in _OTHER_MECHANISM and len(self._mechanisms) > 1:
            self._mechanisms.pop(0)
            return self._say_auth()
        if reply.code != 235:
            raise self._not_logged_in(reply)
        if not self._mechanism.proven:
            raise LoginFailed(f"{self._entry.server} did not prove that it knows the password: it may be somebody else")
        assert self._entry.login is not None
        self.user = self._entry.login.user
        self.step = Step.IN
        return b""

    def _answer(self, reply: Reply) -> bytes:
        self._challenges += 1
        if self._challenges > MOST_CHALLENGES:
            raise LoginFailed(f"{self._entry.server} asks on and on in the login")
        if not self._challenges:
            return serialise_response(Response(self._mechanism.first()))
        try:
            return serialise_response(Response(self._mechanism.answer(parse_challenge(reply))))
        except (LoginFailed, RemoteError) as error:
            raise LoginFailed(f"{self._entry.server}: {error}") from error

    # ---------------------------------------------------------------------------------------------- refusals

    def _not_logged_in(self, reply: Reply) -> PortsideError:
        assert self._entry.login is not None
        user = self._entry.login.user
        return LoginRefused(f"{self._entry.server} did not accept the login of {user!r}: {reply}", reply)

    def _refused(self, reply: Reply, what: str) -> RemoteError:
        if not (reply.is_passing or reply.is_final):
            return RemoteError(f"{self._entry.server} says {reply}, which makes no sense here", reply.code)
        return Refused(f"{self._entry.server} {what}: {reply}", reply)


def check_name(helo: str) -> None:
    """Raises ``LocalError`` for a name of ours that no server could read."""
    if helo and (not helo.isprintable() or " " in helo or not helo.isascii()):
        raise LocalError(f"{helo!a} is no name to introduce oneself with")
