"""One transfer of a client, which is over only when both of its ends are: the data, and the server's last word.

Either may come first: "226" can overtake the last bytes, so it is no proof of completeness. The end of the data goes
through these stages, as in ``TRANSITIONS``::

    ABSENT ──place known──> OPENING ──linked──> OPEN ──our last byte──> FINISHING ──left──> OVER     (outward)
                               │  └─linked──> SECURING ──secured──> OPEN ──their end──> OVER         (inward)
    any ──────────────── lost, refused or left alone ────────────────────────────────> OVER
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto

from portside.errors import BrokenPromise, LocalError, PortsideError, RemoteError
from portside.interfaces import NOTHING, Close, Door, Heard, Link, Outputs, Send, SendFile, StartTls
from portside.protocols.ftp.messages import Data, Reply
from portside.protocols.ftp.rules.orders import Begun, DataDone, DataFile, Ended, Transfer

LINGER = 30.0
"""Seconds for the other side to read the end of an upload before its socket goes: what it has not read when it answers
late to our end would be lost to a reset."""

SYNCH: Outputs = (Send(b"\xff\xf4\xff"), Send(b"\xf2", urgent=True))
"""What comes before ABOR where the server is busy: Telnet's IP, and an urgent DM behind its IAC (RFC 959 §4.1.3)."""


class Stage(Enum):
    """Where the data's end of a transfer stands."""

    ABSENT = auto()
    OPENING = auto()
    SECURING = auto()
    OPEN = auto()
    FINISHING = auto()
    OVER = auto()

    __hash__ = object.__hash__  # Enum's own is written in Python, and each step asks for it


class Event(Enum):
    """What moves it on."""

    PLACED = auto()
    LINKED = auto()
    SECURE = auto()
    READY = auto()
    DONE = auto()
    GONE = auto()

    __hash__ = object.__hash__  # Enum's own is written in Python, and each step asks for it


TRANSITIONS: Mapping[Stage, Mapping[Event, Stage]] = {
    Stage.ABSENT: {Event.PLACED: Stage.OPENING, Event.GONE: Stage.OVER},
    Stage.OPENING: {Event.LINKED: Stage.OPEN, Event.SECURE: Stage.SECURING, Event.GONE: Stage.OVER},
    Stage.SECURING: {Event.READY: Stage.OPEN, Event.GONE: Stage.OVER},
    Stage.OPEN: {Event.DONE: Stage.FINISHING, Event.GONE: Stage.OVER},
    Stage.FINISHING: {Event.GONE: Stage.OVER},
    Stage.OVER: {Event.GONE: Stage.OVER},
}


