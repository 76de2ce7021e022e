"""Agreeing upon a character set (RFC 2066).

Whoever has said WILL may propose; the other takes one or none. Where both propose at once, the server rejects what the
client proposes, and the client answers the server. Proposals of the other side are heard once CHARSET is on at either
side: many programs do not mind which.
"""

from __future__ import annotations

from collections.abc import Sequence

from portside.errors import LocalError, RemoteError
from portside.interfaces import NOTHING, Heard, Output, Outputs, Role
from portside.protocols.telnet.messages import AskCharset, CharsetChosen, CharsetRefused, Option, Party
from portside.protocols.telnet.rules.standing import Standing
from portside.protocols.telnet.syntax.charsets import (
    ACCEPTED,
    REJECTED,
    REQUEST,
    TTABLE_IS,
    TTABLE_REJECTED,
    choose,
    parse_request,
    serialise_request,
)
from portside.protocols.telnet.syntax.text import parse_text, serialise_text


class Charset:
    """See ``standing.Topic``."""

    __slots__ = ("_proposed", "_standing")

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        self._proposed: tuple[str, ...] = ()

    def changed(self, option: Option, party: Party, *, on: bool) -> Sequence[Output]:
        if not self._standing.options.either(option):
            self._proposed = ()  # nobody will answer any more
        return NOTHING

    def heard(self, option: Option, payload: bytes) -> Sequence[Output]:
        self._standing.expect(option, Party.THEM, Party.US)
        kind = payload[:1]
        if kind == REQUEST:
            return self._consider(parse_request(payload))
        if kind == TTABLE_IS:
            return [self._standing.tell(option, TTABLE_REJECTED)]
        if kind not in (ACCEPTED, REJECTED) or not self._proposed:
            raise RemoteError("it answers nothing that was proposed")
        return [Heard(self._settle(kind, parse_text(payload[1:])))]

    def _consider(self, offered: tuple[str, ...]) -> Sequence[Output]:
        name = choose(offered, self._standing.policy.charsets)
        both_at_once = bool(self._proposed) and self._standing.role is Role.SERVER
        if name is None or both_at_once:
            return [self._standing.tell(Option.CHARSET, REJECTED), Heard(CharsetRefused(Party.THEM))]
        told = self._standing.tell(Option.CHARSET, ACCEPTED + serialise_text(name))
        return [told, Heard(CharsetChosen(name, Party.THEM))]

    def _settle(self, kind: bytes, answer: str) -> CharsetChosen | CharsetRefused:
        proposed, self._proposed = self._proposed, ()
        if kind == REJECTED:
            return CharsetRefused(Party.US)
        name = choose(proposed, (answer,))
        if name is None:
            raise RemoteError("a character set was chosen that nobody had proposed")
        return CharsetChosen(name, Party.US)

    # ------------------------------------------------------------------------------------------- our side says

    def ask(self, message: AskCharset) -> Outputs:
        self._standing.need(Option.CHARSET, Party.US, Party.THEM)
        if self._proposed:
            raise LocalError("the character sets that were proposed before have not been answered yet")
        request = serialise_request(message.names)
        self._proposed = message.names
        return [self._standing.tell(Option.CHARSET, request)]
