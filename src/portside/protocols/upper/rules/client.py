"""The client's side of the uppercase application, on a stream and over datagrams.

*On a stream* the client says one line and waits for its reply, which ends at its newline or at the server's close.
A close is no accident while no reply is waited for: the classic first server closes after each one. The states, as in
``TRANSITIONS``::

    IDLE ──asked──> WAITING ──answered──> IDLE
    any ───close────────────────────────> CLOSED

*Over datagrams* the client knows that they get lost, repeated and reordered, and that nothing in them tells which
question they answer. So each attempt has a socket, and thereby a local port, of its own: whatever comes to that port
answers that attempt. All of them stay open until the first answer, for a late one is still an answer; then they close,
and what comes afterwards finds nobody. The states, as in ``ASK_TRANSITIONS``::

    START ──asked──> TRYING ──settled──> DONE          settled: answered, given up, or stopped
    any ─────────────────────settled───> DONE
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from portside.errors import (
    ConnectError,
    LimitExceeded,
    LocalError,
    PortsideError,
    RemoteError,
    TimedOut,
    TransportError,
)
from portside.interfaces import NOTHING, Address, Close, Dial, Door, Fault, Heard, Link, Outputs, Send, Wake
from portside.protocols.upper.messages import LARGEST_DATAGRAM, Answer, Line, Question, Reply, Unanswered
from portside.protocols.upper.syntax import GROWTH

# ------------------------------------------------------------------------------------------------- streams

REPLY_WAIT = 30.0
"""Seconds for the whole reply to a line: a person has given up by then."""
REPLY_SLACK = 64 * 1024
"""Bytes that a reply may have beyond the threefold of its line, for servers that answer something else."""


class State(Enum):
    """Where a client's stream stands."""

    IDLE = auto()
    WAITING = auto()
    CLOSED = auto()


class Event(Enum):
    """What moves it on."""

    ASKED = auto()
    ANSWERED = auto()
    CLOSE = auto()


TRANSITIONS: Mapping[State, Mapping[Event, State]] = {
    State.IDLE: {Event.ASKED: State.WAITING, Event.CLOSE: State.CLOSED},
    State.WAITING: {Event.ANSWERED: State.IDLE, Event.CLOSE: State.CLOSED},
    State.CLOSED: {Event.CLOSE: State.CLOSED},
}


class ClientRules:
    """One stream, seen from the client. Says ``Line``, hears ``Reply`` or ``Unanswered``, one for each.

    A reply takes ``wait`` seconds at most, and is at most three times as long as its line and a bit more.
    """

    __slots__ = ("_limit", "_reply", "_server", "_state", "_wait")

    def __init__(self, wait: float = REPLY_WAIT) -> None:
        self._wait = wait
        self._state = State.IDLE
        self._server = "the server"
        self._reply = bytearray()
        self._limit = 0

    @property
    def state(self) -> State:
        """Where the stream stands."""
        return self._state

    def opened(self, door: Door | None, now: float) -> Outputs:
        self._server = str(door.remote) if door is not None else self._server
        return NOTHING

    def say(self, message: Line | Reply | Unanswered, now: float) -> Outputs:
        if not isinstance(message, Line) or message.data.partition(b"\n")[1:] != (b"\n", b""):
            raise LocalError("a client says one line, which ends with its only newline")
        if self._state is not State.IDLE:
            raise LocalError("a line is said when the reply to the one before is there, on an open connection")
        self._move(Event.ASKED)
        self._limit = GROWTH * len(message.data) + REPLY_SLACK
        return [Send(message.data), Wake("reply", now + self._wait)]

    def received(self, data: bytes, source: Address | Link | None, now: float) -> Outputs:
        if self._state is State.CLOSED:
            return NOTHING
        if self._state is State.IDLE:
            return self._break(RemoteError(f"{self._server} said more than the reply to a line"))
        end = data.find(b"\n")
        self._reply += data
        if len(self._reply) > self._limit:
            return self._break(LimitExceeded(f"the reply of {self._server} is longer than {self._limit:,} bytes"))
        if end < 0:
            return NOTHING
        if end < len(data) - 1:
            return self._break(RemoteError(f"{self._server} said more than the reply to a line"))
        self._move(Event.ANSWERED)
        return self._hear_reply()

    def ended(self, link: Link | None, now: float) -> Outputs:
        waiting = self._state is State.WAITING
        self._move(Event.CLOSE)
        return [*(self._hear_reply() if waiting else ()), Close()]

    def failed(self, link: Link | None, error: TransportError, now: float) -> Outputs:
        waiting = self._state is State.WAITING
        self._move(Event.CLOSE)
        # A reply that broke off is an error, which the side above hears from the engine.
        return self._hear_reply() if waiting and not self._reply else NOTHING

    def woke(self, timer: str, now: float) -> Outputs:
        if self._state is not State.WAITING:
            return NOTHING
        return self._break(
            TimedOut(f"{self._server} did not end its reply within {self._wait:g} s; does it speak upper?")
        )

    def linked(self, link: Link, door: Door, now: float) -> Outputs:
        raise LocalError("this client opens no second connection")

    def stop(self, now: float) -> Outputs:
        self._move(Event.CLOSE)
        return [Close()]

    def _hear_reply(self) -> Outputs:
        reply, self._reply = bytes(self._reply), bytearray()
        return [Wake("reply", None), Heard(Reply(reply) if reply else Unanswered())]

    def _break(self, error: PortsideError) -> Outputs:
        self._move(Event.CLOSE)
        return [Fault(error), Close()]

    def _move(self, event: Event) -> None:
        self._state = TRANSITIONS[self._state][event]


