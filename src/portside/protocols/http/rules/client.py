"""The client's side of an HTTP/1.1 connection: ask, listen to the answer, and ask again (RFC 9112).

The conversation in plain words. We say a request, with or without a body. They may say interim answers (1xx), and
then one final answer; its head, together with our method, tells how its body ends. When both sides have finished,
the connection is as new, if both want to keep it. Two machines run side by side, one for each direction, since an
answer may come before our own words end::

    we say      IDLE --request--> DONE --next--> IDLE
                  | --request with body--> BODY --end--> DONE        BODY --refused--> STOPPED
                  | --request that expects--> WAITING --proceed--> BODY
                                                 | --refused--> STOPPED

    we hear     IDLE --request--> HEAD --answer--> BODY --end--> DONE --next--> IDLE
                                  HEAD --interim--> HEAD
                any state --broken--> OVER

What makes this side careful is the end of an answer. Whoever takes a cut answer for a whole one keeps half a file,
so every end that was not announced is a ``BrokenPromise``: a missing byte, a missing last chunk, a reset, and (where
the connection's end is the answer's end) TLS without its goodbye. A connection on which anything unexpected is left
over is not used again: the next answer could be somebody else's (RFC 9112 §9.2).

A long upload asks first (``Expect: 100-continue``, RFC 9110 §10.1.1): ``Proceed`` is heard once they agree, or have
kept silent for a second. A final answer that comes first means that nobody wants the body: it stays unsaid.

Silence is measured only while we wait for them: from the end of our request, or from ``Waiting(True)``, by which
our side says that it waits for room; ``Waiting(False)`` says that our side is the slow one. One alarm at most is
set: it looks when something last came, and sets itself again.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from portside.errors import (
    BrokenPromise,
    ConnectionLost,
    LimitExceeded,
    LocalError,
    PortsideError,
    RemoteError,
    TimedOut,
    TransportError,
)
from portside.interfaces import NOTHING, Address, Close, Door, Fault, Heard, Link, Output, Outputs, Send, Wake
from portside.protocols.http.messages import Data, End, Headers, Request, Response
from portside.protocols.http.rules.turns import TRANSITIONS, ClientMessage, Hearing, Proceed, Saying, Waiting
from portside.protocols.http.syntax.bodies import BodyReader, body_reader, serialise_chunk, serialise_last_chunk
from portside.protocols.http.syntax.heads import (
    Head,
    HeadLimits,
    connection_options,
    find_end,
    parse_response,
    serialise_request,
)

CONTINUE_AFTER = 1.0
"""Seconds that we wait for 100 (Continue); many servers never send it."""
INTERIM_ANSWERS = 32
"""Answers 1xx to one request; more of them would keep us waiting for ever."""
_HTTP = b"HTTP/1."
_SILENCE = "silence"
_CONTINUE = "continue"
_CHUNKED_LINE = (b"Transfer-Encoding", b"chunked")


@dataclass(frozen=True, slots=True)
class ClientLimits:
    """What a client puts up with.

    - ``heads``: the size of an answer's head; cookies and policies make some longer than any request's.
    - ``silence``: seconds without a byte while we wait for them (0: no limit).
    - ``head_time``: seconds for all heads of one answer, from their first byte; what drips is cut off (0: no limit).
    """

    heads: HeadLimits = field(default_factory=lambda: HeadLimits(head=256 * 1024, fields=256))
    silence: float = 60.0
    head_time: float = 120.0


class ClientRules:
    """One connection's client. Raises ``LocalError`` for what may not be said now."""

    __slots__ = (
        "_alarm", "_buffer", "_chunked", "_head_began", "_hearing", "_interim", "_keep", "_last", "_limits", "_missing",
        "_reader", "_request", "_saying", "_searched", "_touched", "_waiting",
    )  # fmt: skip

    def __init__(self, limits: ClientLimits = ClientLimits()) -> None:
        self._limits = limits
        self._saying = Saying.IDLE
        self._hearing = Hearing.IDLE
        self._request: Request | None = None
        self._reader: BodyReader | None = None
        self._buffer = b""
        self._searched = 0
        self._interim = 0
        self._chunked = False  # how our own body is framed,
        self._missing = 0  # and what is missing of it
        self._keep = True
        self._touched = False  # whether any byte of an answer has come
        self._head_began = 0.0
        self._waiting = False
        self._last = 0.0
        self._alarm = False

    @property
    def reusable(self) -> bool:
        """Whether the next request may be said."""
        return self._saying is Saying.IDLE and self._hearing is Hearing.IDLE

    @property
    def speaking(self) -> bool:
        """Whether a piece of our body may be said now."""
        return self._saying is Saying.BODY

    def _say_moves(self, event: str) -> None:
        state = TRANSITIONS.get((self._saying, event))
        if not isinstance(state, Saying):
            raise LocalError(f"{event!r} may not be said while {self._saying.value}")
        self._saying = state

    def _hear_moves(self, event: str) -> None:
        state = TRANSITIONS[self._hearing, event]
        assert isinstance(state, Hearing)
        self._hearing = state

    # -------------------------------------------------------------------------------------- what we say

    def say(self, message: ClientMessage, now: float) -> Outputs:
        kind = type(message)
        if kind is Request:
            return self._ask(message, now)  # type: ignore[arg-type]
        if kind is Data:
            return self._say_data(message.data)  # type: ignore[union-attr]
        if kind is End:
            return self._say_end(message.trailers, now)  # type: ignore[union-attr]
        if kind is Waiting:
            return self._wait(message.for_them, now)  # type: ignore[union-attr]
        raise LocalError(f"a client does not say {kind.__name__}")

    def _ask(self, request: Request, now: float) -> Outputs:
        if self._hearing is not Hearing.IDLE:
            raise LocalError("the connection is not free for another request")
        self._request = request
        if not request.body:
            head = serialise_request(request)
            self._say_moves("request")
        else:
            head = self._head_with_body(request)
            self._say_moves("request that expects" if b"expect" in request.headers else "request with body")
        self._hear_moves("request")
        self._keep = _stays(request.headers)
        self._touched = False
        self._interim = 0
        outputs: list[Output] = [Send(head)]
        if self._saying is Saying.WAITING:
            outputs.append(Wake(_CONTINUE, now + CONTINUE_AFTER))
        elif self._saying is Saying.DONE:
            self._count_silence(now, outputs)
        return outputs

    def _head_with_body(self, request: Request) -> bytes:
        """The head, with the framing of the body that will follow: the length where it is known, or chunks."""
        length = request.headers.get(b"content-length")
        self._chunked = length is None
        if length is None:
            known = b"transfer-encoding" in request.headers
            return serialise_request(request, () if known else (_CHUNKED_LINE,))
        if not length.isdigit() or b"transfer-encoding" in request.headers:
            raise LocalError("a request needs one length, or Transfer-Encoding: chunked")
        self._missing = int(length)
        return serialise_request(request)

    def _say_data(self, data: bytes) -> Outputs:
        if self._saying is Saying.STOPPED or not data:
            return NOTHING
        if self._saying is not Saying.BODY:
            raise LocalError(f"a piece of a body may not be said while {self._saying.value}")
        if self._chunked:
            return (Send(serialise_chunk(data)),)
        if len(data) > self._missing:
            raise LocalError("the body is longer than its Content-Length says")
        self._missing -= len(data)
        return (Send(data),)

    def _say_end(self, trailers: Headers, now: float) -> Outputs:
        if self._saying is Saying.STOPPED:
            return NOTHING
        if self._saying is Saying.BODY and not self._chunked and self._missing:
            raise LocalError(f"the body is {self._missing:,} bytes shorter than its Content-Length says")
        self._say_moves("end")
        outputs: list[Output] = [Send(serialise_last_chunk(trailers))] if self._chunked else []
        self._count_silence(now, outputs)
        return outputs

    # -------------------------------------------------------------------------------------- what we hear

    def opened(self, door: Door | None, now: float) -> Outputs:
        return NOTHING

    def received(self, data: bytes, source: Address | Link | None, now: float) -> Outputs:
        self._last = now
        if self._hearing is Hearing.BODY:
            outputs: list[Output] = []
            self._read_body(data, outputs)
            return outputs
        if self._hearing is Hearing.HEAD:
            if not self._touched:
                self._touched = True
                self._head_began = now
            self._buffer = self._buffer + data if self._buffer else data
            return self._read_heads(now)
        if self._hearing is Hearing.IDLE:
            return self._break(RemoteError("the server said something that nobody had asked for"))
        return NOTHING

    def _read_heads(self, now: float) -> Outputs:
        outputs: list[Output] = []
        while self._hearing is Hearing.HEAD:
            try:
                head = self._next_head()
            except PortsideError as error:
                outputs += self._break(_malformed(error))
                break
            if head is None:
                if self._limits.head_time and now - self._head_began > self._limits.head_time:
                    outputs += self._break(TimedOut(f"the answer's head took longer than {self._limits.head_time:g} s"))
                break
            if head.message.status < 200:  # type: ignore[union-attr]
                outputs += self._hear_interim(head.message, now)  # type: ignore[arg-type]
            else:
                self._hear_answer(head, outputs)
        return outputs

    def _next_head(self) -> Head | None:
        """The next head in the buffer; None where its end has not come yet."""
        buffer, limit = self._buffer, self._limits.heads.head
        if not buffer.startswith(_HTTP) and not _HTTP.startswith(buffer):
            raise RemoteError("it does not begin with HTTP/1.")
        end = find_end(buffer, self._searched)
        if end < 0 or end > limit:
            if len(buffer) > limit:
                raise LimitExceeded(f"its head is longer than {limit:,} bytes")
            self._searched = len(buffer)
            return None
        assert self._request is not None
        head = parse_response(buffer[:end], self._limits.heads, self._request.method)
        self._buffer = buffer[end:]
        self._searched = 0
        return head

    def _hear_interim(self, response: Response, now: float) -> Outputs:
        self._interim += 1
        if response.status == 101:
            return self._break(RemoteError("the server switched to another protocol, which nobody had asked for", 101))
        if self._interim > INTERIM_ANSWERS:
            return self._break(LimitExceeded(f"more than {INTERIM_ANSWERS} interim answers", response.status))
        self._hear_moves("interim")
        outputs: list[Output] = [Heard(response)]
        if response.status == 100 and self._saying is Saying.WAITING:
            outputs += self._proceed()
        return outputs

    def _proceed(self) -> Outputs:
        self._say_moves("proceed")
        return (Wake(_CONTINUE, None), Heard(Proceed()))

    def _hear_answer(self, head: Head, outputs: list[Output]) -> None:
        response = head.message
        assert isinstance(response, Response)
        self._hear_moves("answer")
        self._keep = self._keep and head.keep_alive
        if self._saying is Saying.WAITING or (self._saying is Saying.BODY and response.status >= 300):
            if self._saying is Saying.WAITING:
                outputs.append(Wake(_CONTINUE, None))
            self._say_moves("refused")
        outputs.append(Heard(response))
        rest, self._buffer = self._buffer, b""
        if head.length == 0:
            self._finish(End(), rest, outputs)
            return
        self._reader = body_reader(head.length)
        if rest:
            self._read_body(rest, outputs)

    def _read_body(self, data: bytes, outputs: list[Output]) -> None:
        reader = self._reader
        assert reader is not None
        try:
            pieces = reader.feed(data)
        except RemoteError as error:
            outputs += self._break(BrokenPromise(f"the answer's body is malformed: {error}"))
            return
        for piece in pieces:
            if type(piece) is Data:
                outputs.append(Heard(piece))
            else:
                self._finish(piece, reader.rest, outputs)

    def _finish(self, end: Data | End, rest: bytes, outputs: list[Output]) -> None:
        """The answer is whole. The connection is kept where both sides have finished, and nothing is left over."""
        self._reader = None
        self._hear_moves("end")
        if self._saying is Saying.DONE and self._keep and not rest:
            self._say_moves("next")
            self._hear_moves("next")
            outputs.append(Heard(end))
            return
        if self._saying is Saying.BODY:
            self._say_moves("refused")
        self._hear_moves("broken")
        outputs += (Heard(end), Close())

    # ------------------------------------------------------------------------------------- how it ends

    def ended(self, link: Link | None, now: float) -> Outputs:
        if self._hearing is Hearing.BODY:
            assert self._reader is not None
            try:
                pieces = self._reader.end()
            except RemoteError as error:
                return self._break(BrokenPromise(f"the answer was cut short: {error}"))
            outputs: list[Output] = []
            for piece in pieces:
                self._keep = False
                self._finish(piece, b"", outputs)
            return outputs
        if self._hearing is Hearing.HEAD:
            return self._break(self._cut("the server closed the connection"))
        return self._break(None)

    def failed(self, link: Link | None, error: TransportError, now: float) -> Outputs:
        if self._hearing is Hearing.BODY:
            return self._break(BrokenPromise(f"the answer was cut short: {error}"))
        if self._hearing is Hearing.HEAD:
            return self._break(self._cut(str(error)) if self._touched else error)
        return self._break(None)

    def _cut(self, how: str) -> PortsideError:
        if self._touched:
            return BrokenPromise(f"the answer was cut short in its head: {how}")
        return ConnectionLost(f"{how} without an answer")

    def _break(self, error: PortsideError | None) -> Outputs:
        """Nothing more is said or heard here."""
        if self._hearing is Hearing.OVER:
            return NOTHING
        self._hear_moves("broken")
        self._buffer = b""
        self._reader = None
        return (Close(),) if error is None else (Fault(error), Close())

    def stop(self, now: float) -> Outputs:
        if self._hearing is Hearing.IDLE:
            return self._break(None)
        self._keep = False
        return NOTHING

    def linked(self, link: Link, door: Door, now: float) -> Outputs:
        return NOTHING

    # ------------------------------------------------------------------------------------------ timers

    def _wait(self, for_them: bool, now: float) -> Outputs:
        outputs: list[Output] = []
        self._waiting = for_them
        if for_them:
            self._count_silence(now, outputs)
        return outputs

    def _count_silence(self, now: float, outputs: list[Output]) -> None:
        self._waiting = True
        self._last = now
        if not self._alarm and self._limits.silence:
            self._alarm = True
            outputs.append(Wake(_SILENCE, now + self._limits.silence))

    def woke(self, timer: str, now: float) -> Outputs:
        if timer == _CONTINUE:
            return self._proceed() if self._saying is Saying.WAITING else NOTHING
        self._alarm = False
        if not self._waiting or self._hearing not in (Hearing.HEAD, Hearing.BODY):
            return NOTHING
        due = self._last + self._limits.silence
        if now < due:
            self._alarm = True
            return (Wake(_SILENCE, due),)
        return self._break(TimedOut(f"the server was silent for {self._limits.silence:g} s"))


def _stays(headers: Headers) -> bool:
    value = headers.get(b"connection")
    return value is None or b"close" not in connection_options(value)


def _malformed(error: PortsideError) -> PortsideError:
    text = f"the server's answer is malformed: {error}"
    return LimitExceeded(text) if isinstance(error, LimitExceeded) else RemoteError(text)
