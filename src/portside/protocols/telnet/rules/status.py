"""What is agreed upon, told to whoever asks (RFC 859)."""

from __future__ import annotations

from collections.abc import Sequence

from portside.interfaces import NOTHING, Heard, Output, Outputs
from portside.protocols.telnet.messages import AskStatus, Option, Party
from portside.protocols.telnet.rules.standing import Standing
from portside.protocols.telnet.syntax.commands import verb_for
from portside.protocols.telnet.syntax.status import parse_status, serialise_status
from portside.protocols.telnet.syntax.terminal import SEND


class Status:
    """See ``standing.Topic``."""

    __slots__ = ("_standing",)

    def __init__(self, standing: Standing) -> None:
        self._standing = standing

    def changed(self, option: Option, party: Party, *, on: bool) -> Sequence[Output]:
        return NOTHING

    def heard(self, option: Option, payload: bytes) -> Sequence[Output]:
        if payload == SEND:
            self._standing.expect(option, Party.US)
            known = [(verb_for(party, True), int(one)) for party, one in self._standing.options.all_on()]
            return [self._standing.tell(option, serialise_status(known))]
        self._standing.expect(option, Party.THEM)
        return [Heard(parse_status(payload))]

    def ask(self, message: AskStatus) -> Outputs:
        self._standing.need(Option.STATUS, Party.THEM)
        return [self._standing.tell(Option.STATUS, SEND)]
