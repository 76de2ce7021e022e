"""Invariant: whatever comes, in whatever pieces, an FTP server answers each command once and in order, or lets go.

It never raises, sends nothing after its end, asks for no file before a login, sends data to nobody but who asks, and
what was said in the clear behind AUTH is not carried out. Its answers do not depend on the pieces, but for ABOR and
STAT, which are meant to come in the middle.
"""

from __future__ import annotations

import random
import re
from collections import deque
from typing import Any

from fuzz.mutation import pieces
from portside.interfaces import (
    Address,
    Close,
    Dial,
    Door,
    Heard,
    Link,
    Listen,
    Output,
    Outputs,
    Reading,
    Send,
    StartTls,
    Tls,
    Wake,
)
from portside.protocols.ftp.messages import Data, DataEnded, Reply
from portside.protocols.ftp.rules import policy as allowed
from portside.protocols.ftp.rules.limits import ServerLimits
from portside.protocols.ftp.rules.orders import DataDone
from portside.protocols.ftp.rules.policy import Policy
from portside.protocols.ftp.rules.server import ServerRules
from portside.protocols.ftp.rules.turns import (
    Admit,
    Asked,
    Attempt,
    Begin,
    DataReady,
    LoggedOut,
    Meanwhile,
    StatusAsked,
)
from portside.protocols.ftp.syntax.commands import DATA_VERBS, Right

_LOGIN = b"USER u\r\nPASS p\r\n"
SEEDS = (
    _LOGIN + b"PWD\r\nCWD a\r\nTYPE I\r\nREST 5\r\nEPSV\r\nRETR x\r\nQUIT\r\n",
    _LOGIN + b"PASV\r\nSTOR x\r\nABOR\r\nSTAT\r\nPASV\r\nLIST -la\r\n",
    _LOGIN + b"PORT 192,0,2,7,200,10\r\nRETR x\r\nEPRT |1|192.0.2.7|5000|\r\nMLSD\r\n",
    b"AUTH TLS\r\n" + _LOGIN + b"PBSZ 0\r\nPROT P\r\nEPSV\r\nNLST\r\nCCC\r\nREIN\r\n",
    b"FEAT\r\nHELP\r\nHELP RETR\r\nHOST a\r\nCLNT b\r\nLANG EN\r\nOPTS UTF8 ON\r\nSYST\r\nNOOP\r\nACCT x\r\n" + _LOGIN,
    _LOGIN + b"RNFR a\r\nRNTO b\r\nMKD c\r\nRMD c\r\nDELE d\r\nSITE CHMOD 644 e\r\nMFMT 20200101000000 f\r\nHASH g\r\n",
    _LOGIN
    + b"EPSV ALL\r\nPASV\r\nEPSV 2\r\nMODE Z\r\nSTRU F\r\nALLO 9\r\nSIZE h\r\nMDTM i\r\nMLST j\r\nSTOU\r\nAPPE k\r\n",
)
WORDS = (
    _LOGIN, b"\r\n", b"\n", b"\r", b"\0", b" ", b"\xff", b"\xff\xf4\xff\xf2", b"AUTH TLS\r\n", b"EPSV\r\n", b"PASV\r\n",
    b"RETR x\r\n", b"STOR x\r\n", b"ABOR\r\n", b"STAT\r\n", b"QUIT\r\n", b"REIN\r\n", b"USER ", b"PASS ", b"RNTO x\r\n",
    b"PROT P\r\n", b"PBSZ 0\r\n", b"A" * 5000, b"PORT 192,0,2,8,200,10\r\n", b"PORT 192,0,2,7,0,10\r\n", b"REST 9\r\n",
)  # fmt: skip
_HERE = Door(Address("192.0.2.1", 21), Address("192.0.2.7", 4000))
_SECURE = Door(_HERE.local, _HERE.remote, Tls("TLSv1.3", "x", resumed=True))
_LINE = re.compile(rb"([1-5][0-9]{2})([ -])[^\r\n]*\r\n|[^\r\n]*\r\n")


