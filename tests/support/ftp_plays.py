"""A server's rules of FTP as a play: what a client says, what is sent and heard, and how time passes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from portside.errors import ConnectionLost, RemoteError, TransportError
from portside.interfaces import Address, Close, Dial, Door, Heard, Link, Listen, Outputs, Send, SendFile, StartTls, Tls
from portside.protocols.ftp.messages import DataEnded, Reply
from portside.protocols.ftp.rules.limits import ServerLimits
from portside.protocols.ftp.rules.policy import Policy
from portside.protocols.ftp.rules.server import ServerRules
from portside.protocols.ftp.rules.turns import Admit, Begin
from portside.protocols.ftp.syntax.commands import Right

DOOR = Door(Address("192.0.2.1", 21), Address("192.0.2.7", 40000))
DOOR_6 = Door(Address("2001:db8::1", 21), Address("2001:db8::7", 40000))
DATA_DOOR = Door(Address("192.0.2.1", 50000), Address("192.0.2.7", 40001))
SECURE = Tls("TLSv1.3", "TLS_AES_128_GCM_SHA256")
RESUMED = Tls("TLSv1.3", "TLS_AES_128_GCM_SHA256", resumed=True)
EVERYTHING = frozenset(Right)
GOOD = Reply(226, ("Good.",))


@dataclass
class Play:
    """One control connection over ``rules``; ``sent`` and ``heard`` grow, ``timers`` are those that are set."""

    policy: Policy = field(default_factory=Policy)
    limits: ServerLimits = field(default_factory=ServerLimits)
    door: Door = DOOR
    now: float = 1000.0
    sent: bytearray = field(default_factory=bytearray)
    heard: list[Any] = field(default_factory=list)
    outputs: list[Any] = field(default_factory=list)
    data: bytearray = field(default_factory=bytearray)
    timers: dict[str, float] = field(default_factory=dict)
    closed: bool = False

    def __post_init__(self) -> None:
        self.rules = ServerRules(self.policy, self.limits)
        self.do(self.rules.opened(self.door, self.now))

    def do(self, outputs: Outputs) -> list[str]:
        """Carry out; the lines that were sent thereby."""
        before = len(self.sent)
        for output in outputs:
            self.outputs.append(output)
            if isinstance(output, Send) and output.to is None:
                self.sent += output.data
            elif isinstance(output, Send):
                self.data += output.data
            elif isinstance(output, Heard):
                self.heard.append(output.message)
            elif isinstance(output, Close) and output.link is None:
                self.closed = True
            elif type(output).__name__ == "Wake":
                self._wake(output)
        return self.sent[before:].decode("utf-8", "surrogateescape").splitlines()

    def _wake(self, wake: Any) -> None:
        if wake.at is None:
            self.timers.pop(wake.timer, None)
        else:
            self.timers[wake.timer] = wake.at

    # ------------------------------------------------------------------------------------------ what they do

    def type(self, *lines: str | bytes) -> list[str]:
        """The client says these lines; what is answered."""
        raw = b"".join((line if isinstance(line, bytes) else line.encode()) + b"\r\n" for line in lines)
        return self.raw(raw)

    def raw(self, data: bytes) -> list[str]:
        return self.do(self.rules.received(data, None, self.now))

    def code(self, line: str) -> int:
        """The code of the one reply to ``line``; 0 where none has come."""
        answer = self.type(line)
        return int(answer[-1][:3]) if answer else 0

    def wait(self, seconds: float) -> list[str]:
        """Time passes; timers that are due ring."""
        self.now += seconds
        lines: list[str] = []
        for timer, at in sorted(self.timers.items(), key=lambda item: item[1]):
            if at <= self.now and self.timers.get(timer) == at:
                del self.timers[timer]
                lines += self.do(self.rules.woke(timer, self.now))
        return lines

    # -------------------------------------------------------------------------------------------- what we do

    def say(self, message: Any) -> list[str]:
        return self.do(self.rules.say(message, self.now))

    def reply(self, code: int = 226, text: str = "Good.") -> list[str]:
        return self.say(Reply(code, (text,)))

    def log_in(self, rights: frozenset[Right] = EVERYTHING) -> Play:
        self.type("USER u", "PASS p")
        self.say(Admit(Reply(230, ("In.",)), rights))
        return self

    def last(self, kind: type[Any]) -> Any:
        """The last output of this kind."""
        return next(output for output in reversed(self.outputs) if type(output) is kind)

    def count(self, kind: type[Any]) -> int:
        return sum(type(output) is kind for output in self.outputs)

    # ------------------------------------------------------------------------------------------ data connections

    @property
    def link(self) -> Link:
        """The data connection that was asked for last."""
        asked = next(output for output in reversed(self.outputs) if isinstance(output, Listen | Dial))
        return asked.link

    def passive(self, command: str = "EPSV", port: int = 50000) -> list[str]:
        """A data connection is waited for."""
        self.type(command)
        return self.do(self.rules.listening(self.link, Address(self.door.local.host, port), self.now))

    def linked(self) -> list[str]:
        return self.do(self.rules.linked(self.link, DATA_DOOR, self.now))

    def secured(self, tls: Tls = SECURE, link: Link | None = None) -> list[str]:
        door = Door(DOOR.local, DOOR.remote, tls)
        return self.do(self.rules.secured(link, door, self.now))

    def transfer(self, command: str = "RETR x", *, inward: bool = False) -> list[str]:
        """The side above begins what ``command`` asked for."""
        self.type(command)
        return self.say(Begin(Reply(150, ("Now.",)), inward))

    def opened(self, command: str = "RETR x", *, inward: bool = False) -> Play:
        """A transfer whose data passes."""
        self.passive()
        self.linked()
        self.transfer(command, inward=inward)
        return self

    def data_comes(self, data: bytes) -> None:
        self.do(self.rules.received(data, self.link, self.now))

    def data_ends(self) -> list[str]:
        return self.do(self.rules.ended(self.link, self.now))

    def data_left(self) -> list[str]:
        return self.do(self.rules.closed(self.link, self.now))

    def data_breaks(self, error: TransportError | None = None) -> list[str]:
        return self.do(self.rules.failed(self.link, error or ConnectionLost("gone"), self.now))

    @property
    def error(self) -> int:
        """The status with which the last transfer's data ended; 0 for a good end."""
        ended = next(message for message in reversed(self.heard) if isinstance(message, DataEnded))
        assert ended.error is None or isinstance(ended.error, RemoteError)
        return 0 if ended.error is None else ended.error.status

    def cut(self) -> bool:
        """Whether the data connection was closed at once."""
        return any(isinstance(one, Close) and one.link == self.link and one.cut for one in self.outputs)


__all__ = [
    "DATA_DOOR", "DOOR", "DOOR_6", "EVERYTHING", "GOOD", "RESUMED", "SECURE", "Play", "SendFile", "StartTls",
]  # fmt: skip
