"""The server's side of an HTTP/1.1 connection (RFC 9112).

A connection is a row of turns. In each, the client says a request: a head and perhaps a body; and the server says
an answer: perhaps some interim ones (1xx), then a final head and perhaps a body. Requests may be sent ahead
(pipelining), but the next is heard only when the answer to the one before has been said whole, so answers keep
their order by themselves.

An answer may be said while the request's body still comes. What then remains of the body is thrown away, or,
where that would be long or might never come, the connection is closed after the answer.

The states, drawn from ``TRANSITIONS``::

    WAITING ──request──────────> ANSWERING ──answer──────> WAITING
    WAITING ──request with body> RECEIVING ──request ends> ANSWERING
                                 RECEIVING ──answer──────> DRAINING ──request ends> WAITING
    ANSWERING ──answer begins──> SENDING ────answer ends─> WAITING
    RECEIVING ──answer begins──> DUPLEX ─────request ends> SENDING
                                 DUPLEX ─────answer ends─> DRAINING
    any ───────close───────────> CLOSED

Speed. ``ServerMemory`` keeps whole heads that came before, with what they mean, and whole replies that were said
before. ``received`` and ``say`` look there first; whatever they find is what the long way gave the first time.
"""

from __future__ import annotations

from enum import IntEnum

from portside.errors import LimitExceeded, LocalError, RemoteError, TransportError
from portside.interfaces import NOTHING, Address, Close, Door, Fault, Heard, Link, Output, Outputs, Reading, Wake
from portside.protocols.http.messages import Data, End, Message, Response
from portside.protocols.http.rules.answers import Answer, Turn, plan_answer, refusal, say_nothing
from portside.protocols.http.rules.limits import ServerLimits
from portside.protocols.http.rules.memory import ServerMemory
from portside.protocols.http.syntax.bodies import BodyReader, LengthReader, body_reader
from portside.protocols.http.syntax.heads import check_beginning, check_size, find_end, first_fault, parse_request

AHEAD_LIMIT = 256 * 1024
"""Bytes of requests sent ahead that are kept while an answer is owed; then the client has to wait."""
PATIENCE = "patience"
"""The one timer: how long the other side may keep us waiting."""
_NEVER = float("inf")


class State(IntEnum):
    """Where a turn stands."""

    WAITING = 0
    RECEIVING = 1
    ANSWERING = 2
    SENDING = 3
    DUPLEX = 4
    DRAINING = 5
    CLOSED = 6


class Event(IntEnum):
    """What moves it on."""

    REQUEST = 0
    REQUEST_WITH_BODY = 1
    REQUEST_ENDS = 2
    ANSWER = 3
    ANSWER_BEGINS = 4
    ANSWER_ENDS = 5
    CLOSE = 6


TRANSITIONS: dict[State, dict[Event, State]] = {
    State.WAITING: {
        Event.REQUEST: State.ANSWERING,
        Event.REQUEST_WITH_BODY: State.RECEIVING,
        Event.CLOSE: State.CLOSED,
    },
    State.RECEIVING: {
        Event.REQUEST_ENDS: State.ANSWERING,
        Event.ANSWER: State.DRAINING,
        Event.ANSWER_BEGINS: State.DUPLEX,
        Event.CLOSE: State.CLOSED,
    },
    State.ANSWERING: {
        Event.ANSWER: State.WAITING,
        Event.ANSWER_BEGINS: State.SENDING,
        Event.CLOSE: State.CLOSED,
    },
    State.SENDING: {Event.ANSWER_ENDS: State.WAITING, Event.CLOSE: State.CLOSED},
    State.DUPLEX: {
        Event.REQUEST_ENDS: State.SENDING,
        Event.ANSWER_ENDS: State.DRAINING,
        Event.CLOSE: State.CLOSED,
    },
    State.DRAINING: {Event.REQUEST_ENDS: State.WAITING, Event.CLOSE: State.CLOSED},
    State.CLOSED: {Event.CLOSE: State.CLOSED},
}

# Looking a member up in its class costs ten times as much as a name of this module does.
_WAITING = State.WAITING
_RECEIVING = State.RECEIVING
_ANSWERING = State.ANSWERING
_CLOSED = State.CLOSED
_BODY_COMES = (State.RECEIVING, State.DUPLEX, State.DRAINING)


