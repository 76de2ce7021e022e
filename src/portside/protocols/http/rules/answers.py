"""How a server's answer is framed: its length, its Connection field, and what of it is said at once (RFC 9112 §6)."""

from __future__ import annotations

from portside.errors import LocalError, RemoteError
from portside.interfaces import NOTHING, Heard, Output, Outputs, Send, SendFile
from portside.protocols.http.messages import Data, End, FieldLine, FileBody, Headers, Request, Response
from portside.protocols.http.syntax.bodies import serialise_chunk, serialise_last_chunk
from portside.protocols.http.syntax.heads import CHUNKED, UNTIL_CLOSE, Head, connection_options, serialise_response

_CLOSE: FieldLine = (b"Connection", b"close")
_KEEP_ALIVE: FieldLine = (b"Connection", b"keep-alive")
_CHUNKED: FieldLine = (b"Transfer-Encoding", b"chunked")


class Turn:
    """One request, and what it means for its answer. ``heard`` is what the rules say when it comes."""

    __slots__ = ("continued", "expects", "heard", "keep_alive", "length", "method", "minor", "plain")

    def __init__(self, head: Head) -> None:
        request = head.message
        assert isinstance(request, Request)
        self.length = head.length
        self.expects = head.expects
        self.keep_alive = head.keep_alive
        self.method = request.method
        self.minor = request.minor
        self.continued = False
        # the commonest kind, whose whole answer may be remembered
        self.plain = request.minor == 1 and head.keep_alive and request.method != "HEAD" and head.length == 0
        self.heard: Outputs = (Heard(request),)

    def last(self) -> None:
        """This very request stands for later ones with the same head."""
        output = self.heard[0]
        assert isinstance(output, Heard)
        request: Request = output.message
        lasting = Request(request.method, request.target, request.headers, request.minor, request.body, lasting=True)
        self.heard = (Heard(lasting),)


class Answer:
    """One answer: what is said at once, and how the rest of a streamed body is framed."""

    __slots__ = ("_missing", "interim", "keep", "outputs", "streams")

    def __init__(self, outputs: Outputs, *, keep: bool, streams: bool = False, missing: int = 0) -> None:
        self.outputs = outputs
        self.keep = keep
        self.streams = streams
        self.interim = False
        self._missing = missing

    def say(self, message: Data | End) -> Outputs:
        """A piece of a streamed body. Raises ``LocalError`` where it does not fit the length that was promised."""
        if self._missing == CHUNKED:
            if isinstance(message, End):
                return [Send(serialise_last_chunk(message.trailers))]
            return [Send(serialise_chunk(message.data))] if message.data else []
        if isinstance(message, End):
            if self._missing > 0:
                raise LocalError(f"the body ended {self._missing} bytes before its Content-Length")
            return []
        if self._missing != UNTIL_CLOSE:
            self._missing -= len(message.data)
            if self._missing < 0:
                raise LocalError("the body is longer than its Content-Length")
        return [Send(message.data)]


def plan_answer(response: Response, turn: Turn, date: FieldLine, *, keep: bool) -> Answer:
    """How ``response`` is said to the request of ``turn``. Raises ``LocalError`` for what may not be said."""
    if response.status < 200:
        return _interim(response, turn)
    _check_framing(response, turn)
    keep = keep and not _says_close(response.headers)
    if _streams(response, turn):
        return _begin_stream(response, turn, date, keep)
    lines = [date, *_length_line(response), *_connection_line(turn, keep)]
    head = serialise_response(response, lines)
    return Answer(_with_body(head, response, turn), keep=keep)


def refusal(error: RemoteError, date: FieldLine) -> Outputs:
    """The answer to a request that could not be understood, in plain text; the connection closes after it."""
    response = Response(error.status or 400)
    body = f"{response.status} {response.phrase}: {error}\n".encode("utf-8", "replace")
    lines = [
        date,
        (b"Content-Type", b"text/plain; charset=utf-8"),
        (b"Content-Length", b"%d" % len(body)),
        _CLOSE,
    ]
    return [Send(serialise_response(response, lines) + body)]


def say_nothing(response: Response) -> Outputs:
    """It is over: they broke the rules, or left, before the answer came. Nobody on our side did anything wrong."""
    if isinstance(response.body, FileBody):
        response.body.file.close()
    return NOTHING


def bodyless(status: int, method: str) -> bool:
    """Whether an answer has no body whatever its fields say (RFC 9112 §6.3)."""
    return method == "HEAD" or status < 200 or status in (204, 304)


def _check_framing(response: Response, turn: Turn) -> None:
    """The framing is ours to say; a length that is given has to be true, or the next answer would be misread."""
    if b"transfer-encoding" in response.headers:
        raise LocalError("an answer's transfer coding is not its application's to choose")
    given = response.headers.get(b"content-length")
    if given is None:
        return
    if not given.isdigit() or len(given) > 18:
        raise LocalError(f"{given!r} is no Content-Length")
    body = response.body
    size = len(body) if isinstance(body, bytes) else body.count if isinstance(body, FileBody) else None
    if size is not None and size != int(given) and not bodyless(response.status, turn.method):
        raise LocalError(f"the body has {size} bytes, and its Content-Length says {int(given)}")


def _interim(response: Response, turn: Turn) -> Answer:
    answer = Answer([Send(serialise_response(response))] if turn.minor else [], keep=True)
    answer.interim = True
    return answer


def _streams(response: Response, turn: Turn) -> bool:
    body = response.body
    return not isinstance(body, bytes | FileBody) and not bodyless(response.status, turn.method)


def _begin_stream(response: Response, turn: Turn, date: FieldLine, keep: bool) -> Answer:
    length = response.headers.get(b"content-length")
    lines = [date]
    if length is not None:
        missing = int(length)
    elif turn.minor:
        missing = CHUNKED
        lines.append(_CHUNKED)
    else:
        missing = UNTIL_CLOSE
        keep = False
    lines += _connection_line(turn, keep)
    return Answer([Send(serialise_response(response, lines))], keep=keep, streams=True, missing=missing)


def _with_body(head: bytes, response: Response, turn: Turn) -> Outputs:
    body = response.body
    if isinstance(body, bytes):
        return [Send(head if bodyless(response.status, turn.method) else head + body)]
    if not isinstance(body, FileBody):
        return [Send(head)]
    if bodyless(response.status, turn.method) or body.count == 0:
        body.file.close()
        return [Send(head)]
    outputs: list[Output] = [Send(head), SendFile(body.file, body.offset, body.count)]
    return outputs


def _length_line(response: Response) -> list[FieldLine]:
    body = response.body
    if response.status in (204, 304) or b"content-length" in response.headers:
        return []
    if isinstance(body, bytes):
        return [(b"Content-Length", b"%d" % len(body))]
    return [(b"Content-Length", b"%d" % body.count)] if isinstance(body, FileBody) else []


def _connection_line(turn: Turn, keep: bool) -> list[FieldLine]:
    if not keep:
        return [_CLOSE]
    return [] if turn.minor else [_KEEP_ALIVE]


def _says_close(headers: Headers) -> bool:
    value = headers.get(b"connection")
    return value is not None and b"close" in connection_options(value)
