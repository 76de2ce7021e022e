"""The server's side of a connection, told as conversations (RFC 9112)."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.errors import ConnectionLost, LimitExceeded, LocalError, RemoteError
from portside.interfaces import Address, Close, Door, Link
from portside.protocols.http.messages import Data, End, FileBody, Headers, Request, Response
from portside.protocols.http.rules import server
from portside.protocols.http.rules.limits import ServerLimits
from portside.protocols.http.rules.server import AHEAD_LIMIT, TRANSITIONS, Event, ServerRules, State
from portside.protocols.http.syntax.heads import HeadLimits
from tests.support.malformed import REFUSED, UNFINISHED
from tests.support.talks import Talk, cut, single

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
DATE = b"Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
HELLO = b"HTTP/1.1 200 OK\r\n" + DATE + b"Content-Length: 5\r\n\r\nhello"
LAST_HELLO = b"HTTP/1.1 200 OK\r\n" + DATE + b"Content-Length: 5\r\nConnection: close\r\n\r\nhello"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
DOOR = Door(Address("127.0.0.1", 80), Address("127.0.0.1", 5000))


def hello(body: bytes = b"hello") -> Response:
    return Response(200, body=body)


def always_hello(request: Request) -> Response:
    return hello()


def get(target: str = "/", fields: bytes = b"", version: str = "1.1", method: str = "GET") -> bytes:
    return f"{method} {target} HTTP/{version}\r\nHost: a\r\n".encode() + fields + b"\r\n"


def post(length: int | None = None, fields: bytes = b"") -> bytes:
    framing = b"Transfer-Encoding: chunked\r\n" if length is None else b"Content-Length: %d\r\n" % length
    return get("/up", framing + fields, method="POST")


async def nothing() -> AsyncIterator[bytes]:
    """A body that is streamed: what is in it is said piece by piece."""
    return
    yield


def stream(*lines: tuple[bytes, bytes], status: int = 200) -> Response:
    return Response(status, Headers(lines), nothing())


# --------------------------------------------------------------------------------------------------- turns


def test_a_request_is_heard_and_its_answer_said() -> None:
    talk = Talk().client(GET)
    assert talk.requests == ["GET /"]
    assert talk.rules.state is State.ANSWERING
    assert talk.say(hello()).take() == HELLO
    assert talk.rules.state is State.WAITING
    assert talk.closed is None


def test_a_connection_is_kept_for_as_many_turns_as_they_like() -> None:
    talk = Talk()
    for number in range(100):
        talk.client(get(f"/{number}")).say(hello())
    assert talk.requests == [f"GET /{number}" for number in range(100)]
    assert talk.take() == HELLO * 100
    assert talk.closed is None


def test_who_asks_for_the_end_gets_it_after_the_answer() -> None:
    talk = Talk().client(get(fields=b"Connection: close\r\n")).say(hello())
    assert talk.take() == LAST_HELLO
    assert talk.closed == Close(None, 2.0)
    assert talk.fault is None


def test_an_application_that_says_close_is_obeyed() -> None:
    talk = Talk().client(GET).say(Response(200, Headers([(b"Connection", b"close")])))
    assert talk.closed is not None
    assert b"Connection: close\r\n" in talk.take()


def test_what_comes_behind_the_last_request_is_not_heard() -> None:
    talk = Talk(always_hello).client(get(fields=b"Connection: close\r\n") + GET)
    assert talk.requests == ["GET /"]
    assert talk.client(GET).requests == ["GET /"]
    assert talk.take() == LAST_HELLO


def test_an_old_client_is_answered_and_left() -> None:
    talk = Talk().client(b"GET / HTTP/1.0\r\n\r\n").say(hello())
    assert talk.take() == LAST_HELLO
    assert talk.closed == Close(None, 2.0)


def test_an_old_client_that_asks_is_kept_and_told_so() -> None:
    talk = Talk().client(get(fields=b"Connection: keep-alive\r\n", version="1.0")).say(hello())
    assert talk.take() == HELLO.replace(b"\r\n\r\n", b"\r\nConnection: keep-alive\r\n\r\n")
    assert talk.closed is None


def test_empty_lines_before_a_request_are_overlooked() -> None:
    for blank in (b"\r\n", b"\r\n\r\n", b"\r\n" * 100):
        assert Talk().client(blank + GET).requests == ["GET /"]
        assert Talk().client(*single(blank + GET)).requests == ["GET /"]
        assert Talk().client(blank, GET).requests == ["GET /"]


@pytest.mark.parametrize("size", range(1, len(GET)))
def test_a_head_is_heard_wherever_it_breaks(size: int) -> None:
    talk = Talk().client(GET[:size], GET[size:])
    assert talk.requests == ["GET /"]
    assert talk.closed is None


# -------------------------------------------------------------------------------------------- how it is framed


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_without_a_body_has_none_whatever_is_given(status: int) -> None:
    talk = Talk().client(GET).say(Response(status, body=b"hello"))
    assert talk.take().endswith(DATE + b"\r\n")
    assert talk.closed is None


def test_head_gets_the_head_of_get() -> None:
    talk = Talk().client(get(method="HEAD")).say(hello())
    assert talk.take() == HELLO[:-5]
    assert talk.client(GET).say(hello()).take() == HELLO


def test_head_gets_no_file_and_the_file_is_closed() -> None:
    file = io.BytesIO(b"hello")
    talk = Talk().client(get(method="HEAD")).say(Response(200, body=FileBody(file, 0, 5)))
    assert talk.take() == HELLO[:-5]
    assert file.closed


def test_a_file_goes_out_as_one_and_an_empty_one_is_closed() -> None:
    talk = Talk().client(GET).say(Response(200, body=FileBody(io.BytesIO(b">>hello<<"), 2, 5)))
    assert talk.take() == HELLO
    file = io.BytesIO(b"")
    talk.client(GET).say(Response(200, body=FileBody(file, 0, 0)))
    assert talk.take().endswith(b"Content-Length: 0\r\n\r\n")
    assert file.closed


def test_a_streamed_body_goes_out_in_chunks_and_the_connection_stays() -> None:
    talk = Talk().client(GET).say(stream(), Data(b"hel"), Data(b""), Data(b"lo"), End(Headers([(b"A", b"b")])))
    head, _, body = talk.take().partition(b"\r\n\r\n")
    assert b"Transfer-Encoding: chunked" in head
    assert b"Content-Length" not in head
    assert body == b"3\r\nhel\r\n2\r\nlo\r\n0\r\nA: b\r\n\r\n"
    assert talk.client(GET).say(hello()).take() == HELLO


def test_a_streamed_body_to_an_old_client_ends_with_the_connection() -> None:
    talk = Talk().client(get(fields=b"Connection: keep-alive\r\n", version="1.0"))
    talk.say(stream(), Data(b"hel"), Data(b"lo"))
    assert talk.closed is None
    talk.say(End())
    head, _, body = talk.take().partition(b"\r\n\r\n")
    assert body == b"hello"
    assert b"Connection: close" in head
    assert b"Transfer-Encoding" not in head
    assert talk.closed is not None


def test_a_streamed_body_of_a_known_length_goes_out_bare() -> None:
    talk = Talk().client(GET).say(stream((b"Content-Length", b"5")), Data(b"hel"), Data(b"lo"), End())
    assert talk.take().endswith(b"\r\n\r\nhello")
    assert talk.closed is None


@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_a_streamed_body_that_nobody_gets_is_not_begun(method: str) -> None:
    talk = Talk().client(get(method=method)).say(stream(status=200 if method == "HEAD" else 304))
    assert talk.rules.state is State.WAITING


def test_a_streamed_body_that_is_too_long_or_too_short_is_our_fault() -> None:
    talk = Talk().client(GET).say(stream((b"Content-Length", b"5")), Data(b"hel"))
    with pytest.raises(LocalError, match="longer"):
        talk.say(Data(b"lo!"))
    talk = Talk().client(GET).say(stream((b"Content-Length", b"5")), Data(b"hel"))
    with pytest.raises(LocalError, match="2 bytes before"):
        talk.say(End())


@pytest.mark.parametrize("response", [
    Response(200, Headers([(b"Content-Length", b"4")]), b"hello"), Response(200, Headers([(b"Content-Length", b"6")]),
    b"hello"),
    Response(200, Headers([(b"Content-Length", b"0x5")]), b"hello"), Response(200, Headers([(b"Content-Length",
    b"5_0")]), b"x" * 50),
    Response(200, Headers([(b"Content-Length", b"5"), (b"Content-Length", b"5")]), b"hello"),
    Response(200, Headers([(b"Transfer-Encoding", b"chunked")]), b"0\r\n\r\n"),
    Response(200, Headers([(b"A", b"b\r\nC: d")])), Response(200, Headers([(b"A b", b"c")])), Response(1000),
    Response(200, reason="a\r\nb"), Response(200, reason="\u20ac"), stream((b"Content-Length", b"+5")),
    stream((b"Transfer-Encoding", b"gzip")),
])  # fmt: skip
def test_an_answer_that_would_be_misread_is_our_fault_and_nothing_is_sent(response: Response) -> None:
    talk = Talk().client(GET)
    with pytest.raises(LocalError):
        talk.say(response)
    assert talk.take() == b""
    assert talk.rules.state is State.ANSWERING


def test_head_may_be_told_a_length_without_its_body() -> None:
    talk = Talk().client(get(method="HEAD")).say(Response(200, Headers([(b"Content-Length", b"1234")])))
    assert talk.take().count(b"Content-Length: 1234\r\n") == 1


def test_answers_may_be_announced() -> None:
    talk = Talk().client(GET).say(Response(103, Headers([(b"Link", b"</a>")])), Response(102), hello())
    assert talk.take() == b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + HELLO


def test_an_old_client_is_announced_nothing() -> None:
    talk = Talk().client(b"GET / HTTP/1.0\r\n\r\n").say(Response(103), hello())
    assert talk.take() == LAST_HELLO


# ------------------------------------------------------------------------------------------------ pipelining


def test_requests_sent_ahead_are_answered_one_after_the_other() -> None:
    talk = Talk().client(get("/1") + get("/2") + get("/3"))
    assert talk.requests == ["GET /1"]
    assert talk.say(hello(b"one")).requests == ["GET /1", "GET /2"]
    talk.say(stream(), Data(b"two"))
    assert talk.requests == ["GET /1", "GET /2"]
    talk.say(End())
    assert talk.requests == ["GET /1", "GET /2", "GET /3"]
    talk.say(hello(b"three"))
    sent = talk.take()
    assert sent.index(b"one") < sent.index(b"two") < sent.index(b"three")


def test_a_thousand_requests_in_one_segment_are_no_thousand_calls_deep() -> None:
    talk = Talk(always_hello).client(b"".join(get(f"/{number}") for number in range(2000)))
    assert talk.requests == [f"GET /{number}" for number in range(2000)]
    assert talk.take() == HELLO * 2000


def test_bodies_sent_ahead_stay_with_their_requests() -> None:
    talk = Talk(always_hello)
    talk.client(post(5) + b"hello" + post() + b"3\r\nabc\r\n0\r\n\r\n" + GET)
    assert talk.requests == ["POST /up", "POST /up", "GET /"]
    assert talk.body == b"helloabc"
    assert talk.ended == 2
    assert talk.take() == HELLO * 3


def test_what_is_sent_ahead_is_bounded() -> None:
    talk = Talk().client(GET)
    piece = get("/ahead") * 100
    sent = 0
    while talk.reading:
        talk.client(piece)
        sent += len(piece)
        assert sent < AHEAD_LIMIT + len(piece)
    talk.client(piece)
    assert talk.reading is False
    talk.say(hello())
    assert talk.reading is True
    assert talk.requests == ["GET /", "GET /ahead"]


def test_a_refusal_waits_for_the_answers_before_it() -> None:
    talk = Talk().client(GET + b"BAD\r\n\r\n" + GET)
    assert talk.take() == b""
    assert talk.fault is None
    talk.say(hello())
    assert talk.statuses == [200, 400]
    assert talk.requests == ["GET /"]
    assert isinstance(talk.closed, Close)
    assert isinstance(talk.fault, RemoteError)


# --------------------------------------------------------------------------------------------------- bodies


@pytest.mark.parametrize("pieces", [[b"hello"], single(b"hello"), [b"he", b"llo"]])
def test_a_body_is_heard_and_then_answered(pieces: list[bytes]) -> None:
    talk = Talk().client(post(5), *pieces)
    assert (talk.body, talk.ended) == (b"hello", 1)
    assert talk.say(hello()).take() == HELLO
    assert talk.closed is None


def test_a_body_may_come_with_its_head_and_with_the_next_request() -> None:
    talk = Talk().client(post(5) + b"hello" + GET).say(hello())
    assert talk.requests == ["POST /up", "GET /"]
    assert talk.body == b"hello"


def test_a_body_in_chunks_comes_with_its_trailers() -> None:
    talk = Talk().client(post() + b"5\r\nhello\r\n0\r\nA: b\r\n\r\n")
    assert talk.body == b"hello"
    end = talk.heard[-1]
    assert isinstance(end, End)
    assert end.trailers == Headers([(b"A", b"b")])


def test_who_waits_for_permission_gets_it_when_the_body_is_wanted() -> None:
    talk = Talk().client(post(5, b"Expect: 100-continue\r\n"))
    assert talk.take() == b""
    assert talk.say(Response(100)).take() == CONTINUE
    assert talk.client(b"hello").say(hello()).take() == HELLO
    assert talk.closed is None


def test_who_waits_for_permission_and_does_not_get_it_is_left_after_the_answer() -> None:
    """Whether the body comes or the next request could not be told."""
    talk = Talk().client(post(5, b"Expect: 100-continue\r\n")).say(Response(403))
    assert b"Connection: close\r\n" in talk.take()
    assert talk.closed is not None


def test_who_asks_for_permission_and_does_not_wait_for_it_is_kept() -> None:
    talk = Talk().client(post(5, b"Expect: 100-continue\r\n") + b"hello").say(hello())
    assert talk.take() == HELLO
    assert talk.closed is None


def test_an_early_answer_throws_the_rest_of_the_body_away() -> None:
    talk = Talk().client(post(10) + b"01234").say(Response(403))
    assert talk.rules.state is State.DRAINING
    talk.client(b"56789" + GET)
    assert talk.requests == ["POST /up", "GET /"]
    assert talk.body == b"01234"
    assert talk.closed is None


def test_an_early_answer_to_a_long_body_ends_the_connection() -> None:
    talk = Talk(limits=ServerLimits(discard=100)).client(post(1000)).say(Response(413))
    assert b"Connection: close\r\n" in talk.take()
    assert talk.closed == Close(None, 2.0)
    assert talk.client(b"x" * 1000).heard == talk.heard[:1]


@pytest.mark.parametrize("chunk", [b"64\r\n" + b"x" * 100 + b"\r\n", b"1;" + b"e" * 98 + b"\r\nx\r\n"])
def test_an_early_answer_to_an_endless_body_ends_the_connection_in_time(chunk: bytes) -> None:
    """What is counted are the bytes of the wire, so a body of nothing but extensions is endless too."""
    talk = Talk(limits=ServerLimits(discard=1000)).client(post()).say(Response(403))
    assert talk.closed is None
    talk.client(*[chunk] * 9)
    assert talk.closed is None
    talk.client(chunk)
    assert talk.closed == Close(None, 2.0)


def test_an_answer_may_be_said_while_the_body_still_comes() -> None:
    talk = Talk().client(post(10) + b"01234").say(stream(), Data(b"01234"))
    assert talk.rules.state is State.DUPLEX
    talk.client(b"56789")
    assert talk.rules.state is State.SENDING
    assert talk.body == b"0123456789"
    talk.say(End())
    assert talk.client(GET).requests == ["POST /up", "GET /"]


def test_an_answer_that_ends_while_the_body_still_comes_throws_the_rest_away() -> None:
    talk = Talk().client(post(10) + b"01234").say(stream(), End())
    assert talk.rules.state is State.DRAINING
    assert talk.client(b"56789" + GET).requests == ["POST /up", "GET /"]


@pytest.mark.parametrize("body", [b"x" * 11, b"x" * 6 + b"\r\n"])
def test_a_body_may_be_too_long(body: bytes) -> None:
    talk = Talk(limits=ServerLimits(body=10)).client(post(11))
    assert (talk.statuses, talk.requests) == ([413], [])
    talk = Talk(limits=ServerLimits(body=10)).client(post(10) + b"x" * 10)
    assert talk.statuses == []
    talk = Talk(limits=ServerLimits(body=10)).client(post(), *single(b"b\r\n" + body))
    assert talk.statuses == [413]
    assert isinstance(talk.fault, LimitExceeded)


def test_a_body_that_breaks_after_its_answer_ends_the_connection_without_another() -> None:
    talk = Talk().client(post() + b"5\r\nhello\r\n").say(Response(403)).client(b"X\r\n")
    assert talk.statuses == [403]
    assert talk.closed is not None
    assert talk.fault is not None


def test_a_body_that_breaks_while_its_answer_is_said_ends_the_connection() -> None:
    talk = Talk().client(post() + b"5\r\nhello\r\n").say(stream(), Data(b"x")).client(b"X\r\n")
    assert talk.statuses == [200]
    assert talk.closed is not None
    assert talk.fault is not None


@pytest.mark.parametrize("body", [b"X\r\n", b"5\r\nhello\r\nX\r\n", b"5\r\nhelloX"])
def test_an_application_that_answers_at_once_does_not_take_their_fault_for_its_own(body: bytes) -> None:
    """The refusal is on its way when the application hears of the request at all."""
    talk = Talk(always_hello).client(post() + body)
    assert talk.statuses == [400]
    assert talk.closed is not None
    assert talk.fault is not None


# -------------------------------------------------------------------------------------------- what is owed


def test_an_answer_that_nobody_asked_for_is_our_fault() -> None:
    with pytest.raises(LocalError):
        Talk().say(hello())
    with pytest.raises(LocalError):
        Talk().client(GET).say(hello(), hello())
    with pytest.raises(LocalError):
        Talk().client(GET).say(Data(b"x"))
    with pytest.raises(LocalError):
        Talk().client(GET).say(stream(), hello())
    with pytest.raises(LocalError):
        Talk().client(GET).say(stream(), End(), End())
    with pytest.raises(LocalError):
        Talk().say(Response(100))
    with pytest.raises(LocalError):
        Talk().client(GET).say(Request("GET", "/"))


def test_what_is_said_after_the_end_is_lost_and_its_file_closed() -> None:
    talk = Talk().client(GET)
    talk.rules.failed(None, ConnectionLost("gone"), talk.now)
    file = io.BytesIO(b"hello")
    talk.say(Response(200, body=FileBody(file, 0, 5)), Data(b"x"), End())
    assert file.closed
    assert talk.take() == b""


def test_a_second_connection_is_never_opened() -> None:
    with pytest.raises(LocalError):
        Talk().rules.linked(Link("x"), DOOR, 0.0)


# ----------------------------------------------------------------------------------------------- the table


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", Event)
def test_what_is_not_in_the_table_is_our_fault(state: State, event: Event) -> None:
    rules = ServerRules(ServerLimits(), Talk().memory)
    rules._state = state
    if event in TRANSITIONS[state]:
        rules._move(event)
        assert rules.state is TRANSITIONS[state][event]
    else:
        with pytest.raises(LocalError, match=f"{event.name} does not follow {state.name}"):
            rules._move(event)


def test_the_diagram_shows_the_table() -> None:
    diagram = (server.__doc__ or "").partition("::\n")[2].partition("\nSpeed")[0]
    drawn: dict[State, dict[Event, State]] = {state: {Event.CLOSE: State.CLOSED} for state in State}
    for line in diagram.splitlines():
        parts = re.split(r"\s*─+>?\s*|>\s+", line.strip())
        for before, event, after in zip(parts[0::2], parts[1::2], parts[2::2], strict=False):
            if before in State.__members__:
                name = event.strip().upper().replace(" ", "_")
                drawn[State[before]][Event[name]] = State[after.strip()]
    assert "any ───────close───────────> CLOSED" in diagram
    assert drawn == TRANSITIONS


def test_every_state_is_reached_and_left() -> None:
    assert {after for moves in TRANSITIONS.values() for after in moves.values()} == set(State)
    assert all(Event.CLOSE in TRANSITIONS[state] for state in State)


# ------------------------------------------------------------------------------------------------ patience


def test_a_silent_newcomer_is_left() -> None:
    talk = Talk().wait(29.9)
    assert talk.closed is None
    talk.wait(0.2)
    assert (talk.closed, talk.fault, talk.take()) == (Close(None, 0.0), None, b"")


def test_a_head_that_drips_is_cut_off() -> None:
    talk = Talk()
    for octet in single(get(fields=b"A: " + b"b" * 40)):
        if talk.closed is None:
            talk.client(octet).wait(1.0)
    assert talk.now == pytest.approx(30.0, abs=1.5)
    assert talk.statuses == [408]
    assert isinstance(talk.fault, LimitExceeded)


def test_empty_lines_that_drip_do_not_buy_time() -> None:
    talk = Talk()
    for _ in range(40):
        if talk.closed is None:
            talk.client(b"\r\n").wait(1.0)
    assert talk.now == pytest.approx(30.0, abs=1.5)
    assert talk.closed is not None


def test_a_head_in_the_second_turn_has_its_own_time() -> None:
    talk = Talk().client(GET).say(hello()).wait(50).client(b"GET").wait(29)
    assert talk.closed is None
    talk.wait(2)
    assert talk.statuses == [200, 408]


def test_an_idle_connection_is_left() -> None:
    talk = Talk().client(GET).wait(20).say(hello()).wait(74)
    assert talk.closed is None
    talk.wait(2)
    assert talk.closed == Close(None, 0.0)
    assert talk.fault is None


@pytest.mark.parametrize(("first_byte", "idle"), [(30, 5), (0, 5), (100, 5), (30, 75), (5, 5), (0, 75)])
def test_an_idle_connection_is_left_in_its_own_time_whatever_a_newcomer_gets(first_byte: float, idle: float) -> None:
    for asked_at in (0.0, 1.0, 4.0):
        talk = Talk(always_hello, limits=ServerLimits(first_byte=first_byte, idle=idle)).wait(asked_at)
        talk.client(GET)
        talk.wait(idle - 0.1)
        assert talk.closed is None
        talk.wait(0.2)
        assert talk.closed is not None


@pytest.mark.parametrize(("first_byte", "idle"), [(30, 5), (100, 5), (30, 0), (30, 75)])
def test_a_newcomer_has_its_own_time_whatever_an_idle_one_gets(first_byte: float, idle: float) -> None:
    talk = Talk(limits=ServerLimits(first_byte=first_byte, idle=idle)).wait(first_byte - 0.1)
    assert talk.closed is None
    talk.wait(0.2)
    assert talk.closed is not None


def test_a_known_head_makes_an_old_acquaintance_too() -> None:
    """The remembered way and the long way count the same time from the first request on."""
    memory = Talk(always_hello).client(GET, GET, GET).memory
    talk = Talk(always_hello, memory=memory).client(GET).wait(40)
    assert talk.closed is None
    assert talk.wait(40).closed is not None


def test_without_limits_everybody_waits() -> None:
    talk = Talk(limits=ServerLimits(first_byte=0, head_time=0, idle=0, body_grace=0))
    assert talk.wait(1e6).closed is None
    assert talk.client(b"GET").wait(1e6).closed is None
    assert talk.client(GET[3:]).say(hello()).wait(1e6).closed is None
    assert talk.client(post(5)).wait(1e6).closed is None


def test_our_own_slowness_is_nobodys_fault() -> None:
    talk = Talk().client(GET).wait(10_000).say(hello())
    assert talk.statuses == [200]
    talk.client(GET).say(stream()).wait(10_000).say(End())
    assert talk.closed is None


def test_while_we_answer_the_clock_hardly_rings() -> None:
    talk = Talk().client(GET).wait(7500)
    assert talk.alarms <= 101


def test_a_body_that_drips_is_cut_off() -> None:
    talk = Talk().client(post(1000))
    for _ in range(100):
        if talk.closed is None:
            talk.client(b"x").wait(1.0)
    assert talk.now == pytest.approx(30, abs=1.5)
    assert talk.statuses == [408]
    assert isinstance(talk.fault, LimitExceeded)


def test_a_body_on_a_slow_line_passes() -> None:
    talk = Talk().client(post(200_000))
    for _ in range(200):
        talk.client(b"x" * 1000).wait(1.0)
    assert talk.ended == 1
    assert talk.closed is None


def test_a_body_that_stands_still_is_cut_off_however_much_came_before() -> None:
    talk = Talk().client(post(10**9), *[b"x" * 1_000_000] * 100)
    talk.wait(299)
    assert talk.closed is None
    talk.wait(2)
    assert talk.statuses == [408]


def test_who_waits_for_permission_does_not_keep_us_waiting() -> None:
    talk = Talk().client(post(5, b"Expect: 100-continue\r\n")).wait(1000)
    assert talk.closed is None
    talk.say(Response(100)).wait(29)
    assert talk.closed is None
    talk.wait(2)
    assert talk.statuses == [100, 408]


def test_a_body_that_drips_after_its_answer_is_cut_off_too() -> None:
    talk = Talk().client(post(100)).say(Response(403)).wait(31)
    assert talk.statuses == [403]
    assert talk.closed is not None
    talk = Talk().client(post(100)).say(stream(), Data(b"x")).wait(31)
    assert talk.closed is not None


@pytest.mark.parametrize("beginning", UNFINISHED)
def test_a_beginning_waits_for_its_end_and_not_for_ever(beginning: bytes) -> None:
    talk = Talk().client(beginning)
    assert talk.closed is None
    talk.wait(100)
    assert talk.statuses in ([408], [400])
    assert talk.closed is not None
    assert talk.alarm is None


# ------------------------------------------------------------------------------------------- ending, stopping


def test_a_client_that_ends_between_turns_is_left() -> None:
    talk = Talk().ends()
    assert (talk.closed, talk.fault) == (Close(None, 0.0), None)


def test_a_client_that_ends_its_direction_still_gets_its_answers() -> None:
    talk = Talk().client(get("/1") + get("/2")).ends()
    assert talk.closed is None
    talk.say(hello())
    assert talk.requests == ["GET /1", "GET /2"]
    assert talk.closed is None
    talk.say(stream(), Data(b"x"), End())
    assert talk.closed is not None
    assert talk.statuses == [200, 200]


@pytest.mark.parametrize("beginning", UNFINISHED)
def test_a_client_that_ends_in_the_middle_is_told_so(beginning: bytes) -> None:
    talk = Talk().client(beginning).ends()
    assert talk.statuses == [400]
    assert talk.closed == Close(None, 2.0)
    assert talk.fault is not None


def test_a_client_that_ends_in_the_middle_of_the_next_request_is_told_so_after_its_answer() -> None:
    talk = Talk().client(GET + b"GET").ends()
    assert talk.take() == b""
    assert talk.say(hello()).statuses == [200, 400]


def test_a_client_that_is_gone_needs_no_answer() -> None:
    talk = Talk().client(post(5))
    assert talk.rules.failed(None, ConnectionLost("gone"), talk.now) == ()
    assert talk.client(b"hello").ends().stop().wait(100).heard == talk.heard[:1]
    assert talk.closed is None


def arrive(state: State) -> Talk:
    """A talk that stands in ``state``."""
    talk = Talk()
    if state is State.ANSWERING:
        talk.client(GET)
    elif state is State.SENDING:
        talk.client(GET).say(stream())
    elif state in (State.RECEIVING, State.DUPLEX, State.DRAINING):
        talk.client(post(10) + b"01234")
        if state is State.DUPLEX:
            talk.say(stream())
        elif state is State.DRAINING:
            talk.say(hello())
    elif state is State.CLOSED:
        talk.ends()
    assert talk.rules.state is state
    return talk


@pytest.mark.parametrize("state", State)
def test_stopping_lets_what_runs_end_and_nothing_begin(state: State) -> None:
    talk = arrive(state).stop()
    if state in (State.WAITING, State.CLOSED):
        assert talk.closed is not None
        return
    assert talk.closed is None
    if state in (State.RECEIVING, State.DUPLEX, State.DRAINING):
        talk.client(b"56789")
    if state in (State.RECEIVING, State.ANSWERING):
        assert b"Connection: close\r\n" in talk.say(hello()).take()
    elif state in (State.SENDING, State.DUPLEX):
        talk.say(Data(b"x"), End())
    assert talk.closed == Close(None, 2.0)
    assert talk.client(GET).requests == talk.requests[:1]


def test_stopping_in_the_middle_of_a_head_answers_it_and_closes() -> None:
    talk = Talk(always_hello).client(GET[:10]).stop()
    assert talk.closed is None
    talk.client(GET[10:])
    assert talk.take() == LAST_HELLO
    assert talk.closed is not None


@pytest.mark.parametrize("state", State)
def test_a_connection_that_is_lost_is_over_in_every_state(state: State) -> None:
    talk = arrive(state)
    talk.take()
    talk.rules.failed(None, ConnectionLost("gone"), 0.0)
    assert talk.rules.state is State.CLOSED
    talk.say(hello(), Data(b"x"), End()).client(GET, b"x").ends().stop().wait(1000)
    assert talk.take() == b""


# ----------------------------------------------------------------------------------------------- malformed


def refused_as(pieces: list[bytes], application: Any = None) -> tuple[list[int], str]:
    talk = Talk(application)
    for piece in pieces:
        if talk.closed is None:
            talk.client(piece)
    assert talk.closed == Close(None, 2.0), "it waits"
    assert isinstance(talk.fault, RemoteError)
    assert talk.sent.count(b"Connection: close\r\n") == 1
    assert talk.rules.state is State.CLOSED
    return talk.statuses, str(talk.fault)


@pytest.mark.parametrize(("status", "data"), REFUSED)
def test_a_malformed_request_is_refused_and_the_connection_closed(status: int, data: bytes) -> None:
    whole = refused_as([data])
    assert whole[0] == [status]
    assert refused_as([data[:3], data[3:]]) == whole
    assert refused_as([data], always_hello) == whole
    if len(data) < 3000:
        assert refused_as(single(data)) == whole


def test_there_are_enough_of_them() -> None:
    assert len(set(REFUSED)) >= 300


@pytest.mark.parametrize(
    "data", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\x80", b" ", b"{", b"<html", b"GET\x00"]
)
def test_what_can_never_be_a_request_is_refused_before_it_ends(data: bytes) -> None:
    assert Talk().client(data).statuses == [400]


def test_a_refusal_never_carries_what_it_refuses() -> None:
    talk = Talk().client(b"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic c2VjcmV0\x00\r\n\r\n")
    assert b"c2VjcmV0" not in talk.take()
    assert "c2VjcmV0" not in str(talk.fault)


# ---------------------------------------------------------------------------------------------- properties

requests = st.sampled_from([
    GET, get("/x"), get(method="HEAD"), get(fields=b"Connection: close\r\n"), get(version="1.0"),
    get(fields=b"Connection: keep-alive\r\n", version="1.0"), post(0), post(5) + b"hello", post(5,
    b"Expect: 100-continue\r\n") + b"hello",
    post() + b"5\r\nhello\r\n0\r\n\r\n", post() + b"3;x\r\nabc\r\n2\r\nde\r\n0\r\nA: b\r\n\r\n", b"\r\n" + GET,
    b"\r\n\r\n" + get("/y"),
    GET, get("/x", b"If-None-Match: \"a\"\r\n"), b"BAD\r\n\r\n", post() + b"X",
    b"GET / HTTP/1.1\r\nHost: a\nb\r\n\r\n", b"GET / HTTP/2.0\r\nA: b\n\r\n\r\n",
    post(7) + b"hello", b"GET", b"\n", b"\x16\x03",
])  # fmt: skip
conversations = st.lists(requests, min_size=1, max_size=6).map(b"".join)
places = st.lists(st.integers(0, 10_000), max_size=12)


def outcome(pieces: list[bytes], memory: Any = None, *, end: bool = True) -> tuple[Any, ...]:
    """All that a client sees, and all that an application hears. It answers where the whole request has come, since
    when a body comes is what the pieces decide.
    """
    talk = Talk(memory=memory)
    for piece in pieces:
        talk.client(piece)
        while talk.rules.state is State.ANSWERING:
            talk.say(Response(404) if "x" in talk.requests[-1] else hello())
    if end:
        talk.ends()
    status = None
    if isinstance(talk.fault, RemoteError):  # of two mistakes, the one that is seen first may be told
        status = talk.fault.status
        talk.sent = talk.sent[: talk.sent.rindex(b"HTTP/1.1 %d " % status)]
    return talk.sent, talk.requests, talk.ended, talk.closed, status, talk.rules.state


@given(conversations, places)
def test_any_pieces_give_the_same_talk(data: bytes, where: list[int]) -> None:
    whole = outcome([data])
    assert outcome(cut(data, where)) == whole
    assert outcome(single(data)) == whole


@given(conversations, places, st.binary(max_size=6), st.integers(0, 10_000))
def test_any_pieces_of_a_talk_with_a_mistake_give_the_same_talk(
    data: bytes, where: list[int], mistake: bytes, at: int
) -> None:
    at %= len(data) + 1
    data = data[:at] + mistake + data[at:]
    whole = outcome([data])
    assert outcome(cut(data, where)) == whole
    assert outcome(single(data)) == whole


@given(st.lists(st.binary(max_size=80), max_size=8))
def test_any_bytes_are_heard_or_refused_and_never_anything_else(pieces: list[bytes]) -> None:
    talk = Talk(always_hello).client(*filter(None, pieces)).ends()
    assert set(talk.statuses) <= {200, 400, 413, 414, 417, 431, 501, 505}
    assert talk.closed is not None


def test_an_endless_head_is_not_kept() -> None:
    talk = Talk(limits=ServerLimits(heads=HeadLimits(head=2000, target=1000)))
    talk.client(GET[:-2])
    for _ in range(1000):
        talk.client(b"A: b\r\n")
    assert talk.statuses == [431]
    assert talk.rules._buffer is None
