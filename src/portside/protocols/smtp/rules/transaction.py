"""One message on its way to a server: its commands, the reply to each, and its content (RFC 5321 §3.3).

The phases, as in ``TRANSITIONS``::

    QUEUED ──begin──> ASKING ──somebody is accepted──> READY ──say──> SAYING ──said──> ENDING ──last reply──> OVER
                        │  └─354, but nobody is──> EMPTY ──last reply──> OVER
                        └─nobody is──> OVER

Commands go in one group where the server takes that (RFC 2920), and each reply belongs to the next command that has
none yet. Somebody who is refused does not stop the others. Where nobody is accepted and the server asks for the
content all the same, it gets a lone dot (RFC 2920 §3.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from functools import lru_cache

from portside.errors import LocalError, PortsideError, RemoteError
from portside.mail.envelope import Body, Recipient
from portside.protocols.smtp.messages import Command, Reply
from portside.protocols.smtp.rules.fitting import Terms, fitted, kept_back
from portside.protocols.smtp.rules.orders import Fate, Settled, Stage, Transaction
from portside.protocols.smtp.syntax.content import Chunk, Stuffer, serialise_chunk
from portside.protocols.smtp.syntax.lines import serialise_command
from portside.protocols.smtp.syntax.parameters import serialise_mail, serialise_rcpt

MOST_UNANSWERED = 512
"""Commands without an answer: more, and both sides could fill each other's buffers and wait for ever (RFC 2920)."""

RECIPIENTS_KNOWN = 1024
"""Recipients whose commands are remembered."""

DATA = b"DATA\r\n"
RSET = b"RSET\r\n"
LONE_DOT = b".\r\n"
GO_ON = 354


class Phase(Enum):
    """Where a transaction stands."""

    QUEUED = auto()
    ASKING = auto()
    EMPTY = auto()
    READY = auto()
    SAYING = auto()
    ENDING = auto()
    OVER = auto()

    __hash__ = object.__hash__  # Enum's own is written in Python, and each step asks for it


class Event(Enum):
    """What moves it on."""

    BEGIN = auto()
    ACCEPTED = auto()
    WANTED = auto()
    SAY = auto()
    SAID = auto()
    DONE = auto()

    __hash__ = object.__hash__


TRANSITIONS: Mapping[Phase, Mapping[Event, Phase]] = {
    Phase.QUEUED: {Event.BEGIN: Phase.ASKING, Event.DONE: Phase.OVER},
    Phase.ASKING: {Event.ACCEPTED: Phase.READY, Event.WANTED: Phase.EMPTY, Event.DONE: Phase.OVER},
    Phase.EMPTY: {Event.DONE: Phase.OVER},
    Phase.READY: {Event.SAY: Phase.SAYING, Event.DONE: Phase.OVER},
    Phase.SAYING: {Event.SAID: Phase.ENDING, Event.DONE: Phase.OVER},
    Phase.ENDING: {Event.DONE: Phase.OVER},
    Phase.OVER: {},
}