class Ends:
    """Both ends of one transfer."""

    __slots__ = ("_protected", "_server", "begun", "error", "left", "link", "order", "reply", "said", "stage")

    def __init__(self, order: Transfer, link: Link, server: str, protected: bool) -> None:
        self.order = order
        self.link = link
        self._server = server
        self._protected = protected
        self.stage = Stage.ABSENT
        self.said = False
        self.begun: Reply | None = None
        self.reply: Reply | None = None
        self.error: PortsideError | None = None
        self.left = False

    @property
    def over(self) -> bool:
        """Whether both ends are."""
        return self.stage is Stage.OVER and self.reply is not None

    @property
    def sending(self) -> bool:
        """Whether it is on us, or on the wire, that the transfer goes on."""
        return not self.order.inward and self.stage in (Stage.OPEN, Stage.FINISHING) and self.begun is not None

    @property
    def coming(self) -> bool:
        """Whether the server has begun to send, and its end has not come yet."""
        return self.order.inward and self.begun is not None and self.stage not in (Stage.ABSENT, Stage.OVER)

    # ------------------------------------------------------------------------------------- the data's end

    def placed(self) -> None:
        """It is known where the data connection is opened."""
        self._move(Event.PLACED)

    def linked(self) -> Outputs:
        """The data connection is there."""
        if self._protected:
            self._move(Event.SECURE)
            return [StartTls(self.link)]
        self._move(Event.LINKED)
        return self._tell_begun()

    def secured(self, door: Door) -> Outputs:
        """It is secure."""
        self._move(Event.READY)
        return self._tell_begun()

    def received(self, data: bytes) -> Outputs:
        """Something came on it."""
        if self.stage is not Stage.OPEN or self.left:
            return NOTHING
        if not self.order.inward:
            return self.lose(RemoteError(f"{self._server} sends data while it is to take some"))
        return [Heard(Data(data))]

    def ended(self) -> Outputs:
        """Their end of it. While we send it says nothing: the reply will."""
        if not self.order.inward or self.stage is not Stage.OPEN:
            return NOTHING
        self._move(Event.GONE)
        return [Close(self.link), *self.conclude()]

    def closed(self) -> Outputs:
        """Our last byte has left."""
        if self.stage is Stage.OVER:
            return NOTHING
        self._move(Event.GONE)
        return self.conclude()

    def lose(self, error: PortsideError | None) -> Outputs:
        """The data connection is of no use any more; the server's word is still to come."""
        self.error = self.error or error
        close: Outputs = [] if self.stage in (Stage.ABSENT, Stage.OVER) else [Close(self.link)]
        self._move(Event.GONE)
        return [*close, *self.conclude()]

    def gone(self, error: PortsideError) -> Outputs:
        """The data connection broke."""
        if self.stage is Stage.OVER:
            return NOTHING
        self.error = self.error or error
        self._move(Event.GONE)
        return self.conclude()

    # ------------------------------------------------------------------------------------- the reply's end

    def preliminary(self, reply: Reply) -> Outputs:
        """The server begins (1xx)."""
        self.begun = reply
        return self._tell_begun()

    def final(self, reply: Reply) -> Outputs:
        """The server's last word."""
        self.reply = reply
        if reply.code // 100 != 2:
            return self._refused(reply)
        if not self.order.inward and self.stage is not Stage.OVER:
            return self._taken()
        return self.conclude()

    def _refused(self, reply: Reply) -> Outputs:
        if not self.left:
            self.error = RemoteError(f"{self._server} answered {reply.code} {reply.text}".rstrip(), reply.code)
        return self.lose(None)

    def _taken(self) -> Outputs:
        """They say that they have all: they can only know once we have said that this was all."""
        early = self.stage is not Stage.FINISHING
        text = f"{self._server} ended the transfer before all was sent"
        if early:
            return self.lose(BrokenPromise(text))
        self._move(Event.GONE)  # what lingers is the socket's business
        return self.conclude()

    def conclude(self) -> Outputs:
        """Say that it is over, where it is."""
        return [Heard(Ended(self.reply, self.error))] if self.over else NOTHING

    def _tell_begun(self) -> Outputs:
        """An upload may begin once both have said so, a download's data comes by itself."""
        return [Heard(Begun(self.begun))] if self.begun is not None and self.stage is Stage.OPEN else NOTHING

    # ----------------------------------------------------------------------------------- what our side says

    def say(self, message: Data | DataFile | DataDone) -> Outputs:
        """Our side's data. Raises ``LocalError`` where it is not its turn."""
        if self.order.inward or self.begun is None or self.stage not in (Stage.OPEN, Stage.OVER):
            raise LocalError("data is said after an upload has begun, and before its end")
        if self.stage is Stage.OVER:  # it has just been lost: who sends will hear of it in a moment
            _let_go(message)
            return NOTHING
        match message:
            case Data(data):
                return [Send(data, self.link)]
            case DataFile(file, offset, count):
                return [SendFile(file, offset, count, self.link)]
            case DataDone():
                self._move(Event.DONE)
                return [Close(self.link, LINGER)]

    def leave(self) -> Outputs:
        """Enough of it. Raises ``LocalError`` where it does not run."""
        if self.stage is Stage.OVER:
            return NOTHING
        if self.stage is not Stage.OPEN:
            raise LocalError("a transfer that has not begun cannot be left")
        self.left = True
        return self.lose(None)

    def _move(self, event: Event) -> None:
        self.stage = TRANSITIONS[self.stage][event]


def _let_go(message: Data | DataFile | DataDone) -> None:
    if isinstance(message, DataFile):
        message.file.close()
