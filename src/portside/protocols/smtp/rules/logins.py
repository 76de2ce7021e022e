"""AUTH (RFC 4954): which mechanisms are offered now, and how one login goes."""

from __future__ import annotations

from dataclasses import dataclass

from portside.accounts.scram import ScramKeys
from portside.interfaces import Door
from portside.protocols.smtp.messages import Reply
from portside.protocols.smtp.rules.policy import Policy
from portside.protocols.smtp.rules.sasl.exchanges import Exchange, Malformed, Step
from portside.protocols.smtp.rules.sasl.mechanisms import MECHANISMS, SCRAM_PLUS, exchange
from portside.protocols.smtp.rules.shared import Shared
from portside.protocols.smtp.syntax.codes import Refusal
from portside.protocols.smtp.syntax.commands import Login
from portside.syntax.hosts import is_loopback

WELCOME = Reply(235, ("You are in.",), "2.7.0")
WRONG = Reply(535, ("The user or the password is wrong.",), "5.7.8")
"""The same words whether there is such a user or not."""


@dataclass(slots=True)
class Logins:
    """The logins of one connection. ``user`` is who is in, ``tries`` how many were wrong."""

    policy: Policy
    shared: Shared
    user: str = ""
    tries: int = 0
    exchange: Exchange | None = None

    def forget(self) -> None:
        """Nobody is in (RFC 3207 §4.2)."""
        self.user, self.exchange = "", None

    def offered(self, door: Door | None) -> tuple[str, ...]:
        """The mechanisms that may be used over ``door``: none in the clear, unless that was asked for (RFC 4954 §4)."""
        if not self._is_safe(door):
            return ()
        bound = bool(self.shared.bindings) and door is not None and door.tls is not None
        return tuple(name for name in self.policy.mechanisms if name != SCRAM_PLUS or bound)

    def _is_safe(self, door: Door | None) -> bool:
        if door is not None and door.tls is not None:
            return True
        return self.policy.clear_login and door is not None and is_near(door)

    def begin(self, login: Login, door: Door | None, *, extended: bool) -> Step:
        """A client wants to come in. Raises ``Refusal`` (502, 503, 504, 538)."""
        if not self.policy.mechanisms:
            raise Refusal("Nobody logs in here.", 502, "5.5.1")
        if self.user:
            raise Refusal("You are in already.", 503, "5.5.1")
        if not extended:
            raise Refusal("EHLO comes before AUTH.", 503, "5.5.1")
        if login.mechanism not in MECHANISMS:
            raise Refusal("That mechanism is not known here.", 504, "5.5.4")
        if not self._is_safe(door):
            raise Refusal("Encryption is required: STARTTLS comes before AUTH.", 538, "5.7.11")
        if login.mechanism not in self.offered(door):
            raise Refusal("That mechanism is not offered here.", 504, "5.5.4")
        bindings = self.shared.bindings if door is not None and door.tls is not None else {}
        self.exchange = exchange(login.mechanism, self.shared.nonce, bindings)
        return self.exchange.begin(login.initial)

    def respond(self, data: bytes | None) -> Step:
        """The client's response; None gives up. Raises ``Refusal`` (501)."""
        if data is None:
            raise Refusal("The login is given up.", 501, "5.7.0")
        return Malformed() if self.exchange is None else self.exchange.respond(data)

    def keys(self, keys: ScramKeys) -> Step:
        """What is kept of the password."""
        return Malformed() if self.exchange is None else self.exchange.keys(keys)

    def refused(self) -> Step:
        """The claim was wrong."""
        return Malformed() if self.exchange is None else self.exchange.refused()


def is_near(door: Door) -> bool:
    """Whether what passes stays on this machine."""
    return not door.remote.host or is_loopback(door.remote.host)  # a Unix socket has no host
