"""Invariant: whatever a server says, in whatever pieces, a mail client settles each message once, or lets go.

It never raises, says nothing after its end, no password in the clear, and no line that is not one. Each message has as
many fates as recipients; none is delivered by what is no good reply to its content. What it says, and what becomes of
its messages, does not depend on how a line is cut.
"""

from __future__ import annotations

import random
from collections import deque
from typing import Any

from fuzz.mutation import pieces
from portside.errors import PortsideError
from portside.interfaces import Address, Close, Door, Fault, Heard, Output, Outputs, Send, StartTls, Tls, Wake
from portside.mail.envelope import Body, Envelope, Recipient
from portside.protocols.smtp.messages import Content, ContentEnded
from portside.protocols.smtp.rules.client import ClientRules
from portside.protocols.smtp.rules.orders import Begun, Entered, Entry, Login, Settled, Stage, TlsUse, Transaction

_OFFER = b"250-x.test\r\n250-PIPELINING\r\n250-SIZE 9999\r\n250-8BITMIME\r\n250-AUTH PLAIN LOGIN\r\n250 DSN\r\n"
_BARE = b"250 x.test\r\n"
_DONE = b"250 2.1.0 a\r\n250 2.1.5 b\r\n550 5.1.1 c\r\n354 d\r\n250 2.0.0 e\r\n"
SEEDS = (
    b"220 x.test ESMTP\r\n" + _OFFER + _DONE + _DONE + b"221 bye\r\n",
    b"220 x.test ESMTP\r\n" + _BARE + _DONE + b"250 a\r\n550 b\r\n550 c\r\n250 d\r\n",
    b"220 x.test\r\n" + _OFFER + b"235 2.7.0 in\r\n" + _DONE + b"421 enough\r\n",
    b"220 x.test\r\n" + _OFFER + b"334 \r\n334 UGFzc3dvcmQ6\r\n235 in\r\n" + _DONE,
    b"220 x.test\r\n502 what\r\n250 a\r\n" + _DONE,
    b"220 x.test\r\n250-a\r\n250-STARTTLS\r\n250 CHUNKING\r\n220 go\r\n250-a\r\n250 CHUNKING\r\n" + _DONE,
    b"220 x LMTP\r\n" + _OFFER + b"250 a\r\n250 b\r\n250 c\r\n354 d\r\n250 e\r\n452 f\r\n",
    b"554 no\r\n",
)  # fmt: skip
WORDS = (
    _DONE, _OFFER, b"\r\n", b"\n", b"\r", b"\0", b" ", b"-", b"250 a\r\n", b"250-", b"354 go\r\n", b"334 \r\n",
    b"250-AUTH SCRAM-SHA-256\r\n", b"334 cj14\r\n",
    b"421 x\r\n", b"450 x\r\n", b"550 x\r\n", b"235 in\r\n", b"220 go\r\n", b"STARTTLS", b"CHUNKING", b"SMTPUTF8",
    b"x" * 13_000,
    b"250-SIZE 1\r\n", b"AUTH ", b"\xff", b"999 x\r\n",
)  # fmt: skip
_HERE = Door(Address("192.0.2.7", 4000), Address("192.0.2.1", 25))
_SECURE = Door(_HERE.local, _HERE.remote, Tls("TLSv1.3", "x"))
_PASSWORD = "c4n4ry"
_SECRETS = (b"c4n4ry", b"AGFubmEAYzRuNHJ5", b"YzRuNHJ5")
_ENTRIES = (
    Entry("x.test", "me.test", TlsUse.OFF),
    Entry("x.test", "me.test", TlsUse.OFFERED, Login("anna", _PASSWORD, nonce="n")),
    Entry("x.test", "me.test", TlsUse.OFF, Login("anna", _PASSWORD, nonce="n", clear=True)),
    Entry("x.test", "me.test", TlsUse.REQUIRED),
    Entry("x.test", "me.test", TlsUse.OFF, lmtp=True),
)
_TO = (Recipient("a@b.test"), Recipient("c@d.test"))
_LETTER = b"Subject: x\r\n\r\n.\r\nMAIL FROM:<in@the.text>\r\n"


