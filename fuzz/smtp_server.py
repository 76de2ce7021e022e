"""Invariant: whatever comes, in whatever pieces, a mail server answers in order, or lets go; and it is no open relay.

It never raises, sends nothing but whole replies and nothing after its end, begins no message without a recipient, takes
none for others from who has not logged in, and keeps only what has come to its end. What was said in the clear behind
STARTTLS is not carried out. Its answers, and what it keeps, do not depend on the pieces.
"""

from __future__ import annotations

import random
import re
from collections import deque
from typing import Any

from fuzz.mutation import pieces
from portside.interfaces import Address, Close, Door, Heard, Output, Outputs, Reading, Send, StartTls, Tls, Wake
from portside.mail.envelope import Body, Envelope
from portside.protocols.smtp.messages import Content, ContentEnded, Reply
from portside.protocols.smtp.rules import policy as allowed
from portside.protocols.smtp.rules.limits import ServerLimits
from portside.protocols.smtp.rules.policy import Policy
from portside.protocols.smtp.rules.server import ServerRules
from portside.protocols.smtp.rules.shared import Shared
from portside.protocols.smtp.rules.turns import (
    Admit,
    Asked,
    Attempt,
    Began,
    Dropped,
    GoOn,
    Guessed,
    Hook,
    KeysWanted,
    Replies,
)
from portside.protocols.smtp.syntax.content import has_bare

_MAIL = b"MAIL FROM:<a@b.c>\r\nRCPT TO:<d@here.test>\r\n"
SEEDS = (
    b"EHLO a\r\n" + _MAIL + b"DATA\r\nSubject: x\r\n\r\n..hi\r\n.\r\nQUIT\r\n",
    b"LHLO a\r\n" + _MAIL + b"RCPT TO:<e@here.test>\r\nDATA\r\nhi\r\n.\r\n" + _MAIL + b"BDAT 4 LAST\r\nhi\r\nRSET\r\n",
    b"EHLO a\r\n" + _MAIL + b"BDAT 4\r\nhi\r\nBDAT 0\r\nBDAT 6 LAST\r\nhell\r\nNOOP\r\nBDAT 3\r\nabcVRFY d\r\n",
    b"EHLO a\r\nAUTH PLAIN AHUAcA==\r\nMAIL FROM:<a@b.c> SIZE=9 BODY=BINARYMIME\r\nRCPT TO:<d@there.test>\r\n"
    b"BDAT 2 LAST\r\n\n\rHELP\r\nHELP MAIL\r\nEXPN x\r\n",
    b"HELO a\r\nAUTH LOGIN\r\ndQ==\r\ncA==\r\nAUTH PLAIN\r\n*\r\n" + _MAIL + b"DATA\r\na\n.\nMAIL FROM:<x@y>\r\n.\r\n",
    b"EHLO a\r\nSTARTTLS\r\nEHLO b\r\n" + _MAIL + b"DATA\r\n.\r\n",
    b"EHLO a\r\nAUTH SCRAM-SHA-256 bixhLD1hLG49dSxyPXg=\r\nAUTH OAUTHBEARER bixhPXUsAWF1dGg9QmVhcmVyIHABAQ==\r\n",
    b"EHLO a\r\nMAIL FROM:<@x:a@b> RET=HDRS ENVID=1 SMTPUTF8\r\nRCPT TO:<p\xc3\xa9@here.test> NOTIFY=NEVER\r\n"
    b"DATA\r\n.\r\n",
)
WORDS = (
    _MAIL, b"\r\n", b"\n", b"\r", b"\0", b" ", b".\r\n", b"\r\n.\r\n", b"\n.\n", b"\r\n.\n", b"DATA\r\n", b"BDAT 5\r\n",
    b"BDAT 5 LAST\r\n", b"BDAT 99999999999 LAST\r\n", b"RSET\r\n", b"QUIT\r\n", b"EHLO a\r\n", b"HELO a\r\n",
    b"LHLO a\r\n",
    b"STARTTLS\r\n", b"AUTH PLAIN AHUAcA==\r\n", b"AUTH LOGIN\r\n", b"*\r\n", b"RCPT TO:<d@there.test>\r\n",
    b"A" * 3000,
    b"RCPT TO:<d%there.test@here.test>\r\n", b"RCPT TO:<@here.test:d@there.test>\r\n", b"GET / HTTP/1.1\r\n",
    b"TURN\r\n",
    b"Received: a\r\n" * 60, b"NOOP\r\n", b"x" * 1100,
)  # fmt: skip
_HERE = Door(Address("127.0.0.1", 25), Address("127.0.0.1", 4000))
"""Where a login may come in the clear."""
_SECURE = Door(_HERE.local, _HERE.remote, Tls("TLSv1.3", "x"))
_LINE = re.compile(rb"[2-5][0-9]{2}[ -][ -~]*\r\n")
_FAULT = re.compile(rb"(?m)^(?:552 5\.3\.4|550 5\.6\.11|554 5\.4\.6) .*$")
"""A content that is too large, has a bare line end, or goes round in circles."""
_KEPT = Reply(250, ("Kept.",), "2.0.0")
_LIMITS = ServerLimits(largest=1000, recipients=5, errors=6, logins=3, idle_commands=20)
_POLICIES = tuple(
    Policy(
        name="here.test",
        lmtp=lmtp,
        tls=tls,
        mechanisms=("SCRAM-SHA-256", "OAUTHBEARER", "PLAIN", "LOGIN"),
        clear_login=clear,
        domains=domains,
        relays=relays,
        bare_lines=bare,
        hooks=hooks,
    )
    for lmtp, tls, clear, domains, relays, bare, hooks in (
        (False, allowed.Tls.OFFERED, True, frozenset({"here.test"}), True, False, frozenset[Hook]()),
        (False, allowed.Tls.OFF, True, frozenset({"here.test"}), False, True, frozenset(Hook)),
        (False, allowed.Tls.REQUIRED, False, None, False, False, frozenset[Hook]()),
        (True, allowed.Tls.OFF, False, frozenset({"here.test"}), False, False, frozenset({Hook.RECIPIENT})),
    )
)