# ----------------------------------------------------------------------------------------------- datagrams

FIRST_WAIT = 1.0
"""Seconds for the answer to the first attempt, as RFC 8085 §3.1.1 has it; each further one has twice as many."""
LONGEST_WAIT = 4.0
"""Seconds for an answer that a person is asked to wait for, at most."""
ATTEMPTS = 4
"""Attempts at most: where every fourth datagram is lost on either way, three questions of a hundred fail."""
REFUSED_PAUSE = 0.25
"""Seconds before another attempt where nobody listened: the server may be about to start."""


class AskState(Enum):
    """Where a question stands."""

    START = auto()
    TRYING = auto()
    DONE = auto()


class AskEvent(Enum):
    """What moves it on."""

    ASKED = auto()
    SETTLED = auto()


ASK_TRANSITIONS: Mapping[AskState, Mapping[AskEvent, AskState]] = {
    AskState.START: {AskEvent.ASKED: AskState.TRYING, AskEvent.SETTLED: AskState.DONE},
    AskState.TRYING: {AskEvent.SETTLED: AskState.DONE},
    AskState.DONE: {AskEvent.SETTLED: AskState.DONE},
}


@dataclass(slots=True)
class _Attempt:
    number: int
    sent: float
    address: Address


class DatagramClientRules:
    """One question. Says ``Question`` once; hears ``Answer``, or ends with ``TimedOut`` or ``ConnectError``.

    ``addresses`` are the server's, tried in turn. The first of at most ``attempts`` waits ``wait`` seconds. A refusal
    (ICMP) counts as a lost attempt; only where all were refused is it the reason to be given.
    """

    def __init__(self, addresses: Sequence[Address], wait: float = FIRST_WAIT, attempts: int = ATTEMPTS) -> None:
        self._addresses = addresses
        self._wait = wait
        self._attempts = attempts
        self._state = AskState.START
        self._data = b""
        self._dialled = 0
        self._attempt = 0
        self._refused = 0  # addresses that have refused the running attempt
        self._began = 0.0
        self._open: dict[Link, _Attempt] = {}

    @property
    def state(self) -> AskState:
        """Where the question stands."""
        return self._state

    def opened(self, door: Door | None, now: float) -> Outputs:
        return NOTHING

    def say(self, message: Question | Answer, now: float) -> Outputs:
        if not isinstance(message, Question) or self._state is not AskState.START:
            raise LocalError("a client of datagrams asks, and once")
        if len(message.data) > LARGEST_DATAGRAM:
            raise LocalError(f"a datagram carries {LARGEST_DATAGRAM:,} bytes, not {len(message.data):,}")
        self._move(AskEvent.ASKED)
        self._data = message.data
        self._began = now
        return self._try()

    def linked(self, link: Link, door: Door, now: float) -> Outputs:
        if self._state is not AskState.TRYING:
            return [Close(link)]
        wait = min(self._wait * 2 ** (self._attempt - 1), max(LONGEST_WAIT, self._wait))
        self._open[link] = _Attempt(self._attempt, now, door.remote)
        return [Send(self._data, link), Wake("again", now + wait)]

    def received(self, data: bytes, source: Address | Link | None, now: float) -> Outputs:
        attempt = None if source is None or isinstance(source, Address) else self._open.get(source)
        if attempt is None or self._state is not AskState.TRYING:
            return NOTHING
        self._move(AskEvent.SETTLED)
        return [Heard(Answer(data, attempt.number, now - attempt.sent, attempt.address)), Close()]

    def failed(self, link: Link | None, error: TransportError, now: float) -> Outputs:
        if self._state is not AskState.TRYING or link is None:
            return NOTHING
        self._open.pop(link, None)
        if not isinstance(error, ConnectError):
            return self._give_up(error)
        self._refused += 1
        if self._refused < len(self._addresses):
            return self._dial()
        if self._open:
            return NOTHING  # an earlier attempt may still be answered
        return [Wake("again", now + REFUSED_PAUSE)] if self._attempt < self._attempts else self._give_up(error)

    def woke(self, timer: str, now: float) -> Outputs:
        if self._state is not AskState.TRYING:
            return NOTHING
        if self._attempt < self._attempts:
            return self._try()
        waited = f"{self._attempts} datagram{'s' if self._attempts > 1 else ''} and {now - self._began:.1f} s"
        return self._give_up(TimedOut(f"no answer from {self._addresses[0]} after {waited}; does it serve over UDP?"))

    def ended(self, link: Link | None, now: float) -> Outputs:
        return NOTHING  # datagrams have no end

    def stop(self, now: float) -> Outputs:
        self._move(AskEvent.SETTLED)
        return [Close()]

    def _try(self) -> Outputs:
        self._attempt += 1
        self._refused = 0
        return self._dial()

    def _dial(self) -> Outputs:
        address = self._addresses[self._dialled % len(self._addresses)]
        self._dialled += 1
        return [Dial(Link(f"attempt {self._attempt} to {address}"), address)]

    def _give_up(self, error: TransportError) -> Outputs:
        self._move(AskEvent.SETTLED)
        return [Fault(error), Close()]

    def _move(self, event: AskEvent) -> None:
        self._state = ASK_TRANSITIONS[self._state][event]
