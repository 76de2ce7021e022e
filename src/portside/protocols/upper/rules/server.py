"""The server's side of the uppercase application, on a stream and over datagrams.

*On a stream* whatever arrives is answered, at once and in order. Lines mean nothing here, so a client that sends a few
letters without a newline and waits gets them back. Only a character that the network has cut in two is held until its
rest comes, the stream ends, or two seconds have passed. When the other side ends, what is owed is said, and the
connection closes. How fast somebody sends does not matter: the engine reads no further than answers leave. The
states, as in ``TRANSITIONS``::

    OPEN ────finish──> ENDING ──settled──> CLOSED      finish: their end, our stop, or too long a silence
    any ─────lost────────────────────────> CLOSED      settled: every text has its answer

*Over datagrams* nobody is remembered, so there is no state: one comes in, one goes back to where it came from.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto

from portside.errors import LocalError, TransportError
from portside.interfaces import NOTHING, Address, Close, Door, Heard, Link, Output, Outputs, Send, Wake
from portside.protocols.upper.messages import LARGEST_DATAGRAM, Dropped, Text
from portside.protocols.upper.syntax import split_incomplete

REST_WAIT = 2.0
"""Seconds that the rest of a character may take: longer than a lost segment takes to be sent again."""
LINGER = 3.0
"""Seconds that the other side has to read our last words before the connection goes."""


class State(Enum):
    """Where a server's stream stands."""

    OPEN = auto()
    ENDING = auto()
    CLOSED = auto()


class Event(Enum):
    """What moves it on."""

    FINISH = auto()
    SETTLED = auto()
    LOST = auto()


TRANSITIONS: Mapping[State, Mapping[Event, State]] = {
    State.OPEN: {Event.FINISH: State.ENDING, Event.LOST: State.CLOSED},
    State.ENDING: {
        Event.FINISH: State.ENDING,
        Event.SETTLED: State.CLOSED,
        Event.LOST: State.CLOSED,
    },
    State.CLOSED: {Event.FINISH: State.CLOSED, Event.LOST: State.CLOSED},
}


class ServerRules:
    """One stream, seen from the server. Hears ``Text`` and says ``Text``, one for each that it heard.

    ``idle`` seconds without a byte end the conversation (None: it may be silent for ever).
    """

    __slots__ = ("_held", "_idle", "_owed", "_state")

    def __init__(self, idle: float | None = None) -> None:
        self._idle = idle
        self._state = State.OPEN
        self._held = b""
        self._owed = 0

    @property
    def state(self) -> State:
        """Where the stream stands."""
        return self._state

    def opened(self, door: Door | None, now: float) -> Outputs:
        return self._watch_silence(now)

    def received(self, data: bytes, source: Address | Link | None, now: float) -> Outputs:
        if self._state is not State.OPEN:
            return NOTHING
        before = self._held
        whole, self._held = split_incomplete(before + data)
        outputs = [*self._hear(whole), *self._watch_silence(now)]
        if self._held and (whole or not before):  # a character has begun; the time of one that goes on runs already
            outputs.append(Wake("rest", now + REST_WAIT))
        elif before and not self._held:
            outputs.append(Wake("rest", None))
        return outputs

    def ended(self, link: Link | None, now: float) -> Outputs:
        return self._finish()

    def say(self, message: Text, now: float) -> Outputs:
        if not self._owed:
            raise LocalError("this server only answers")
        self._owed -= 1
        return [Send(message.data), *self._settle()]

    def woke(self, timer: str, now: float) -> Outputs:
        if timer == "idle":
            return self._finish()
        held, self._held = self._held, b""
        return self._hear(held)

    def linked(self, link: Link, door: Door, now: float) -> Outputs:
        raise LocalError("this server opens no second connection")

    def failed(self, link: Link | None, error: TransportError, now: float) -> Outputs:
        self._move(Event.LOST)
        return NOTHING

    def stop(self, now: float) -> Outputs:
        return self._finish()

    def _hear(self, data: bytes) -> list[Output]:
        if not data or self._state is State.CLOSED:
            return []
        self._owed += 1
        return [Heard(Text(data))]

    def _watch_silence(self, now: float) -> Outputs:
        return NOTHING if self._idle is None else [Wake("idle", now + self._idle)]

    def _finish(self) -> Outputs:
        """Nothing more is heard: what is held will never be whole, so it counts as it is."""
        held, self._held = self._held, b""
        self._move(Event.FINISH)
        return [*self._hear(held), *self._settle()]

    def _settle(self) -> Outputs:
        if self._state is not State.ENDING or self._owed:
            return NOTHING
        self._move(Event.SETTLED)
        return [Close(linger=LINGER)]

    def _move(self, event: Event) -> None:
        self._state = TRANSITIONS[self._state][event]


class DatagramServerRules:
    """One socket, seen from the server. Hears ``Text`` and ``Dropped``, says ``Text`` to the ``peer`` that it is for.

    A datagram that claims to come from our own address is dropped: its answer would be the next one, for ever.
    """

    __slots__ = ("_own",)

    def __init__(self) -> None:
        self._own: Address | None = None

    def opened(self, door: Door | None, now: float) -> Outputs:
        self._own = door.local if door is not None else None
        return NOTHING

    def received(self, data: bytes, source: Address | Link | None, now: float) -> Outputs:
        if not isinstance(source, Address):
            raise LocalError("a datagram without a source")
        if source == self._own:
            return [Heard(Dropped(source, "it claims to come from this server itself"))]
        return [Heard(Text(data, source))]

    def say(self, message: Text | Dropped, now: float) -> Outputs:
        if not isinstance(message, Text) or message.peer is None:
            raise LocalError("an answer needs its text, and whom it is for")
        size = len(message.data)
        if size > LARGEST_DATAGRAM:
            return [Heard(Dropped(message.peer, f"its answer has {size:,} bytes, and a datagram {LARGEST_DATAGRAM:,}"))]
        return [Send(message.data, message.peer)]

    def ended(self, link: Link | None, now: float) -> Outputs:
        return NOTHING  # datagrams have no end

    def woke(self, timer: str, now: float) -> Outputs:
        return NOTHING  # and nothing to wait for

    def linked(self, link: Link, door: Door, now: float) -> Outputs:
        raise LocalError("this server opens no second connection")

    def failed(self, link: Link | None, error: TransportError, now: float) -> Outputs:
        return NOTHING

    def stop(self, now: float) -> Outputs:
        return [Close()]
