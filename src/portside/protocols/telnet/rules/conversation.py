"""One side of a Telnet conversation."""

from __future__ import annotations

from portside.errors import TransportError
from portside.interfaces import Door, Link, Outputs, Role
from portside.protocols.telnet.messages import Message, Option, Party
from portside.protocols.telnet.rules.policy import Policy


class TelnetRules:
    """Hears ``messages.Hearable``, says ``messages.Sayable``; one class for both sides of the port.

    Made by ``TelnetRules(role, policy)``. ``say`` raises ``LocalError`` for what may not be said now: a question about
    an option that is not on, EOR without its option, GA where it is suppressed. ``urgent`` is called by the engine.
    """

    def __init__(self, role: Role, policy: Policy) -> None: ...

    def on(self, option: Option, party: Party) -> bool:
        """Whether an option is on, on our side or on theirs."""
        raise NotImplementedError

    def negotiating(self, option: Option, party: Party) -> bool:
        """Whether our request for it has not been answered yet."""
        raise NotImplementedError

    def opened(self, door: Door | None, now: float) -> Outputs:
        raise NotImplementedError

    def received(self, data: bytes, source: object, now: float) -> Outputs:
        raise NotImplementedError

    def urgent(self, now: float) -> Outputs:
        raise NotImplementedError

    def ended(self, link: Link | None, now: float) -> Outputs:
        raise NotImplementedError

    def say(self, message: Message, now: float) -> Outputs:
        raise NotImplementedError

    def woke(self, timer: str, now: float) -> Outputs:
        raise NotImplementedError

    def linked(self, link: Link, door: Door, now: float) -> Outputs:
        raise NotImplementedError

    def failed(self, link: Link | None, error: TransportError, now: float) -> Outputs:
        raise NotImplementedError

    def stop(self, now: float) -> Outputs:
        raise NotImplementedError
