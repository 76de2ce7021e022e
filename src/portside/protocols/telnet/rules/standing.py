"""What the topics of a conversation share: who we are, what we allow, what is agreed upon, and the way out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from portside.errors import LocalError, RemoteError
from portside.interfaces import Output, Role, Send
from portside.protocols.telnet.messages import Option, Party
from portside.protocols.telnet.rules.policy import Policy
from portside.protocols.telnet.rules.qmethod import Options
from portside.protocols.telnet.rules.wire import Outgoing
from portside.protocols.telnet.syntax.commands import serialise_subnegotiation

_WHOSE = {Party.US: "our", Party.THEM: "their"}


@dataclass(frozen=True, slots=True)
class Standing:
    """One side of one conversation."""

    role: Role
    policy: Policy
    options: Options
    out: Outgoing

    def tell(self, option: Option, payload: bytes) -> Send:
        """A subnegotiation of ours."""
        return self.out.send(serialise_subnegotiation(option, payload))

    def need(self, option: Option, *parties: Party) -> None:
        """Raises ``LocalError`` where the option is on at neither of ``parties``: we may not say this."""
        if not any(self.options.on(option, party) for party in parties):
            raise LocalError(f"{option} is not on, on {_WHOSE[parties[0]]} side")

    def expect(self, option: Option, *parties: Party) -> None:
        """Raises ``RemoteError`` where the option is on at neither of ``parties``: they may not say this."""
        if not any(self.options.on(option, party) for party in parties):
            raise RemoteError("it was not agreed upon")


class Topic(Protocol):
    """One or more options that have something to be said about."""

    def changed(self, option: Option, party: Party, *, on: bool) -> Sequence[Output]:
        """An option of this topic is on, or off, from here on."""
        ...

    def heard(self, option: Option, payload: bytes) -> Sequence[Output]:
        """A subnegotiation. Raises ``RemoteError`` where it makes no sense: it is left unread."""
        ...