class Play:
    """One conversation whose side above, and whose network, do all at once."""

    def __init__(self, policy: Policy, limits: ServerLimits) -> None:
        self.rules = ServerRules(policy, limits)
        self.sent = bytearray()
        self.asked: list[tuple[object, ...]] = []
        self.closed = self.logged_in = False
        self.inward = False
        self.todo: deque[Output] = deque()
        self.carry_out(self.rules.opened(_HERE, 0.0))

    def carry_out(self, outputs: Outputs) -> None:
        self.todo.extend(outputs)
        while self.todo:
            self.do(self.todo.popleft())

    def do(self, output: Output) -> None:
        now = 0.0
        match output:
            case Send(data, None):
                assert not self.closed, "something is sent after the end"
                self.sent += data
            case Close(None):
                self.closed = True
            case Close(link, _, False):
                self.todo.extend(self.rules.closed(_name(link), now))
            case Listen(link, address, peer):
                assert peer == _HERE.remote.host
                self.todo.extend(self.rules.listening(link, Address(address.host, 5000), now))
                self.todo.extend(self.rules.linked(link, _HERE, now))
            case Dial(link, address):
                assert address.host == _HERE.remote.host, "data is sent to somebody else"
                assert address.port >= 1024
                self.todo.extend(self.rules.linked(link, _HERE, now))
            case StartTls(link):
                self.todo.extend(self.rules.secured(link, _SECURE, now))
            case Heard(message):
                self.hear(message)
            case _:
                assert isinstance(output, Send | Wake | Reading | Close)

    def hear(self, message: Any) -> None:
        match message:
            case Attempt(user, password):
                right = password == "p"
                self.logged_in = self.logged_in or right
                self.asked.append((user, password))
                self.say(Admit(Reply(230, ("in",)), frozenset(Right)) if right else Reply(530, ("no",)))
            case Asked(verb, value, offset):
                assert self.logged_in, "something is asked for before the login"
                self.asked.append((verb, value, offset))
                self.inward = verb in ("STOR", "STOU", "APPE")
                self.say(Begin(Reply(150, ("now",)), self.inward) if verb in DATA_VERBS else _answer(verb))
            case DataReady(link) if self.inward:
                self.todo.extend(self.rules.received(b"data", link, 0.0))
                self.todo.extend(self.rules.ended(link, 0.0))
            case DataReady():
                self.say(Data(b"data"))
                self.say(DataDone())
            case DataEnded(error):
                self.say(Reply(226 if error is None else error.status, ("over",)))  # type: ignore[attr-defined]
            case StatusAsked():
                self.say(Meanwhile(Reply(213, ("so far",))))
            case LoggedOut():
                self.logged_in = False

    def say(self, message: object) -> None:
        self.todo.extend(self.rules.say(message, 0.0))


def _name(link: Link | None) -> Link:
    assert link is not None
    return link


def _answer(verb: str) -> Reply:
    return Reply(350 if verb == "RNFR" else 250, (verb,))


def talk(parts: list[bytes], policy: Policy) -> Play:
    play = Play(policy, ServerLimits(waiting=100))
    for part in parts:
        play.carry_out(play.rules.received(part, None, 0.0))
    play.carry_out(play.rules.ended(None, 0.0))
    assert play.closed, "it waits, though nothing more comes"
    return play


def check(data: bytes, dice: random.Random) -> None:
    policy = Policy(tls=dice.choice(list(allowed.Tls)), same_session=dice.random() < 0.5)
    whole = talk([data] if data else [], policy)
    assert _LINE.sub(b"", bytes(whole.sent)) == b"", "what is sent is no line of FTP"
    upper = data.upper()
    if b"ABOR" in upper or b"STAT" in upper or b"234 " in whole.sent:  # behind AUTH it depends on what came before 234
        talk(pieces(data, dice), policy)
        return
    cut = talk(pieces(data, dice), policy)
    assert (cut.sent, cut.asked) == (whole.sent, whole.asked)