def _letters() -> list[Transaction]:
    size = len(_LETTER)
    return [
        Transaction(Envelope("me@here.test", _TO, size=size), _LETTER),
        Transaction(Envelope("", _TO[:1], Body.EIGHT_BIT, size=size), None),
        Transaction(Envelope("me@here.test", (Recipient("p\xe9@b.test"),), size=size, utf8=True), _LETTER),
    ]


class Play:
    """One connection whose side above, and whose network, do all at once."""

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.rules = ClientRules(entry)
        self.waiting = _letters()
        self.said: list[Transaction] = []
        self.settled: list[Settled] = []
        self.pours: list[Transaction] = []
        self.sent = bytearray()
        self.clear = bytearray()
        self.closed = self.secured = False
        self.fault: PortsideError | None = None
        self.todo: deque[Output] = deque()
        self.carry_out(self.rules.opened(_HERE, 0.0))

    def carry_out(self, outputs: Outputs) -> None:
        """What the rules say, and then what the side above says to that: it is never quicker than the rules."""
        self.todo.extend(outputs)
        while True:
            while self.todo:
                self.do(self.todo.popleft())
            if self.pours and not self.closed:
                self.pour(self.pours.pop())
            elif self.waiting and self.rules.room and not self.closed:
                self.said.append(self.waiting.pop(0))
                self.todo.extend(self.rules.say(self.said[-1], 0.0))
            else:
                return

    def pour(self, order: Transaction) -> None:
        """The content of ``order`` may come."""
        if any(order is settled.transaction for settled in self.settled):
            return
        for piece in (_LETTER[:20], _LETTER[20:]):
            self.todo.extend(self.rules.say(Content(piece), 0.0))
        self.todo.extend(self.rules.say(ContentEnded(), 0.0))

    def do(self, output: Output) -> None:
        match output:
            case Send(data):
                assert not self.closed, "something is said after the end"
                self.sent += data
                self.clear += b"" if self.secured else data
            case Close():
                self.closed = True
            case Fault(error):
                self.fault = error
            case StartTls():
                self.secured = True
                self.todo.extend(self.rules.secured(None, _SECURE, 0.0))
            case Heard(message):
                self.hear(message)
            case _:
                assert isinstance(output, Wake)

    def hear(self, message: Any) -> None:
        match message:
            case Begun(order):
                self.pours.append(order)
            case Settled():
                self.settle(message)
            case _:
                assert isinstance(message, Entered)

    def settle(self, settled: Settled) -> None:
        order = settled.transaction
        assert order in self.said and not any(order is other.transaction for other in self.settled)
        assert [fate.recipient for fate in settled.fates] == list(order.envelope.recipients)
        for fate in settled.fates:
            assert fate.reply is None or not fate.reply.is_good or fate.stage is Stage.CONTENT or settled.error
        self.settled.append(settled)


def talk(parts: list[bytes], entry: Entry) -> Play:
    play = Play(entry)
    for part in parts:
        if not play.closed:
            play.carry_out(play.rules.received(part, None, 0.0))
    if not play.closed:
        play.carry_out(play.rules.ended(None, 0.0))
    assert play.closed
    assert len(play.settled) == len(play.said), "a message is never settled"
    if entry.login is None or not entry.login.clear:
        assert not any(secret in play.clear for secret in _SECRETS), "a password in the clear"
    return play


def _told(play: Play) -> tuple[object, ...]:
    fates = [(one.fates, str(one.error), one.unsure) for one in play.settled]
    return bytes(play.sent), fates, str(play.fault)


def check(data: bytes, dice: random.Random) -> None:
    """A reply that comes ahead of its question answers nothing: so the client is given the time to ask."""
    entry = dice.choice(_ENTRIES)
    talk([data] if data else [], entry)
    talk(pieces(data, dice), entry)
    lines = data[:5000].splitlines(keepends=True)
    whole = talk(lines, entry)
    cut = talk([piece for line in lines for piece in pieces(line, dice)], entry)
    assert whole.secured or cut.secured or _told(cut) == _told(whole)
