"""Invariant: whatever comes, in whatever pieces, a side of Telnet hears messages, or ends with one RemoteError.

It never raises, sends nothing after its end, hears no subnegotiation of what is not on, and what it hears and answers
does not depend on the pieces. What it sends is Telnet again: the other role reads it without complaint. And it never
answers with more than it was asked.
"""

from __future__ import annotations

import random
import zlib
from dataclasses import replace

from fuzz.mutation import pieces
from portside.errors import RemoteError
from portside.interfaces import Close, Fault, Heard, Reading, Role, Send, Wake
from portside.protocols.telnet.messages import (
    AskTerminalTypes,
    Data,
    Function,
    Level,
    Message,
    Mtts,
    Option,
    Party,
    SpecialCharacter,
    TimingMark,
    Variable,
    Want,
    WindowSize,
)
from portside.protocols.telnet.rules.conversation import TelnetRules
from portside.protocols.telnet.rules.policy import CLIENT, SERVER, Policy
from portside.protocols.telnet.syntax.scanning import Run, Scanner

_YES = bytes(byte for option in Option for verb in (251, 253) for byte in (255, verb, option))
SEEDS = (
    _YES,
    _YES + b"login: \xff\xf9user\r\0pass\r\n\xff\xf4\xff\xf2",
    b"\xff\xfb\x18\xff\xfa\x18\x00XTERM\xff\xf0\xff\xfa\x18\x00MTTS 13\xff\xf0\xff\xfa\x18\x01\xff\xf0",
    b"\xff\xfb\x1f\xff\xfd\x1f\xff\xfa\x1f\0\xff\xff\0\x18\xff\xf0\xff\xfb\x20\xff\xfa\x20\x00300,9600\xff\xf0",
    b"\xff\xfb\x27\xff\xfd\x27\xff\xfa\x27\x00\x00USER\x01jo\x03A\x02\x01\x01\xff\xff\xff\xf0\xff\xfa\x27\x01\x03\xff\xf0",
    b"\xff\xfb\x2a\xff\xfd\x2a\xff\xfa\x2a\x01;UTF-8;KOI8-R\xff\xf0\xff\xfa\x2a\x02UTF-8\xff\xf0\xff\xfa\x2a\x03\xff\xf0",
    b"\xff\xfb\x22\xff\xfd\x22\xff\xfa\x22\x01\x03\xff\xf0\xff\xfa\x22\x03\x03\x62\x03\x0a\x02\x7f\x00\x03\x00\xff\xf0",
    b"\xff\xfb\x05\xff\xfd\x05\xff\xfa\x05\x01\xff\xf0\xff\xfa\x05\x00\xfb\x01\xfa\x1f\xf0\xf0\xf0\xfd\x03\xff\xf0",
    b"\xff\xfb\xc9\xff\xfd\xc9\xff\xfa\xc9Room.Info {}\xff\xf0\xff\xfb\x46\xff\xfa\x46\x01NAME\x02A\x02B\xff\xf0",
    b"\xff\xfb\x56\xff\xfa\x56\xff\xf0" + zlib.compress(b"hello \xff\xfd\x01\r\n" * 20) + b"plain",
    b"\xff\xfd\x06\xff\xfb\x06a\r\0b\xff\xffc" * 3,
)
WORDS = (
    b"\xff", b"\xff\xff", b"\xff\xf0", b"\xff\xfa", b"\xff\xf2", b"\xff\xf4", b"\r", b"\r\0", b"\r\n", b"\0", b"\x01",
    b"\x02", b"\x03", b"\xf0", b";", b" ", b"MTTS 9", b"UTF-8", b"[TTABLE ]\x01",
    *(bytes((255, verb, option)) for option in Option for verb in (251, 252, 253, 254)),
    *(bytes((255, 250, option)) for option in Option),
)  # fmt: skip
_KEYS = (SpecialCharacter(Function.IP, Level.VALUE, 3, True), SpecialCharacter(Function.EC, Level.CANTCHANGE, 127))
_CLIENT = replace(
    CLIENT, terminal_types=("A", "B"), mtts=Mtts.ANSI, window=WindowSize(80, 24), characters=_KEYS,
    environment=(Variable("LANG", "C", True), Variable("USER", "jo")), longest_subnegotiation=2000,
)  # fmt: skip
_SERVER = replace(SERVER, characters=_KEYS, longest_subnegotiation=2000)
BROKEN = "what should be compressed is not"
GROWTH = 60
"""Bytes of an answer to one byte at most, beside what is told of itself once: of the status, the environment ..."""
_ASKING: tuple[Message, ...] = (
    TimingMark(),
    *(Want(option, party) for option in Option if option is not Option.TIMING_MARK for party in Party),
)