class Running:
    """One transaction. ``dirty``: the server has something of it left, which RSET has to clear.

    ``stuck``: the server does not want the rest of a content that can't be ended: the connection has to go.
    """

    __slots__ = (
        "_accepted", "_chunks", "_fates", "_heard", "_lines", "_offered", "_refused", "_reset", "_said", "_stuffer",
        "_terms", "dirty", "order", "phase", "stuck",
    )  # fmt: skip

    def __init__(self, order: Transaction, terms: Terms) -> None:
        """Raises ``LocalError`` for an address or a value that can't be said."""
        self.order = order
        self.phase = Phase.QUEUED
        self.dirty = False
        self.stuck = False
        self._terms = terms
        self._fates: list[Fate | None] = [None] * len(order.envelope.recipients)
        self._offered: list[int] = []  # which recipients RCPT names, in this order
        self._accepted: list[int] = []
        self._refused = False
        self._reset = False
        self._lines: list[bytes] = []
        self._said = self._heard = self._chunks = 0
        self._stuffer: Stuffer | None = None
        self._prepare()

    def _move(self, event: Event) -> None:
        phase = TRANSITIONS[self.phase].get(event)
        if phase is None:
            raise LocalError(f"a message that is {self.phase.name.lower()} can't be {event.name.lower()}")
        self.phase = phase

    # -------------------------------------------------------------------------------------- its commands

    def _prepare(self) -> None:
        back = kept_back(self.order, self._terms)
        if back is not None:
            self._settle_all(Stage.OURS, back)
        else:
            self._write_commands()
        if not self._offered:
            self._move(Event.DONE)

    def _write_commands(self) -> None:
        terms = self._terms
        envelope, recipients = fitted(self.order, terms)
        lines = [serialise_command(serialise_mail(envelope, terms.parameters))]
        for index, recipient in enumerate(recipients):
            if isinstance(recipient, Reply):
                self._settle(index, Stage.OURS, recipient)
            else:
                self._offered.append(index)
                lines.append(_rcpt(recipient, terms.parameters, envelope.utf8))
        self._lines = lines if terms.chunking else [*lines, DATA]

    def begin(self, *, reset: bool) -> bytes:
        """What to say first; ``reset``: what is left of an earlier transaction goes before."""
        self._move(Event.BEGIN)
        if reset:
            self._lines.insert(0, RSET)
            self._reset = True
        return self._say_more()

    def _say_more(self) -> bytes:
        """The commands that may be said before another reply comes."""
        most = self._heard + (MOST_UNANSWERED if self._terms.pipelining else 1)
        lines = self._lines[self._said : most]
        self._said += len(lines)
        return lines[0] if len(lines) == 1 else b"".join(lines)

    # -------------------------------------------------------------------------------------- the server's word

    def answered(self, reply: Reply) -> bytes:
        """Take the next reply; what to say now. Raises ``RemoteError`` for one that makes no sense here."""
        if self.phase is Phase.ASKING:
            return self._command_answered(reply)
        if self._chunks:
            self._chunk_answered(reply)
        elif self.phase is Phase.ENDING:
            self._content_answered(reply)
        elif self.phase is Phase.EMPTY:
            self._move(Event.DONE)
        else:
            self._interrupted(reply)
        return b""

    @property
    def awaited(self) -> int:
        """How many replies the server owes us by now."""
        if self.phase is Phase.ASKING:
            return self._said - self._heard
        if self.phase is Phase.ENDING:
            return self._chunks + (max(len(self._accepted), 1) if self._terms.each else 1)
        return self._chunks + (self.phase is Phase.EMPTY)

    def _command_answered(self, reply: Reply) -> bytes:
        index = self._heard - self._reset
        self._heard += 1
        if index == -1:
            self._reset_answered(reply)
        elif index == 0:
            self._mail_answered(reply)
        elif index <= len(self._offered):
            self._rcpt_answered(self._offered[index - 1], reply)
        else:
            return self._data_answered(reply)
        if self._heard < len(self._lines):
            return self._say_more() if self._said < len(self._lines) else b""
        if self._said == len(self._lines):
            self._move(Event.ACCEPTED if self._accepted else Event.DONE)
        return b""

    def _reset_answered(self, reply: Reply) -> None:
        if not reply.is_good:
            raise RemoteError(f"the server does not forget an earlier message: {reply}", reply.code)

    def _mail_answered(self, reply: Reply) -> None:
        if reply.is_good:
            self.dirty = True
            return
        _expect_refusal(reply, "MAIL")
        self._refused = True
        self._settle_all(Stage.MAIL, reply)
        del self._lines[self._said :]  # what was not said yet need not be

    def _rcpt_answered(self, index: int, reply: Reply) -> None:
        if self._refused:
            return
        if reply.is_good:
            self._accepted.append(index)
            return
        _expect_refusal(reply, "RCPT")
        self._settle(index, Stage.RCPT, reply)
        self._spare_data()

    def _spare_data(self) -> None:
        """Where nobody was accepted, and DATA is not said yet, it never is."""
        unsaid = self._said < len(self._lines) and self._heard == len(self._lines) - 1
        if unsaid and not self._accepted and self._lines[-1] is DATA:
            self._lines.pop()

    def _data_answered(self, reply: Reply) -> bytes:
        if reply.code == GO_ON and self._accepted:
            self._move(Event.ACCEPTED)
        elif reply.code == GO_ON:
            self._move(Event.WANTED)
            return LONE_DOT
        else:
            _expect_refusal(reply, "DATA")
            self._settle_accepted(Stage.DATA, reply)
            self._move(Event.DONE)
        return b""

    def _content_answered(self, reply: Reply) -> None:
        if reply.asks_for_more:
            raise RemoteError(f"the server asks for more when all was said: {reply}", reply.code)
        self.dirty = not self._accepted  # a chunk was refused: RFC 3030 §2 asks for RSET
        if self._terms.each and self._accepted:
            self._settle(self._accepted.pop(0), Stage.CONTENT, reply)
        else:
            self._settle_accepted(Stage.CONTENT, reply)
        if not self._accepted:
            self._move(Event.DONE)

    def _interrupted(self, reply: Reply) -> None:
        """The server has had enough before the content's end; nothing but the end of the connection stops us now."""
        _expect_refusal(reply, "the content")
        self._settle_accepted(Stage.CONTENT, reply)
        self.stuck = True
        self._move(Event.DONE)

    def _chunk_answered(self, reply: Reply) -> None:
        self._chunks -= 1
        if not reply.is_good:
            _expect_refusal(reply, "BDAT")
            self._settle_accepted(Stage.CONTENT, reply)
        if not self._accepted and not self._chunks and self.phase is Phase.SAYING:
            self._move(Event.DONE)

    # ------------------------------------------------------------------------------------------ its content

    def content(self) -> bytes:
        """All of the content, which is in memory, with its end."""
        assert self.order.content is not None
        return self.say(self.order.content, last=True)

    def say(self, data: bytes, *, last: bool = False) -> bytes:
        """A piece of the content as it travels. Raises ``LocalError`` for a bare CR, and where nothing is asked for."""
        if self.phase is not Phase.SAYING:
            self._move(Event.SAY)
        said = self._chunk(data, last=last) if self._terms.chunking else self._whole_lines(data, last=last, dots=True)
        if last:
            self._move(Event.SAID)
        return said

    def _chunk(self, data: bytes, *, last: bool) -> bytes:
        if self.order.envelope.body is not Body.BINARY:
            data = self._whole_lines(data, last=last, dots=False)
        if not data and not last:
            return b""
        if not last:
            self._chunks += 1
        return serialise_command(Command("BDAT", serialise_chunk(Chunk(len(data), last)))) + data

    def _whole_lines(self, data: bytes, *, last: bool, dots: bool) -> bytes:
        self._stuffer = stuffer = self._stuffer or Stuffer(dots=dots)
        return stuffer.feed(data) + stuffer.end() if last else stuffer.feed(data)

    @property
    def unwanted(self) -> bool:
        """The server has refused a chunk: no more need be said."""
        return self.phase is Phase.SAYING and not self._accepted

    # -------------------------------------------------------------------------------------------- fates

    def _settle(self, index: int, stage: Stage, reply: Reply) -> None:
        self._fates[index] = Fate(self.order.envelope.recipients[index], stage, reply)

    def _settle_all(self, stage: Stage, reply: Reply) -> None:
        for index, fate in enumerate(self._fates):
            if fate is None:
                self._settle(index, stage, reply)

    def _settle_accepted(self, stage: Stage, reply: Reply) -> None:
        for index in self._accepted:
            self._settle(index, stage, reply)
        self._accepted = []

    @property
    def stage(self) -> Stage:
        """How far those have come whose fate is open."""
        if self.phase in (Phase.SAYING, Phase.ENDING):
            return Stage.CONTENT
        index = self._heard - self._reset
        if index <= 0:
            return Stage.MAIL
        return Stage.RCPT if index <= len(self._offered) else Stage.DATA

    def ended_by(self, reply: Reply) -> None:
        """The server takes its leave (421) in place of an answer: that is the last word for all who wait for one."""
        stage = self.stage
        self._settle_all(stage, reply)

    def settled(self, error: PortsideError | None = None) -> Settled:
        """What became of everybody; ``error`` is what cut it off."""
        stage = self.stage
        recipients = self.order.envelope.recipients
        fates = [fate or Fate(recipients[index], stage, None) for index, fate in enumerate(self._fates)]
        unsure = self.phase is Phase.ENDING and any(fate is None for fate in self._fates)
        return Settled(self.order, tuple(fates), error, unsure)


@lru_cache(maxsize=RECIPIENTS_KNOWN)
def _rcpt(recipient: Recipient, parameters: frozenset[str], utf8: bool) -> bytes:
    """The command that names ``recipient``: many messages go to few."""
    return serialise_command(serialise_rcpt(recipient, parameters, utf8=utf8))


def _expect_refusal(reply: Reply, what: str) -> None:
    if not (reply.is_passing or reply.is_final):
        raise RemoteError(f"the server answers {what} with {reply}, which makes no sense", reply.code)
