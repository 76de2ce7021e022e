"""What one side takes for agreed upon (RFC 859)."""

from __future__ import annotations

from collections.abc import Iterable

from portside.errors import RemoteError
from portside.protocols.telnet.messages import StatusReport, Verb
from portside.protocols.telnet.syntax.commands import SB_CODE, SE_CODE
from portside.protocols.telnet.syntax.terminal import IS

_VERBS = {verb.value: verb for verb in Verb}


def parse_status(payload: bytes) -> StatusReport:
    """The options behind IS; what it repeats of subnegotiations (SB up to SE, where SE is doubled) is passed over."""
    if payload[:1] != IS:
        raise RemoteError("a status neither asks nor tells")
    found: list[tuple[Verb, int]] = []
    at = 1
    while at < len(payload):
        if payload[at] == SB_CODE:
            at = _behind_repeated(payload, at)
            continue
        if payload[at] not in _VERBS or at + 1 == len(payload):
            raise RemoteError("a status lists something that is no option")
        found.append((_VERBS[payload[at]], payload[at + 1]))
        at += 2
    return StatusReport(tuple(found))


def _behind_repeated(payload: bytes, at: int) -> int:
    mark = bytes((SE_CODE,))
    end = payload.find(mark, at)
    while end >= 0 and payload[end + 1 : end + 2] == mark:
        end = payload.find(mark, end + 2)
    return len(payload) if end < 0 else end + 1


def serialise_status(options: Iterable[tuple[Verb, int]]) -> bytes:
    """A report; an option whose number is that of SE is doubled nowhere, for only parameters are (RFC 859)."""
    return IS + b"".join(bytes(pair) for pair in options)
