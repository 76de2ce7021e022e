"""A mail server's rules as a play: what a client says, what is sent and heard, and how time passes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from portside.interfaces import Address, Close, Door, Heard, Outputs, Reading, Send, StartTls, Tls, Wake
from portside.protocols.smtp.messages import Content, ContentEnded, Reply
from portside.protocols.smtp.rules.limits import ServerLimits
from portside.protocols.smtp.rules.policy import Policy
from portside.protocols.smtp.rules.server import ServerRules
from portside.protocols.smtp.rules.shared import Shared
from portside.protocols.smtp.rules.turns import Began, GoOn

DOOR = Door(Address("192.0.2.1", 25), Address("192.0.2.7", 40000))
NEAR = Door(Address("127.0.0.1", 25), Address("127.0.0.1", 40000))
SECURE = Tls("TLSv1.3", "TLS_AES_128_GCM_SHA256")
KEPT = Reply(250, ("Kept.",), "2.0.0")


@dataclass
class Play:
    """One connection over ``rules``; ``heard`` grows, ``timers`` are those that are set.

    ``answers``: what the side above says to a whole message, at once (None: nothing).
    """

    policy: Policy = field(default_factory=Policy)
    limits: ServerLimits = field(default_factory=ServerLimits)
    shared: Shared = field(default_factory=Shared)
    door: Door = DOOR
    now: float = 1000.0
    answers: Any = KEPT
    sent: bytearray = field(default_factory=bytearray)
    heard: list[Any] = field(default_factory=list)
    outputs: list[Any] = field(default_factory=list)
    timers: dict[str, float] = field(default_factory=dict)
    closed: bool = False
    reading: bool = True

    def __post_init__(self) -> None:
        self.rules = ServerRules(self.policy, self.limits, self.shared)
        self.do(self.rules.opened(self.door, self.now))

    def do(self, outputs: Outputs) -> list[str]:
        """Carry out; the lines that were sent thereby."""
        before = len(self.sent)
        for output in outputs:
            self.outputs.append(output)
            match output:
                case Send(data):
                    self.sent += data
                case Heard(message):
                    self.heard.append(message)
                    if isinstance(message, ContentEnded) and self.answers is not None:
                        self.do(self.rules.say(self.answers, self.now))
                case Close():
                    self.closed = True
                case Reading(on):
                    self.reading = on
                case Wake(timer, at):
                    self._wake(timer, at)
        return self.sent[before:].decode().splitlines()

    def _wake(self, timer: str, at: float | None) -> None:
        if at is None:
            self.timers.pop(timer, None)
        else:
            self.timers[timer] = at

    # ------------------------------------------------------------------------------------------ what they do

    def type(self, *lines: str | bytes) -> list[str]:
        """The client says these lines in one go; what is answered."""
        return self.raw(b"".join((line if isinstance(line, bytes) else line.encode()) + b"\r\n" for line in lines))

    def raw(self, data: bytes) -> list[str]:
        return self.do(self.rules.received(data, None, self.now))

    def code(self, line: str | bytes) -> int:
        """The code of the one reply to ``line``; 0 where none has come."""
        answer = self.type(line)
        return int(answer[-1][:3]) if answer else 0

    def codes(self, *lines: str | bytes) -> list[int]:
        """The codes of all that is answered, one for each reply."""
        return [int(line[:3]) for line in self.type(*lines) if line[3:4] == " "]

    def greet(self, verb: str = "EHLO") -> Play:
        assert self.code(f"{verb} client.example") == 250
        return self

    def begin(self, *recipients: str) -> Play:
        """A message with its envelope."""
        self.greet("LHLO" if self.policy.lmtp else "EHLO")
        assert self.code("MAIL FROM:<a@example.com>") == 250
        for recipient in recipients or ("b@example.net",):
            assert self.code(f"RCPT TO:<{recipient}>") == 250
        return self

    def secured(self) -> list[str]:
        """The TLS handshake is done."""
        self.door = Door(self.door.local, self.door.remote, SECURE)
        return self.do(self.rules.secured(None, self.door, self.now))

    def in_tls(self) -> Play:
        self.greet()
        assert self.code("STARTTLS") == 220
        self.secured()
        return self

    def wait(self, seconds: float) -> list[str]:
        """Time passes; timers that are due ring, each when it is."""
        end = self.now + seconds
        lines: list[str] = []
        while self.timers and min(self.timers.values()) <= end:
            timer = min(self.timers, key=lambda name: self.timers[name])
            self.now = max(self.now, self.timers.pop(timer))
            lines += self.do(self.rules.woke(timer, self.now))
        self.now = end
        return lines

    # -------------------------------------------------------------------------------------------- what we do

    def say(self, message: Any) -> list[str]:
        return self.do(self.rules.say(message, self.now))

    def go_on(self) -> list[str]:
        return self.say(GoOn())

    # ------------------------------------------------------------------------------------------ what came of it

    @property
    def content(self) -> bytes:
        """All of the content that was heard."""
        return b"".join(message.data for message in self.heard if isinstance(message, Content))

    @property
    def envelopes(self) -> list[Any]:
        return [message.envelope for message in self.heard if isinstance(message, Began)]

    @property
    def whole(self) -> int:
        """How many messages came to their end."""
        return sum(isinstance(message, ContentEnded) for message in self.heard)

    def heard_of(self, kind: type[Any]) -> list[Any]:
        return [message for message in self.heard if isinstance(message, kind)]

    @property
    def begins_tls(self) -> bool:
        return any(isinstance(output, StartTls) for output in self.outputs)


def messages_of(play: Play) -> list[bytes]:
    """The contents of all messages that came to their end, one by one."""
    found: list[bytes] = []
    whole = b""
    for message in play.heard:
        if isinstance(message, Began):
            whole = b""
        elif isinstance(message, Content):
            whole += message.data
        elif isinstance(message, ContentEnded):
            found.append(whole)
    return found
