"""What game worlds add: GMCP's messages and the server's status (MSSP), for whoever has agreed to them."""

from __future__ import annotations

from collections.abc import Sequence

from portside.interfaces import NOTHING, Heard, Output, Outputs
from portside.protocols.telnet.messages import Gmcp, Mssp, Option, Party
from portside.protocols.telnet.rules.standing import Standing
from portside.protocols.telnet.syntax.worlds import parse_gmcp, parse_mssp, serialise_gmcp, serialise_mssp


class Worlds:
    """See ``standing.Topic``."""

    __slots__ = ("_standing",)

    def __init__(self, standing: Standing) -> None:
        self._standing = standing

    def changed(self, option: Option, party: Party, *, on: bool) -> Sequence[Output]:
        return NOTHING

    def heard(self, option: Option, payload: bytes) -> Sequence[Output]:
        if option is Option.MSSP:
            self._standing.expect(option, Party.THEM)
            return [Heard(parse_mssp(payload))]
        self._standing.expect(option, Party.THEM, Party.US)
        return [Heard(parse_gmcp(payload))]

    # ------------------------------------------------------------------------------------------- our side says

    def say_gmcp(self, message: Gmcp) -> Outputs:
        self._standing.need(Option.GMCP, Party.US, Party.THEM)
        return [self._standing.tell(Option.GMCP, serialise_gmcp(message))]

    def say_mssp(self, message: Mssp) -> Outputs:
        self._standing.need(Option.MSSP, Party.US)
        return [self._standing.tell(Option.MSSP, serialise_mssp(message.variables))]
