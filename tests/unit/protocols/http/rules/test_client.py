"""The client's rules as conversations: what we say, what they answer, and what must come of it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.errors import (
    BrokenPromise,
    ConnectionLost,
    LimitExceeded,
    LocalError,
    PortsideError,
    RemoteError,
    TimedOut,
)
from portside.interfaces import Close, Fault, Heard, Outputs, Send, Wake
from portside.protocols.http.messages import Data, End, Headers, Request, Response
from portside.protocols.http.rules.client import ClientLimits, ClientRules
from portside.protocols.http.rules.turns import ClientMessage, Proceed, Waiting
from portside.protocols.http.syntax.heads import HeadLimits

HOST = (b"Host", b"a")
GET = Request("GET", "/", Headers([HOST]))
HEAD = Request("HEAD", "/", Headers([HOST]))


@dataclass
class Play:
    """Drives the rules, and keeps what they said."""

    rules: ClientRules = field(default_factory=ClientRules)
    now: float = 100.0
    sent: bytes = b""
    heard: list[object] = field(default_factory=list)
    error: PortsideError | None = None
    closed: bool = False
    alarms: dict[str, float] = field(default_factory=dict)

    def take(self, outputs: Outputs) -> None:
        for output in outputs:
            match output:
                case Heard(message):
                    assert self.error is None, "something was heard after the fault"
                    self.heard.append(message)
                case Send(data):
                    self.sent += bytes(data)
                case Fault(error):
                    assert self.error is None
                    self.error = error
                case Close():
                    self.closed = True
                case Wake(timer, None):
                    self.alarms.pop(timer, None)
                case Wake(timer, float() as at):
                    self.alarms[timer] = at
                case _:
                    raise AssertionError(output)

    def say(self, *messages: ClientMessage) -> None:
        for message in messages:
            self.take(self.rules.say(message, self.now))

    def hear(self, data: bytes, piece: int = 0) -> None:
        for at in range(0, len(data), piece or max(len(data), 1)):
            self.take(self.rules.received(data[at : at + (piece or len(data))], None, self.now))

    def end(self) -> None:
        self.take(self.rules.ended(None, self.now))

    def wake(self) -> None:
        timer, at = min(self.alarms.items(), key=lambda item: item[1])
        del self.alarms[timer]
        self.now = max(self.now, at)
        self.take(self.rules.woke(timer, self.now))

    @property
    def answers(self) -> list[Response]:
        return [message for message in self.heard if isinstance(message, Response)]

    @property
    def body(self) -> bytes:
        return b"".join(message.data for message in self.heard if isinstance(message, Data))

    @property
    def whole(self) -> bool:
        return any(isinstance(message, End) for message in self.heard)


def asked(request: Request = GET, limits: ClientLimits | None = None) -> Play:
    play = Play(ClientRules(limits or ClientLimits()))
    play.say(request)
    return play


OK = b"HTTP/1.1 200 OK\r\n"

# name, method, bytes of the answer, whether the connection ends after them, status, body, whether it can be used again
WHOLE = [
    ("a length", "GET", OK + b"Content-Length: 5\r\n\r\nhello", False, 200, b"hello", True),
    ("no phrase", "GET", b"HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", False, 200, b"", True),
    ("no phrase and no space", "GET", b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", False, 200, b"", True),
    ("a phrase with high bytes", "GET", b"HTTP/1.1 200 \xc3\xa9\r\nContent-Length: 0\r\n\r\n", False, 200, b"", True),
    ("an unknown status", "GET", b"HTTP/1.1 299 Odd\r\nContent-Length: 1\r\n\r\nx", False, 299, b"x", True),
    ("no content", "GET", b"HTTP/1.1 204 No Content\r\n\r\n", False, 204, b"", True),
    ("not modified with a length", "GET", b"HTTP/1.1 304 NM\r\nContent-Length: 9\r\n\r\n", False, 304, b"", True),
    ("HEAD with a length", "HEAD", OK + b"Content-Length: 9\r\n\r\n", False, 200, b"", True),
    ("HEAD in chunks", "HEAD", OK + b"Transfer-Encoding: chunked\r\n\r\n", False, 200, b"", True),
    ("until close", "GET", OK + b"\r\nall of it", True, 200, b"all of it", False),
    ("until close, nothing", "GET", OK + b"\r\n", True, 200, b"", False),
    ("1.0 until close", "GET", b"HTTP/1.0 200 OK\r\n\r\nold", True, 200, b"old", False),
    ("1.0 with a length", "GET", b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold", False, 200, b"old", False),
    (
        "1.0 kept",
        "GET",
        b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\nold",
        False,
        200,
        b"old",
        True,
    ),
    ("close", "GET", OK + b"Connection: close\r\nContent-Length: 2\r\n\r\nhi", False, 200, b"hi", False),
    ("close among others", "GET", OK + b"Connection: foo, Close\r\nContent-Length: 0\r\n\r\n", False, 200, b"", False),
    ("chunks", "GET", OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", False, 200, b"abc", True),
    ("Chunked, capital", "GET", OK + b"Transfer-Encoding: Chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", False, 200, b"a", True),
    (
        "chunk extensions",
        "GET",
        OK + b"Transfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0;x\r\n\r\n",
        False,
        200,
        b"abc",
        True,
    ),
    (
        "trailers",
        "GET",
        OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-T: 1\r\n\r\n",
        False,
        200,
        b"a",
        True,
    ),
    ("a folded field", "GET", OK + b"X: a\r\n  b\r\nContent-Length: 1\r\n\r\nx", False, 200, b"x", True),
    ("twice the same length", "GET", OK + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi", False, 200, b"hi", True),
    ("a length with spaces", "GET", OK + b"Content-Length:   2  \r\n\r\nhi", False, 200, b"hi", True),
    ("an empty field", "GET", OK + b"X-Empty:\r\nContent-Length: 0\r\n\r\n", False, 200, b"", True),
    ("a tab in a field", "GET", OK + b"X:\ta\tb\t\r\nContent-Length: 0\r\n\r\n", False, 200, b"", True),
    ("continue first", "GET", b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 0\r\n\r\n", False, 200, b"", 1),
    (
        "early hints first",
        "GET",
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 2 + OK + b"Content-Length: 1\r\n\r\nx",
        False,
        200,
        b"x",
        True,
    ),
    ("a length after which more comes", "GET", OK + b"Content-Length: 2\r\n\r\nhi!!", False, 200, b"hi", False),
    (
        "chunks after which more comes",
        "GET",
        OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n!",
        False,
        200,
        b"",
        False,
    ),
    ("a second answer", "GET", (OK + b"Content-Length: 0\r\n\r\n") * 2, False, 200, b"", False),
    ("a body after 204", "GET", b"HTTP/1.1 204 No Content\r\n\r\nbody", False, 204, b"", False),
]


@pytest.mark.parametrize("piece", [0, 1, 2, 7], ids=lambda piece: f"in pieces of {piece}")
@pytest.mark.parametrize(
    ("method", "data", "ends", "status", "body", "again"), [c[1:] for c in WHOLE], ids=[c[0] for c in WHOLE]
)
def test_a_whole_answer_is_heard_whatever_its_framing(
    method: str, data: bytes, ends: bool, status: int, body: bytes, again: bool, piece: int
) -> None:
    play = asked(Request(method, "/", Headers([HOST])))
    play.hear(data, piece)
    if ends:
        play.end()
    assert play.answers[-1].status == status
    assert play.body == body
    assert play.whole
    if again:
        assert play.rules.reusable and not play.closed and play.error is None
        play.say(GET)
        play.hear(OK + b"Content-Length: 0\r\n\r\n")
        assert play.answers[-1].status == 200
    else:
        assert not play.rules.reusable and play.closed


MALFORMED = [
    ("not HTTP", b"SSH-2.0-OpenSSH_9\r\n"),
    ("a page without a head (0.9)", b"<html>\r\n\r\n"),
    ("HTTP/2", b"HTTP/2.0 200 OK\r\n\r\n"),
    ("HTTP/1", b"HTTP/1 200 OK\r\n\r\n"),
    ("lower case", b"http/1.1 200 OK\r\n\r\n"),
    ("two digits", b"HTTP/1.1 20 OK\r\n\r\n"),
    ("four digits", b"HTTP/1.1 2000 OK\r\n\r\n"),
    ("status 000", b"HTTP/1.1 000 OK\r\n\r\n"),
    ("a sign", b"HTTP/1.1 +20 OK\r\n\r\n"),
    ("two spaces", b"HTTP/1.1  200 OK\r\n\r\n"),
    ("a tab", b"HTTP/1.1\t200 OK\r\n\r\n"),
    ("a long version", b"HTTP/1.10 200 OK\r\n\r\n"),
    ("a control character in the phrase", b"HTTP/1.1 200 O\x00K\r\n\r\n"),
    ("an empty line first", b"\r\n" + OK + b"Content-Length: 0\r\n\r\n"),
    ("bare LF", b"HTTP/1.1 200 OK\nContent-Length: 0\n\n"),
    ("one bare LF", OK + b"A: b\nContent-Length: 0\r\n\r\n"),
    ("a bare CR", OK + b"A: b\rC: d\r\nContent-Length: 0\r\n\r\n"),
    ("a space before the colon", OK + b"Content-Length : 0\r\n\r\n"),
    ("no colon", OK + b"Content-Length 0\r\n\r\n"),
    ("an empty name", OK + b": 0\r\n\r\n"),
    ("a space in the name", OK + b"Content Length: 0\r\n\r\n"),
    ("a NUL in a value", OK + b"A: b\x00c\r\nContent-Length: 0\r\n\r\n"),
    ("a fold at once", OK + b" folded: 1\r\nContent-Length: 0\r\n\r\n"),
    ("a length with a sign", OK + b"Content-Length: +1\r\n\r\nx"),
    ("a negative length", OK + b"Content-Length: -1\r\n\r\nx"),
    ("a hexadecimal length", OK + b"Content-Length: 0x1\r\n\r\nx"),
    ("an underscored length", OK + b"Content-Length: 1_0\r\n\r\nx"),
    ("an endless length", OK + b"Content-Length: 99999999999999999999\r\n\r\nx"),
    ("two lengths", OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx"),
    ("two lengths in one line", OK + b"Content-Length: 1, 2\r\n\r\nxx"),
    ("both framings", OK + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ("an unknown coding", OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    ("chunked not at the end", OK + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
    ("chunked twice", OK + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
    ("another protocol", b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: foo\r\n\r\n"),
    ("interim answers without end", b"HTTP/1.1 102 Processing\r\n\r\n" * 33),
]


@pytest.mark.parametrize("piece", [0, 1], ids=["at once", "byte by byte"])
@pytest.mark.parametrize("data", [c[1] for c in MALFORMED], ids=[c[0] for c in MALFORMED])
def test_a_head_in_doubt_is_an_error_and_ends_the_connection(data: bytes, piece: int) -> None:
    play = asked()
    play.hear(data, piece)
    assert type(play.error) in (RemoteError, LimitExceeded)
    assert play.closed and not play.whole


CHUNKS = OK + b"Transfer-Encoding: chunked\r\n\r\n"
BROKEN_CHUNKS = [
    b"0x3\r\nabc\r\n0\r\n\r\n",
    b"+3\r\nabc\r\n0\r\n\r\n",
    b"-3\r\nabc\r\n0\r\n\r\n",
    b"3_\r\nabc\r\n0\r\n\r\n",
    b" 3\r\nabc\r\n0\r\n\r\n",
    b"3 \r\nabc\r\n0\r\n\r\n",
    b"\r\nabc\r\n0\r\n\r\n",
    b"g\r\nabc\r\n0\r\n\r\n",
    b"3\nabc\r\n0\r\n\r\n",
    b"3\r\nabcd\r\n0\r\n\r\n",
    b"3\r\nabc\n0\r\n\r\n",
    b"fffffffffffffffff\r\nabc\r\n0\r\n\r\n",
    b"3;\x00\r\nabc\r\n0\r\n\r\n",
    b"0\r\nContent-Length: 3\r\n\r\n",
    b"0\r\nX y: 3\r\n\r\n",
]


@pytest.mark.parametrize("piece", [0, 1], ids=["at once", "byte by byte"])
@pytest.mark.parametrize("data", BROKEN_CHUNKS)
def test_chunks_in_doubt_break_the_promise(data: bytes, piece: int) -> None:
    play = asked()
    play.hear(CHUNKS + data, piece)
    assert isinstance(play.error, BrokenPromise)
    assert play.closed and not play.whole


CUT = [
    (OK + b"Content-Length: 5\r\n\r\nhell", "4 of 5"),
    (OK + b"Content-Length: 5\r\n\r\n", "0 of 5"),
    (CHUNKS, "middle"),
    (CHUNKS + b"3\r\nab", "middle"),
    (CHUNKS + b"3\r\nabc\r\n", "middle"),
    (CHUNKS + b"3\r\nabc\r\n0\r\n", "middle"),
    (CHUNKS + b"3\r\nabc\r\n0\r\nX: y\r\n", "middle"),
    (b"HTTP/1.1 200 OK\r\nConte", "head"),
    (b"H", "head"),
    (b"HTTP/1.1 100 Continue\r\n\r\n", "head"),
]


@pytest.mark.parametrize(("data", "where"), CUT)
def test_a_cut_answer_is_never_taken_for_a_whole_one(data: bytes, where: str) -> None:
    play = asked()
    play.hear(data)
    play.end()
    assert isinstance(play.error, BrokenPromise)
    assert where in str(play.error)
    assert not play.whole and play.closed


@pytest.mark.parametrize("data", [CHUNKS, OK + b"\r\nuntil close", OK + b"Content-Length: 5\r\n\r\nab"])
def test_a_broken_connection_is_no_end_even_where_the_end_is_the_close(data: bytes) -> None:
    play = asked()
    play.hear(data)
    play.take(play.rules.failed(None, ConnectionLost("cut off without the end that TLS asks for"), play.now))
    assert isinstance(play.error, BrokenPromise) and not play.whole


def test_no_byte_of_an_answer_is_a_lost_connection_which_may_be_tried_again() -> None:
    play = asked()
    play.end()
    assert type(play.error) is ConnectionLost


def test_a_reset_before_any_byte_keeps_its_own_reason() -> None:
    play, reset = asked(), ConnectionLost("reset")
    play.take(play.rules.failed(None, reset, play.now))
    assert play.error is reset


def test_words_nobody_asked_for_end_an_idle_connection() -> None:
    play = asked()
    play.hear(OK + b"Content-Length: 0\r\n\r\n")
    play.hear(b"HTTP/1.1 408 Request Timeout\r\n\r\n")
    assert isinstance(play.error, RemoteError) and play.closed and not play.rules.reusable


def test_an_idle_connection_that_they_close_is_closed_without_an_error() -> None:
    play = asked()
    play.hear(OK + b"Content-Length: 0\r\n\r\n")
    play.end()
    assert play.closed and play.error is None and not play.rules.reusable


def test_a_second_request_has_to_wait_for_the_first_answer() -> None:
    play = asked()
    with pytest.raises(LocalError):
        play.say(GET)


def test_our_own_close_is_kept() -> None:
    play = asked(Request("GET", "/", Headers([HOST, (b"Connection", b"close")])))
    play.hear(OK + b"Content-Length: 0\r\n\r\n")
    assert play.closed and play.whole


def test_an_endless_head_is_cut_off() -> None:
    play = asked(limits=ClientLimits(heads=HeadLimits(head=1000, fields=20)))
    play.hear(OK + b"X: " + b"a" * 2000)
    assert isinstance(play.error, LimitExceeded)


def test_too_many_fields_are_refused() -> None:
    play = asked(limits=ClientLimits(heads=HeadLimits(head=100_000, fields=20)))
    play.hear(OK + b"X: a\r\n" * 21 + b"\r\n")
    assert isinstance(play.error, LimitExceeded)


# ------------------------------------------------------------------------------------------------ bodies


def post(*lines: tuple[bytes, bytes]) -> Request:
    return Request("POST", "/", Headers([HOST, *lines]), body=True)


def test_a_body_of_known_length_is_sent_as_it_is() -> None:
    play = asked(post((b"Content-Length", b"5")))
    play.say(Data(b"he"), Data(b"llo"), End())
    assert play.sent.endswith(b"\r\n\r\nhello")
    play.hear(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
    assert play.rules.reusable


def test_a_body_of_unknown_length_is_sent_in_chunks() -> None:
    play = asked(post())
    play.say(Data(b"hello"), Data(b""), Data(b"!"), End(Headers([(b"X-T", b"1")])))
    head, _, body = play.sent.partition(b"\r\n\r\n")
    assert b"Transfer-Encoding: chunked" in head
    assert body == b"5\r\nhello\r\n1\r\n!\r\n0\r\nX-T: 1\r\n\r\n"


@pytest.mark.parametrize("messages", [(Data(b"abc"),), (Data(b"a"), End())], ids=["longer", "shorter"])
def test_a_body_keeps_to_its_own_length(messages: tuple[Data | End, ...]) -> None:
    play = asked(post((b"Content-Length", b"2")))
    with pytest.raises(LocalError, match=r"longer|shorter"):
        play.say(*messages)


@pytest.mark.parametrize("length", [b"x", b"-1", b"+1", b"1_0", b""])
def test_a_length_that_is_no_number_is_not_sent(length: bytes) -> None:
    with pytest.raises(LocalError):
        asked(post((b"Content-Length", length)))


def test_a_request_that_would_break_out_of_its_line_is_not_sent() -> None:
    for request in (
        Request("GET", "/ HTTP/1.1\r\nX: y", Headers([HOST])),
        Request("GET", "/", Headers([(b"X", b"a\r\nY: b")])),
        Request("G ET", "/", Headers([HOST])),
    ):
        play = Play()
        with pytest.raises(LocalError):
            play.say(request)
        assert play.sent == b""
        play.say(GET)  # nothing was said, so the connection is as new


def test_a_refusal_stops_the_body_and_the_connection_goes() -> None:
    play = asked(post((b"Content-Length", b"100")))
    play.say(Data(b"x" * 10))
    play.hear(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
    assert not play.rules.speaking
    before = play.sent
    play.say(Data(b"x" * 90), End())
    assert play.sent == before, "what nobody wants was sent"
    assert play.body == b"no" and play.whole and play.closed


def test_an_early_answer_that_agrees_lets_the_body_go_on() -> None:
    play = asked(post((b"Content-Length", b"4")))
    play.hear(OK + b"Content-Length: 2\r\n\r\nh")
    play.say(Data(b"body"), End())
    play.hear(b"i")
    assert play.whole and play.rules.reusable


def test_an_answer_that_ends_before_our_body_ends_the_exchange() -> None:
    play = asked(post((b"Content-Length", b"4")))
    play.hear(OK + b"Content-Length: 2\r\n\r\nhi")
    assert play.whole and play.closed and not play.rules.speaking


EXPECTING = post((b"Content-Length", b"4"), (b"Expect", b"100-continue"))


def test_an_expecting_request_waits_for_100() -> None:
    play = asked(EXPECTING)
    with pytest.raises(LocalError):
        play.say(Data(b"body"))
    play.hear(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert play.heard[-1] == Proceed()
    play.say(Data(b"body"), End())
    play.hear(OK + b"Content-Length: 0\r\n\r\n")
    assert play.rules.reusable


def test_an_expecting_request_waits_one_second_at_most() -> None:
    play = asked(EXPECTING)
    play.wake()
    assert play.now == 101.0 and play.heard == [Proceed()]
    play.hear(b"HTTP/1.1 100 Continue\r\n\r\n")  # late, and no harm
    play.say(Data(b"body"), End())
    assert play.sent.endswith(b"body")


@pytest.mark.parametrize("status", [200, 401, 417])
def test_a_final_answer_instead_of_100_keeps_the_body_unsaid(status: int) -> None:
    play = asked(EXPECTING)
    play.hear(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % status)
    before = play.sent
    play.say(Data(b"body"), End())
    assert play.sent == before and Proceed() not in play.heard
    assert play.whole and play.closed


# ----------------------------------------------------------------------------------------------- silence


def test_a_silent_server_times_out() -> None:
    play = asked(limits=ClientLimits(silence=10))
    play.wake()
    assert isinstance(play.error, TimedOut) and play.now == 110.0 and play.closed


def test_every_byte_gives_them_new_time() -> None:
    play = asked(limits=ClientLimits(silence=10))
    play.now = 107.0
    play.hear(OK + b"Content-Length: 5\r\n\r\nab")
    play.wake()
    assert play.error is None and play.alarms == {"silence": 117.0}
    play.wake()
    assert isinstance(play.error, TimedOut)


def test_a_head_that_drips_is_cut_off() -> None:
    play = asked(limits=ClientLimits(silence=10, head_time=50))
    for octet in OK:
        play.hear(bytes((octet,)))
        play.now += 9
        if play.error:
            break
    assert isinstance(play.error, TimedOut) and 150 < play.now < 170 and play.closed


def test_nobody_is_waited_for_between_two_requests() -> None:
    play = asked(limits=ClientLimits(silence=10))
    play.hear(OK + b"Content-Length: 0\r\n\r\n")
    play.wake()
    assert play.error is None and play.alarms == {} and play.rules.reusable


def test_our_own_slowness_is_not_their_silence() -> None:
    play = asked(limits=ClientLimits(silence=10))
    play.hear(OK + b"Content-Length: 5\r\n\r\nab")
    play.say(Waiting(False))
    play.wake()
    assert play.error is None
    play.now += 1000
    play.say(Waiting(True))
    assert play.alarms == {"silence": play.now + 10}
    play.wake()
    assert isinstance(play.error, TimedOut)


def test_while_we_say_a_body_their_silence_counts_only_where_we_wait_for_room() -> None:
    play = asked(post((b"Content-Length", b"4")), ClientLimits(silence=10))
    assert play.alarms == {}
    play.say(Data(b"body"), Waiting(True))
    play.wake()
    assert isinstance(play.error, TimedOut)


def test_no_limit_means_no_alarm() -> None:
    assert asked(limits=ClientLimits(silence=0)).alarms == {}


def test_stop_lets_the_answer_finish() -> None:
    play = asked()
    play.take(play.rules.stop(play.now))
    play.hear(OK + b"Content-Length: 2\r\n\r\nhi")
    assert play.whole and play.closed


def test_stop_closes_an_idle_connection_at_once() -> None:
    play = Play()
    play.take(play.rules.stop(play.now))
    assert play.closed and not play.rules.reusable


# --------------------------------------------------------------------------------------------- properties


def _story(data: bytes, cuts: list[int]) -> tuple[list[tuple[object, ...]], bytes, str, bool]:
    """What is heard of ``data``, cut at ``cuts``, and then the end."""
    play = asked()
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    for start, stop in itertools.pairwise(edges):
        if not play.whole:  # what follows a whole answer is refused in its own way
            play.hear(data[start:stop])
    if play.error is None and not play.closed:
        play.end()
    heads = [(one.status, one.headers, one.reason) for one in play.answers]
    return heads, play.body, type(play.error).__name__, play.whole


SAID = st.sampled_from([c[2] for c in WHOLE] + [CHUNKS + c for c in BROKEN_CHUNKS] + [c[1] for c in MALFORMED])


@given(SAID, st.lists(st.integers(0, 10_000), max_size=8))
def test_any_split_of_the_bytes_gives_the_same_messages(data: bytes, cuts: list[int]) -> None:
    whole, parts = _story(data, []), _story(data, cuts)
    if whole[2] == "NoneType":
        assert parts == whole
    else:  # a fault may be seen before or after the pieces ahead of it
        assert parts[2:] == whole[2:]


@given(SAID, st.integers(0, 10_000), st.binary(max_size=3))
def test_whatever_is_said_the_exchange_ends_in_a_whole_answer_or_an_error(data: bytes, at: int, noise: bytes) -> None:
    at %= len(data) + 1
    _, _, error, whole = _story(data[:at] + noise + data[at:], [])
    assert whole or error != "NoneType"
