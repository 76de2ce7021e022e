"""Telnet in words, and one side of a conversation to be played against."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from portside.interfaces import Close, Fault, Outputs, Reading, Role, Send, Wake
from portside.interfaces import Heard as HeardOutput
from portside.protocols.telnet.messages import Control, Message, Option, Party, Verb, Want
from portside.protocols.telnet.rules.conversation import TelnetRules
from portside.protocols.telnet.rules.policy import CLIENT, SERVER, Policy

_WORDS = {
    "IAC": 255, "SB": 250, "SE": 240, "DM": 242, "CR": 13, "LF": 10, "NUL": 0,
    **{control.name: int(control) for control in Control},
    **{verb.name: int(verb) for verb in Verb},
    "EOR-COMMAND": int(Control.EOR), **{str(option): int(option) for option in Option},
    "IS": 0, "SEND": 1, "INFO": 2, "VAR": 0, "VALUE": 1, "ESC": 2, "USERVAR": 3,
    "REQUEST": 1, "ACCEPTED": 2, "REJECTED": 3, "MODE": 1, "FORWARDMASK": 2, "SLC": 3,
}  # fmt: skip
_TOKEN = re.compile(r"'([^']*)'|(\S+)")


def wire(words: str) -> bytes:
    r"""Bytes by their names in the RFCs, as numbers, or as text between quotes.

    >>> wire("IAC DO ECHO 'a' 255")
    b'\xff\xfd\x01a\xff'
    """
    return b"".join(
        bytes((_WORDS[word] if word in _WORDS else int(word),)) if word else text.encode("latin-1")
        for text, word in _TOKEN.findall(words)
    )


@dataclass
class Talk:
    """One side, and what it has sent and heard."""

    rules: TelnetRules
    sent: bytes = b""
    urgent: list[bytes] = field(default_factory=list)
    heard: list[Message] = field(default_factory=list)
    broken: list[Exception] = field(default_factory=list)
    closed: int = 0
    wakes: list[Wake] = field(default_factory=list)
    reading: bool = True
    now: float = 0.0

    def take(self, outputs: Outputs) -> None:
        """Carry out what the rules say."""
        for output in outputs:
            match output:
                case Send(data, None, urgent):
                    self.sent += bytes(data)
                    self.urgent += [bytes(data)] * urgent
                case HeardOutput(message):
                    self.heard.append(message)
                case Fault(error):
                    self.broken.append(error)
                case Close():
                    self.closed += 1
                case Wake():
                    self.wakes.append(output)
                case Reading(on):
                    self.reading = on
                case _:
                    raise AssertionError(output)

    def got(self, data: bytes) -> None:
        """The other side has sent this."""
        self.take(self.rules.received(data, None, self.now))

    def say(self, *messages: Message) -> None:
        """Our side says this."""
        for message in messages:
            self.take(self.rules.say(message, self.now))

    def wake(self) -> None:
        """Every timer that was asked for is due."""
        while self.wakes:
            self.take(self.rules.woke(self.wakes.pop(0).timer, self.now))

    def agree(self, option: Option, party: Party) -> None:
        """``option`` is on at ``party``, and nobody speaks of how that came."""
        self.say(Want(option, party))
        self.got(bytes((255, Verb.DO if party is Party.US else Verb.WILL, option)))
        self.forget()

    def forget(self) -> None:
        """Begin anew to note what is sent and heard."""
        self.sent = b""
        self.heard = []
        self.urgent = []


def talk(role: Role = Role.CLIENT, policy: Policy | None = None) -> Talk:
    """One side that has asked for nothing yet."""
    return Talk(TelnetRules(role, policy or (CLIENT if role is Role.CLIENT else SERVER)))


def converse(one: Talk, other: Talk, *, most: int = 10_000) -> None:
    """Carry what each has sent to the other until both are silent; ``most`` rounds at most."""
    for _ in range(most):
        said, answered = one.sent, other.sent
        one.sent = other.sent = b""
        if not said and not answered:
            return
        if said:
            other.got(said)
            other.wake()
        if answered:
            one.got(answered)
            one.wake()
    raise AssertionError("they do not come to an end")