class Side:
    """One side, and what it says and hears. Fails where it breaks its word."""

    def __init__(self, role: Role, policy: Policy) -> None:
        self.rules = TelnetRules(role, policy)
        self.sent = bytearray()
        self.heard: list[object] = []
        self.data = bytearray()
        self.fault = ""
        self.closed = self.wake = False

    def take(self, outputs: object) -> None:
        for output in outputs:  # type: ignore[attr-defined]
            assert not self.closed, "something follows the end"
            kind = type(output)
            if kind is Heard:
                self._hear(output.message)
            elif kind is Send:
                self.sent += output.data
            elif kind is Close:
                self.closed = True
            elif kind is Fault:
                assert isinstance(output.error, RemoteError)
                self.fault = str(output.error)
            elif kind is Wake:
                self.wake = True
            else:
                assert kind is Reading

    def _hear(self, message: object) -> None:
        if type(message) is Data:
            assert message.data
            self.data += message.data
        else:
            self.heard.append((len(self.data), message))

    def got(self, data: bytes) -> None:
        self.take(self.rules.received(data, None, 0.0))
        while self.wake:
            self.wake = False
            self.take(self.rules.woke("unpack", 0.0))


def talk(parts: list[bytes], role: Role, *, asking: bool) -> Side:
    side = Side(role, _CLIENT if role is Role.CLIENT else _SERVER)
    for message in _ASKING if asking else ():
        side.take(side.rules.say(message, 0.0))
    for part in parts:
        side.got(part)
        if side.closed:
            break
    return side


def check(data: bytes, dice: random.Random) -> None:
    role = dice.choice((Role.CLIENT, Role.SERVER))
    asking = dice.random() < 0.5
    whole = talk([data] if data else [], role, asking=asking)
    assert len(whole.sent) <= GROWTH * (len(data) + 100)
    if len(data) < 5000:
        cut = talk(pieces(data, dice), role, asking=asking)
        _compare(cut, whole)
        if not whole.rules.on(Option.MCCP2, Party.US):
            assert cut.sent == whole.sent or whole.fault
    if not whole.closed:
        _say_more(whole)
        whole.take(whole.rules.ended(None, 0.0))
        assert whole.closed
    _read_by_the_other(whole)


def _compare(cut: Side, whole: Side) -> None:
    """The same is heard in pieces; where compressed data is broken, how much of it is still unpacked may differ."""
    if whole.fault.startswith(BROKEN):
        assert cut.fault.startswith(BROKEN)
        cut.data = cut.data[: len(whole.data)]
        cut.heard = cut.heard[: len(whole.heard)]
    else:
        assert cut.fault == whole.fault
    assert cut.data == whole.data
    assert cut.heard == whole.heard


def _say_more(side: Side) -> None:
    """Whatever they have made of it, our side can go on."""
    rules = side.rules
    side.take(rules.urgent(0.0))
    side.take(rules.say(Data(b"a\r\xff\r\n"), 0.0))
    if rules.on(Option.TTYPE, Party.THEM):
        side.take(rules.say(AskTerminalTypes(), 0.0))
    if rules.on(Option.BINARY, Party.US):
        side.take(rules.say(Want(Option.BINARY, Party.US, False), 0.0))


def _read_by_the_other(side: Side) -> None:
    """What was sent is Telnet: all of it is read, and nothing of it is data but what was said as such."""
    if side.rules.on(Option.MCCP2, Party.US) or b"\xff\xfa\x56" in side.sent:
        return
    scanner = Scanner(10_000)
    said = b"".join(token.data for token in scanner.scan(bytes(side.sent)) if isinstance(token, Run))
    assert said in (b"", b"a\r\xff\r\n", b"a\r\0\xff\r\n")
    assert scanner.between
