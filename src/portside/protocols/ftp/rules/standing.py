"""Where a control connection stands: who is in, with which rights, and how well it is secured.

The states stand in ``TRANSITIONS``; ``server`` tells what they mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto

from portside.errors import RemoteError
from portside.protocols.ftp.rules.policy import Policy, Tls
from portside.protocols.ftp.syntax.commands import NOT_BUILT, NOT_IMPLEMENTED, Right, Row, When

_NO_RIGHTS: frozenset[Right] = frozenset()
_BEFORE_TLS = frozenset(
    {"AUTH", "FEAT", "HELP", "SYST", "NOOP", "QUIT", "HOST", "CLNT", "LANG", "OPTS", "PBSZ", "PROT", "CCC"}
)
"""What may be said in the clear where TLS is required: it tells nothing of users and files."""


class State(Enum):
    """Where a control connection stands."""

    OUTSIDE = auto()
    NAMED = auto()
    INSIDE = auto()
    LEAVING = auto()
    GONE = auto()

    __hash__ = object.__hash__  # Enum's own is written in Python, and each step asks for it


class Event(Enum):
    """What moves it on."""

    NAMED = auto()
    ADMITTED = auto()
    REFUSED = auto()
    RESTARTED = auto()
    LEAVE = auto()
    LOST = auto()

    __hash__ = object.__hash__  # Enum's own is written in Python, and each step asks for it


_ANYWHERE = {Event.LEAVE: State.LEAVING, Event.LOST: State.GONE, Event.RESTARTED: State.OUTSIDE}
TRANSITIONS: Mapping[State, Mapping[Event, State]] = {
    State.OUTSIDE: {**_ANYWHERE, Event.NAMED: State.NAMED},
    State.NAMED: {
        **_ANYWHERE,
        Event.NAMED: State.NAMED,
        Event.ADMITTED: State.INSIDE,
        Event.REFUSED: State.OUTSIDE,
    },
    State.INSIDE: {**_ANYWHERE, Event.NAMED: State.NAMED},
    State.LEAVING: {Event.LEAVE: State.LEAVING, Event.LOST: State.GONE},
    State.GONE: {Event.LEAVE: State.GONE, Event.LOST: State.GONE},
}


class Standing:
    """- ``user``: who wants to come in, or has. ``rights``: what that allows. ``tries``: logins that were wrong.
    - ``secure``: TLS is up. ``buffered``: PBSZ was said, so PROT may be.
    """

    __slots__ = ("_policy", "buffered", "rights", "secure", "state", "tries", "user")

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self.state = State.OUTSIDE
        self.user = ""
        self.rights = _NO_RIGHTS
        self.tries = 0
        self.secure = False
        self.buffered = False

    @property
    def inside(self) -> bool:
        """Whether somebody is logged in."""
        return self.state is State.INSIDE

    @property
    def over(self) -> bool:
        """Whether nothing is heard any more."""
        return self.state in (State.LEAVING, State.GONE)

    def move(self, event: Event) -> None:
        """This has happened."""
        self.state = TRANSITIONS[self.state][event]

    def restart(self) -> None:
        """Nobody is in any more; TLS stays."""
        self.user, self.rights = "", _NO_RIGHTS
        self.move(Event.RESTARTED)

    def admit(self, rights: frozenset[Right]) -> None:
        """The login was right."""
        self.rights, self.tries = rights, 0
        self.move(Event.ADMITTED)

    def allow(self, row: Row, *, protected: bool) -> None:
        """Whether the command may be said now. Raises ``RemoteError`` (502, 522, 530, 550)."""
        if row.verb in NOT_IMPLEMENTED:
            raise RemoteError(f"{row.verb} is not implemented.", NOT_BUILT)
        if self._policy.needs_tls and not self.secure and row.verb not in _BEFORE_TLS:
            raise RemoteError("This server is spoken to over TLS: AUTH TLS comes first.", 530)
        if row.when is not When.ALWAYS and not self.inside:
            raise RemoteError("USER and PASS come first.", 530)
        self.check(row.right)
        if row.data and self._policy.needs_tls and not protected:
            raise RemoteError("Data passes over TLS here: PROT P comes first.", 522)

    def check(self, right: Right | None) -> None:
        """Raises ``RemoteError`` (550) for who has no such right."""
        if right is not None and right not in self.rights:
            raise RemoteError("You may not do that here.", 550)

    # ------------------------------------------------------------------------------------------------- TLS

    def check_auth(self, mechanism: str) -> None:
        """AUTH (RFC 4217 §4). Raises ``RemoteError`` (502, 503, 504)."""
        if self._policy.tls is Tls.OFF:
            raise RemoteError("There is no TLS here.", 502)
        if mechanism.strip().upper() not in ("TLS", "TLS-C", "SSL"):
            raise RemoteError("AUTH is written AUTH TLS.", 504)
        if self.secure:
            raise RemoteError("This is TLS already.", 503)

    def check_level(self, level: str) -> None:
        """PROT (RFC 4217 §9). Raises ``RemoteError`` (503, 534)."""
        if not self.buffered:
            raise RemoteError("PBSZ comes before PROT.", 503)
        if level == "C" and self._policy.needs_tls:
            raise RemoteError("Data in the clear is not allowed here.", 534)
