"""The server's end of one data connection: where it is opened, by whom, and what becomes of it.

The stages, as in ``TRANSITIONS``::

    NAMED ──dial──> DIALLING ──────────────linked──┐                         active: PORT, EPRT
    BINDING ──bound──> LISTENING ──linked──> MET ──┤ (once a transfer begins) passive: PASV, EPSV
                                                   ├──secure──> SECURING ──ready──> OPEN
                                                   └──ready───────────────────────> OPEN
    OPEN ──finish──> CLOSING ──gone──> OVER          any ──gone──> OVER

Whoever opens it has to come from the control connection's address (RFC 2577): the engine sends all others away. It
is heard only once a transfer has begun, and is secured only after its 150, since clients wait for that first.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto

from portside.interfaces import NOTHING, Address, Close, Dial, Door, Heard, Link, Listen, Outputs, Reading, StartTls
from portside.protocols.ftp.rules.turns import DataReady


class Stage(Enum):
    """Where a data connection stands."""

    NAMED = auto()
    BINDING = auto()
    LISTENING = auto()
    DIALLING = auto()
    MET = auto()
    SECURING = auto()
    OPEN = auto()
    CLOSING = auto()
    OVER = auto()

    __hash__ = object.__hash__  # Enum's own is written in Python, and each step asks for it


class Event(Enum):
    """What moves it on."""

    DIAL = auto()
    BOUND = auto()
    LINKED = auto()
    SECURE = auto()
    READY = auto()
    FINISH = auto()
    GONE = auto()

    __hash__ = object.__hash__  # Enum's own is written in Python, and each step asks for it


TRANSITIONS: Mapping[Stage, Mapping[Event, Stage]] = {
    Stage.NAMED: {Event.DIAL: Stage.DIALLING, Event.GONE: Stage.OVER},
    Stage.BINDING: {Event.BOUND: Stage.LISTENING, Event.GONE: Stage.OVER},
    Stage.LISTENING: {Event.LINKED: Stage.MET, Event.GONE: Stage.OVER},
    Stage.DIALLING: {Event.LINKED: Stage.MET, Event.GONE: Stage.OVER},
    Stage.MET: {Event.SECURE: Stage.SECURING, Event.READY: Stage.OPEN, Event.GONE: Stage.OVER},
    Stage.SECURING: {Event.READY: Stage.OPEN, Event.GONE: Stage.OVER},
    Stage.OPEN: {Event.FINISH: Stage.CLOSING, Event.GONE: Stage.OVER},
    Stage.CLOSING: {Event.GONE: Stage.OVER},
    Stage.OVER: {Event.GONE: Stage.OVER},
}


class DataConnection:
    """One of them. ``link`` is its name in the engine; ``moved`` counts its bytes in either direction."""

    __slots__ = ("_address", "_door", "_source", "begun", "inward", "link", "moved", "protected", "stage")

    def __init__(self, link: Link, stage: Stage, address: Address | None = None, source: str = "") -> None:
        self.link = link
        self.stage = stage
        self._address = address
        self._source = source
        self._door: Door | None = None
        self.begun = False
        self.inward = False
        self.protected = False
        self.moved = 0

    @classmethod
    def named(cls, link: Link, address: Address, source: str) -> DataConnection:
        """Active: we shall go to ``address``, from our own ``source``."""
        return cls(link, Stage.NAMED, address, source)

    @classmethod
    def awaited(cls, link: Link) -> DataConnection:
        """Passive: they will come."""
        return cls(link, Stage.BINDING)

    def listen(self, door: Door, ports: range | None) -> Outputs:
        """Wait where the control connection has come in, for whom it came from."""
        return [Listen(self.link, Address(door.local.host, 0), door.remote.host, ports)]

    def bound(self) -> None:
        """It is known where they can come to."""
        self._move(Event.BOUND)

    def begin(self, greeting: Outputs, *, inward: bool, protected: bool) -> Outputs:
        """A transfer needs it; ``greeting`` (150) is sent once it is there."""
        self.begun, self.inward, self.protected = True, inward, protected
        if self.stage is Stage.NAMED:
            self._move(Event.DIAL)
            assert self._address is not None
            return [Dial(self.link, self._address, self._source)]
        return self._meet(greeting) if self.stage is Stage.MET else NOTHING

    def linked(self, door: Door, greeting: Outputs) -> Outputs:
        """The two have met."""
        self._move(Event.LINKED)
        self._door = door
        return self._meet(greeting) if self.begun else [Reading(False, self.link)]

    def _meet(self, greeting: Outputs) -> Outputs:
        if self.protected:
            self._move(Event.SECURE)
            return [*greeting, StartTls(self.link), Reading(True, self.link)]
        assert self._door is not None
        return [*greeting, Reading(True, self.link), *self.ready(self._door)]

    def ready(self, door: Door) -> Outputs:
        """It is secure where it has to be: data may pass."""
        self._move(Event.READY)
        return [Heard(DataReady(self.link, door))]

    def finish(self) -> Outputs:
        """All is said on it."""
        self._move(Event.FINISH)
        return [Close(self.link)]

    def cut(self) -> Outputs:
        """Close it at once, whatever its stage."""
        self.gone()
        return [Close(self.link, cut=True)]

    def gone(self) -> None:
        """There is nothing more of it."""
        self._move(Event.GONE)

    @property
    def open(self) -> bool:
        """Whether data passes, or is on its way out."""
        return self.stage in (Stage.OPEN, Stage.CLOSING)

    def _move(self, event: Event) -> None:
        self.stage = TRANSITIONS[self.stage][event]