class ServerRules:
    """One connection, seen from the server. Hears ``Request``, ``Data``, ``End``; says ``Response``, ``Data``, ``End``.

    ``say`` raises ``LocalError`` where an answer is not owed, or a body does not fit its length; what is said after
    the end is lost without a word, as the side above may not have heard of the end yet.
    """

    __slots__ = (
        "_answer", "_armed", "_asked", "_buffer", "_discarded", "_ended", "_got", "_held", "_limits", "_memory",
        "_reader", "_searched", "_since", "_state", "_stopping", "_turn", "_until",
    )  # fmt: skip

    def __init__(self, limits: ServerLimits, memory: ServerMemory) -> None:
        self._limits = limits
        self._memory = memory
        self._state = _WAITING
        self._turn: Turn | None = None
        self._answer: Answer | None = None
        self._reader: BodyReader | None = None
        self._buffer: bytearray | None = None
        self._searched = 0
        self._since = 0.0  # when what we are waiting for began
        self._until = 0.0  # when the rest of the body is late
        self._got = 0  # bytes of the body so far
        self._discarded = 0
        self._armed = _NEVER
        self._asked = False
        self._ended = False
        self._held = False
        self._stopping = False

    @property
    def state(self) -> State:
        """Where the turn stands."""
        return self._state

    # -------------------------------------------------------------------------------------- what happens

    def opened(self, door: Door | None, now: float) -> Outputs:
        del door
        self._since = now
        return self._arm(now)

    def received(self, data: bytes, source: Address | Link | None, now: float) -> Outputs:
        if self._state is _WAITING and not self._buffer:
            turn = self._memory.turns.get(data)
            if turn is not None:
                self._turn = turn
                self._state = _ANSWERING
                return turn.heard
            if -1 < data.find(b"\r\n\r\n") == len(data) - 4 and not data.startswith(b"\r\n"):
                return self._receive_whole_head(data, now)
        elif self._state in _BODY_COMES:
            return self._receive_body(data, now)
        elif self._state is _CLOSED:
            return NOTHING
        return self._receive_head(data, now)

    def ended(self, link: Link | None, now: float) -> Outputs:
        del link
        self._ended = True
        if self._state is _WAITING:
            if self._buffer:
                return self._refuse(RemoteError("the connection ended in the middle of a request's head", 400), now)
            return self._close()
        if self._state in _BODY_COMES and self._reader is not None:
            try:
                self._reader.end()
            except RemoteError as error:
                return self._refuse(error, now)
        return NOTHING

    def say(self, message: Message, now: float) -> Outputs:
        if type(message) is Response:
            if self._state is _ANSWERING and message.lasting and self._turn.plain:  # type: ignore[union-attr]
                reply = self._memory.replies.get(message)
                if reply is not None and now < reply[0] and not self._stopping:
                    self._state = _WAITING
                    self._since = now
                    self._asked = True
                    return reply[1] if not self._buffer and not self._ended else [*reply[1], *self._go_on(now)]
            return self._say_response(message, now) if self._state is not _CLOSED else say_nothing(message)
        if isinstance(message, Data | End):
            return self._say_body(message, now) if self._state is not _CLOSED else NOTHING
        raise LocalError("a server answers; it does not ask")

    def woke(self, timer: str, now: float) -> Outputs:
        del timer
        self._armed = _NEVER
        if self._state is _CLOSED:
            return NOTHING
        if self._deadline() > now:
            return self._arm(now)
        if self._state is _WAITING and not self._buffer:
            return self._close()
        return self._refuse(LimitExceeded("the request took too long", 408), now)

    def linked(self, link: Link, door: Door, now: float) -> Outputs:
        raise LocalError("an HTTP server opens no second connection")

    def failed(self, link: Link | None, error: TransportError, now: float) -> Outputs:
        del link, error, now
        self._state = _CLOSED
        return NOTHING

    def stop(self, now: float) -> Outputs:
        del now
        self._stopping = True
        return self._close() if self._state is _WAITING and not self._buffer else NOTHING

    # --------------------------------------------------------------------------------------- the request

    def _receive_whole_head(self, head: bytes, now: float) -> Outputs:
        """The commonest case: just one head, which came in one piece."""
        try:
            check_size(head, self._limits.heads)
            turn = Turn(parse_request(head, self._limits.heads))
        except RemoteError as error:
            return self._refuse(first_fault(head, error), now)
        if turn.length == 0:
            turn = self._memory.remember(head, turn)
        return self._begin_turn(turn, now)

    def _receive_head(self, data: bytes, now: float) -> Outputs:
        if self._buffer is None:
            self._buffer = bytearray()
        if self._state is not _WAITING:
            self._buffer += data
            return self._hold()
        fresh = not self._buffer
        self._buffer += data
        since, self._since = self._since, now if fresh else self._since
        outputs = self._next_head(now)
        if fresh and self._state is _WAITING and not self._buffer:
            self._since = since  # nothing but empty lines: whoever drips them is as idle as before
        return outputs

    def _next_head(self, now: float) -> Outputs:
        """The next request in the buffer."""
        try:
            turn = self._parse_head()
        except RemoteError as error:
            return self._refuse(error, now)
        return self._arm(now) if turn is None else self._begin_turn(turn, now)

    def _parse_head(self) -> Turn | None:
        buffer = self._buffer
        assert buffer is not None
        while buffer.startswith(b"\r\n"):  # RFC 9112 §2.2: an empty line before a request is not one
            del buffer[:2]
        end = find_end(buffer, self._searched)
        self._searched = 0 if end >= 0 else len(buffer)
        check_size(buffer if end < 0 else buffer[:end], self._limits.heads)
        if end < 0:
            check_beginning(buffer)
            return None
        head = bytes(buffer[:end])
        del buffer[:end]
        try:
            return Turn(parse_request(head, self._limits.heads))
        except RemoteError as error:
            raise first_fault(head, error) from error

    def _begin_turn(self, turn: Turn, now: float) -> Outputs:
        self._turn = turn
        self._asked = True
        if turn.length == 0:
            self._move(Event.REQUEST)
            return turn.heard
        self._move(Event.REQUEST_WITH_BODY)
        return self._begin_body(turn, now)

    def _begin_body(self, turn: Turn, now: float) -> Outputs:
        if turn.length > self._limits.body:
            return self._refuse(LimitExceeded(f"the body is longer than {self._limits.body} bytes", 413), now)
        self._reader = body_reader(turn.length)
        self._since = now
        self._until = now + self._limits.body_grace
        self._got = 0
        self._discarded = 0
        data = bytes(self._buffer or b"")
        self._buffer = None
        outputs = [*turn.heard, *self._arm(now)]
        return [*outputs, *self._receive_body(data, now)] if data else outputs

    def _receive_body(self, data: bytes, now: float) -> Outputs:
        reader = self._reader
        assert reader is not None
        try:
            pieces = reader.feed(data)
            self._got += len(data)
            self._until = self._limits.body_until(self._until, len(data), now)
            if self._got - len(reader.rest) > self._limits.body and not isinstance(reader, LengthReader):
                raise LimitExceeded(f"the body is longer than {self._limits.body} bytes", 413)
        except RemoteError as error:
            return self._refuse(error, now)
        wanted = self._state is not State.DRAINING
        outputs = _heard(pieces) if wanted else self._discard(len(data) - len(reader.rest))
        return [*outputs, *self._end_body(reader, now)] if reader.done else outputs

    def _discard(self, count: int) -> Outputs:
        self._discarded += count
        return self._close(self._limits.linger) if self._discarded > self._limits.discard else NOTHING

    def _end_body(self, reader: BodyReader, now: float) -> Outputs:
        if self._state is _CLOSED:
            return NOTHING
        self._reader = None
        if reader.rest:
            self._buffer = bytearray(reader.rest)
        self._move(Event.REQUEST_ENDS)
        return self._turn_over(now) if self._state is _WAITING else NOTHING

    # ---------------------------------------------------------------------------------------- the answer

    def _say_response(self, response: Response, now: float) -> Outputs:
        turn = self._turn
        if turn is None or self._state not in (_RECEIVING, _ANSWERING):
            raise LocalError("there is no request to be answered")
        answer = plan_answer(response, turn, self._memory.date_line(now), keep=self._may_keep(turn, response))
        if answer.interim:
            return [*answer.outputs, *self._continue(turn, now)] if response.status == 100 else answer.outputs
        self._answer = answer
        if answer.streams:
            self._move(Event.ANSWER_BEGINS)
            return answer.outputs
        self._move(Event.ANSWER)
        if turn.plain and response.lasting and answer.keep and not self._stopping:
            self._memory.remember_reply(response, answer.outputs)
        return [*answer.outputs, *self._after_answer(answer, now)]

    def _continue(self, turn: Turn, now: float) -> Outputs:
        """They have been told to go on, so from now on it is they who keep us waiting."""
        if turn.continued or not turn.expects:
            return NOTHING
        turn.continued = True
        self._until = now + self._limits.body_grace
        return self._arm(now)

    def _may_keep(self, turn: Turn, response: Response) -> bool:
        """Whether the connection can go on after this answer."""
        if not turn.keep_alive or self._stopping:
            return False
        if self._state is _ANSWERING or response.status < 200:
            return True
        if turn.expects and not turn.continued:
            return False  # whether the body comes or not is theirs to choose: nobody could tell the next request
        reader = self._reader
        return not isinstance(reader, LengthReader) or reader.missing <= self._limits.discard

    def _say_body(self, message: Data | End, now: float) -> Outputs:
        answer = self._answer
        if answer is None or self._state not in (State.SENDING, State.DUPLEX):
            raise LocalError("no body is being said")
        outputs = answer.say(message)
        if isinstance(message, Data):
            return outputs
        self._move(Event.ANSWER_ENDS)
        return [*outputs, *self._after_answer(answer, now)]

    def _after_answer(self, answer: Answer, now: float) -> Outputs:
        self._answer = None
        if not answer.keep:
            return self._close(self._limits.linger)
        if self._state is _WAITING:
            return self._turn_over(now)
        return NOTHING  # the rest of their body is thrown away first

    def _turn_over(self, now: float) -> Outputs:
        """The next turn begins, perhaps with what was sent ahead."""
        self._turn = None
        self._asked = True
        self._since = now
        if self._stopping and not self._buffer:
            return self._close(self._limits.linger)
        return self._go_on(now) if self._buffer or self._ended or self._held else NOTHING

    def _go_on(self, now: float) -> Outputs:
        outputs: list[Output] = []
        if self._held:
            self._held = False
            outputs.append(Reading(True))
        if self._buffer:
            outputs += self._next_head(now)
        if self._ended and self._state is _WAITING:
            outputs += self.ended(None, now)
        return outputs

    # ------------------------------------------------------------------------------- patience and the end

    def _hold(self) -> Outputs:
        if self._held or len(self._buffer or b"") < AHEAD_LIMIT:
            return NOTHING
        self._held = True
        return [Reading(False)]

    def _deadline(self) -> float:
        """When the other side has kept us waiting for too long."""
        limits = self._limits
        if self._state is _WAITING:
            wait = limits.head_time if self._buffer else limits.idle if self._asked else limits.first_byte
            return self._since + wait if wait else _NEVER
        if self._state in _BODY_COMES and limits.body_grace:
            turn = self._turn
            held_back = turn is not None and turn.expects and not turn.continued and not self._got
            return _NEVER if held_back else self._until
        return _NEVER

    def _arm(self, now: float) -> Outputs:
        """Have the timer ring in time. It is never put off: if it rings early, it is set again."""
        at = self._deadline()
        if not self._asked and self._limits.idle:
            at = min(at, now + self._limits.idle)  # the shorter of the two, since nobody sets it again when they ask
        elif at == _NEVER and self._state is not _WAITING:
            at = now + (self._limits.idle or 60.0)  # our turn to speak: look again later
        if at >= self._armed:
            return NOTHING
        self._armed = at
        return [Wake(PATIENCE, at)]

    def _refuse(self, error: RemoteError, now: float) -> Outputs:
        """Tell them in HTTP's own words, where there is still room for an answer, and close."""
        outputs: list[Output] = []
        if self._state in (_WAITING, _RECEIVING):
            outputs += refusal(error, self._memory.date_line(now))
        elif self._state is not State.DRAINING:
            outputs.append(Fault(error))
            return [*outputs, *self._close()]
        return [*outputs, *self._close(self._limits.linger), Fault(error)]

    def _close(self, linger: float = 0.0) -> Outputs:
        self._move(Event.CLOSE)
        self._reader = None
        self._buffer = None
        return [Close(None, linger)]

    def _move(self, event: Event) -> None:
        try:
            self._state = TRANSITIONS[self._state][event]
        except KeyError:
            raise LocalError(f"{event.name} does not follow {self._state.name}") from None


def _heard(pieces: list[Data | End]) -> Outputs:
    return [Heard(piece) for piece in pieces]