class Play:
    """One conversation whose side above, and whose network, do all at once."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.rules = ServerRules(policy, _LIMITS, Shared(nonce=lambda: "nonce"))
        self.sent = bytearray()
        self.kept: list[tuple[Envelope, bytes]] = []
        self.content: bytes | None = None
        self.envelope = Envelope("")
        self.user = ""
        self.closed = self.secured = False
        self.todo: deque[Output] = deque()
        self.carry_out(self.rules.opened(_HERE, 0.0))

    def carry_out(self, outputs: Outputs) -> None:
        self.todo.extend(outputs)
        while self.todo:
            self.do(self.todo.popleft())

    def do(self, output: Output) -> None:
        match output:
            case Send(data, None):
                assert not self.closed, "something is sent after the end"
                self.sent += data
            case Close():
                self.closed = True
            case StartTls():
                self.secured, self.user = True, ""
                self.todo.extend(self.rules.secured(None, _SECURE, 0.0))
            case Heard(message):
                self.hear(message)
            case _:
                assert isinstance(output, Wake | Reading)

    def hear(self, message: Any) -> None:
        match message:
            case Asked():
                assert message.hook in self.policy.hooks
                self.say(GoOn())
            case Attempt(user, secret):
                right = secret == "p"
                self.user = user if right else self.user
                self.say(Admit(user) if right else Reply(535, ("no",), "5.7.8"))
            case KeysWanted():
                self.say(Reply(535, ("no",), "5.7.8"))
            case Began(envelope, _, _, user):
                assert self.content is None, "a message begins within another"
                assert user == self.user
                self.begin(envelope)
            case Content(data):
                assert self.content is not None and data
                self.content += data
                assert len(self.content) <= _LIMITS.largest
            case ContentEnded():
                self.keep()
            case Dropped():
                assert self.content is not None, "what never began is dropped"
                self.content = None
            case _:
                assert isinstance(message, Guessed)

    def begin(self, envelope: Envelope) -> None:
        self.envelope, self.content = envelope, b""
        assert 0 < len(envelope.recipients) <= _LIMITS.recipients
        if self.policy.domains is not None and not (self.user and self.policy.relays):
            assert all(one.domain in ("", "here.test") for one in envelope.recipients), "an open relay"

    def keep(self) -> None:
        assert self.content is not None
        if self.envelope.body is not Body.BINARY:
            assert not has_bare(self.content)
        self.kept.append((self.envelope, self.content))
        self.content = None
        count = len(self.envelope.recipients)
        self.say(Replies((_KEPT,) * count) if self.policy.lmtp else _KEPT)

    def say(self, message: object) -> None:
        self.todo.extend(self.rules.say(message, 0.0))


def talk(parts: list[bytes], policy: Policy) -> Play:
    play = Play(policy)
    for part in parts:
        if not play.closed:
            play.carry_out(play.rules.received(part, None, 0.0))
    if not play.closed:
        play.carry_out(play.rules.ended(None, 0.0))
    assert play.content is None, "what never ended is neither kept nor dropped"
    return play


def check(data: bytes, dice: random.Random) -> None:
    policy = dice.choice(_POLICIES)
    whole = talk([data] if data else [], policy)
    talk(data.splitlines(keepends=True), policy)  # each reply is waited for
    assert _LINE.sub(b"", bytes(whole.sent)) == b"", "what is sent is no line of SMTP"
    cut = talk(pieces(data, dice), policy)
    if whole.secured or cut.secured or any(b"Wait for the reply" in play.sent for play in (whole, cut)):
        return  # what came behind STARTTLS, or DATA, before the reply: it ought to have waited
    assert (_told(cut), cut.kept, cut.user) == (_told(whole), whole.kept, whole.user)


def _told(play: Play) -> bytes:
    """What was sent; where a content has two faults, either may be told."""
    return _FAULT.sub(b"5yz", bytes(play.sent))
