"""A client's rules of SMTP as a play: what a server says, what is sent and heard, and how time passes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from portside.errors import PortsideError
from portside.interfaces import Address, Close, Door, Fault, Heard, Outputs, Send, StartTls, Tls, Wake
from portside.mail.envelope import Body, Envelope, Recipient
from portside.protocols.smtp.rules.client import ClientRules
from portside.protocols.smtp.rules.orders import Entry, Settled, TlsUse, Transaction
from portside.protocols.smtp.rules.waits import ClientLimits

DOOR = Door(Address("192.0.2.7", 40000), Address("192.0.2.1", 25))
SECURE = Tls("TLSv1.3", "TLS_AES_128_GCM_SHA256")
TLS_DOOR = Door(DOOR.local, DOOR.remote, SECURE)
EVERYTHING = ("PIPELINING", "8BITMIME", "SMTPUTF8", "DSN", "SIZE 1000000", "ENHANCEDSTATUSCODES")
LETTER = b"Subject: x\r\n\r\nHi.\r\n"


def letter(
    *to: str, content: bytes | None = LETTER, sender: str = "a@example.org", size: int | None = None, **more: Any
) -> Transaction:
    """A message to these."""
    utf8_fields = more.pop("utf8_fields", False)
    recipients = tuple(Recipient(address) for address in to or ("b@example.org",))
    body = more.pop("body", Body.SEVEN_BIT)
    length = len(content or b"") if size is None else size
    return Transaction(Envelope(sender, recipients, body, size=length, **more), content, utf8_fields)


@dataclass
class Play:
    """One connection over ``rules``; ``sent`` and ``heard`` grow, ``timers`` are those that are set."""

    entry: Entry = field(default_factory=lambda: Entry("mx.test", tls=TlsUse.OFF))
    limits: ClientLimits = field(default_factory=ClientLimits)
    door: Door = DOOR
    now: float = 1000.0
    sent: bytearray = field(default_factory=bytearray)
    heard: list[Any] = field(default_factory=list)
    outputs: list[Any] = field(default_factory=list)
    timers: dict[str, float] = field(default_factory=dict)
    closed: bool = False
    fault: PortsideError | None = None

    def __post_init__(self) -> None:
        self.rules = ClientRules(self.entry, self.limits)
        self.do(self.rules.opened(self.door, self.now))

    def do(self, outputs: Outputs) -> bytes:
        """Carry out; what was sent thereby."""
        before = len(self.sent)
        for output in outputs:
            self.outputs.append(output)
            match output:
                case Send(data):
                    self.sent += data
                case Heard(message):
                    self.heard.append(message)
                case Close():
                    self.closed = True
                case Fault(error):
                    self.fault = error
                case Wake(timer, at):
                    if at is not None:
                        self.timers[timer] = at
        return bytes(self.sent[before:])

    def answer(self, *lines: str | bytes) -> bytes:
        """The server says these lines; what we say to that."""
        raw = b"".join((line if isinstance(line, bytes) else line.encode()) + b"\r\n" for line in lines)
        return self.raw(raw)

    def raw(self, data: bytes) -> bytes:
        return self.do(self.rules.received(data, None, self.now))

    def secured(self) -> bytes:
        """The handshake is over."""
        return self.do(self.rules.secured(None, TLS_DOOR, self.now))

    def enter(self, *keywords: str) -> Play:
        """The server greets, and offers these."""
        self.answer("220 mx.test ESMTP")
        lines = ("mx.test", *keywords)
        self.answer(*(f"250{' ' if line is lines[-1] else '-'}{line}" for line in lines))
        assert self.rules.usable
        return self

    def say(self, message: Any) -> bytes:
        return self.do(self.rules.say(message, self.now))

    def wait(self, seconds: float) -> None:
        """Time passes; the clock rings as often as it was set to."""
        end = self.now + seconds
        while self.timers and min(self.timers.values()) <= end:
            timer, at = min(self.timers.items(), key=lambda item: item[1])
            del self.timers[timer]
            self.now = max(self.now, at)
            self.do(self.rules.woke(timer, self.now))
        self.now = end

    @property
    def begins_tls(self) -> bool:
        return any(isinstance(output, StartTls) for output in self.outputs)

    @property
    def settled(self) -> Settled:
        """What became of the last message."""
        found = self.heard[-1]
        assert isinstance(found, Settled)
        return found

    @property
    def codes(self) -> list[int]:
        """The last message's codes, 0 for who has none."""
        return [0 if fate.reply is None else fate.reply.code for fate in self.settled.fates]


def entered(*keywords: str, **entry: Any) -> Play:
    """A play that is in, at a server that offers ``keywords``."""
    options: dict[str, Any] = {"server": "mx.test", "tls": TlsUse.OFF, **entry}
    return Play(Entry(**options)).enter(*keywords)
