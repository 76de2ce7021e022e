"""How an answer is framed: a table of who asked, what is answered, and what is said (RFC 9112 §6, §9)."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator

import pytest

from portside.errors import LocalError, RemoteError
from portside.interfaces import Heard, Send, SendFile
from portside.protocols.http.messages import Data, End, FileBody, Headers, Request, Response
from portside.protocols.http.rules.answers import Answer, Turn, bodyless, plan_answer, refusal, say_nothing
from portside.protocols.http.syntax.heads import HeadLimits, parse_request

DATE = (b"Date", b"today")


async def nothing() -> AsyncIterator[bytes]:
    return
    yield


def turn(method: str = "GET", minor: int = 1, fields: bytes = b"") -> Turn:
    head = f"{method} / HTTP/1.{minor}\r\nHost: a\r\n".encode() + fields + b"\r\n"
    return Turn(parse_request(head, HeadLimits()))


def said(answer: Answer) -> bytes:
    return b"".join(bytes(output.data) for output in answer.outputs if isinstance(output, Send))


def lines(response: Response, asked: Turn, *, keep: bool = True) -> list[bytes]:
    """The field lines of the answer, besides the date."""
    fields = said(plan_answer(response, asked, DATE, keep=keep)).partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]
    assert fields.pop(len(response.headers)) == b"Date: today"
    return fields


LENGTH, CLOSE, KEPT, CHUNKED = (
    b"Content-Length: 5",
    b"Connection: close",
    b"Connection: keep-alive",
    b"Transfer-Encoding: chunked",
)
HELLO = Response(200, body=b"hello")


@pytest.mark.parametrize(("response", "asked", "keep", "expected"), [
    (HELLO, turn(), True, [LENGTH]), (HELLO, turn(), False, [LENGTH, CLOSE]), (HELLO, turn(minor=0), True, [LENGTH,
    KEPT]),
    (HELLO, turn(minor=0), False, [LENGTH, CLOSE]), (HELLO, turn("HEAD"), True, [LENGTH]),
    (Response(200), turn(), True, [b"Content-Length: 0"]), (Response(404), turn("HEAD"), True, [b"Content-Length: 0"]),
    (Response(204), turn(), True, []), (Response(304), turn(), True, []), (Response(304, body=b"hello"), turn(), True,
    []),
    (Response(200, Headers([(b"content-length", b"5")]), b"hello"), turn(), True, [b"content-length: 5"]),
    (Response(200, Headers([(b"Content-Length", b"7")])), turn("HEAD"), True, [b"Content-Length: 7"]),
    (Response(304, Headers([(b"Content-Length", b"7")])), turn(), True, [b"Content-Length: 7"]),
    (Response(200, body=nothing()), turn(), True, [CHUNKED]), (Response(200, body=nothing()), turn(), False, [CHUNKED,
    CLOSE]),
    (Response(200, body=nothing()), turn(minor=0), True, [CLOSE]), (Response(200, body=nothing()), turn("HEAD"), True,
    []),
    (Response(200, Headers([(b"Content-Length", b"7")]), nothing()), turn(), True, [b"Content-Length: 7"]),
    (Response(200, Headers([(b"Content-Length", b"7")]), nothing()), turn(minor=0), True, [b"Content-Length: 7", KEPT]),
])  # fmt: skip
def test_an_answer_is_framed_for_who_asked(response: Response, asked: Turn, keep: bool, expected: list[bytes]) -> None:
    assert lines(response, asked, keep=keep) == expected


def test_fields_stay_in_order_and_ours_come_behind() -> None:
    response = Response(200, Headers([(b"B", b"2"), (b"A", b"1"), (b"B", b"3")]), b"x")
    expected = b"HTTP/1.1 200 OK\r\nB: 2\r\nA: 1\r\nB: 3\r\nDate: today\r\nContent-Length: 1\r\n\r\nx"
    assert said(plan_answer(response, turn(), DATE, keep=True)) == expected


def test_head_and_small_body_leave_in_one_piece() -> None:
    assert len(plan_answer(HELLO, turn(), DATE, keep=True).outputs) == 1


def test_a_file_is_sent_behind_its_head() -> None:
    file = io.BytesIO(b"hello")
    outputs = plan_answer(Response(200, body=FileBody(file, 1, 3)), turn(), DATE, keep=True).outputs
    assert [type(output) for output in outputs] == [Send, SendFile]
    assert outputs[1] == SendFile(file, 1, 3)
    assert not file.closed


@pytest.mark.parametrize(("asked", "status", "count"), [(turn("HEAD"), 200, 3), (turn(), 304, 3), (turn(), 200, 0)])
def test_a_file_that_is_not_sent_is_closed(asked: Turn, status: int, count: int) -> None:
    file = io.BytesIO(b"hello")
    plan_answer(Response(status, body=FileBody(file, 0, count)), asked, DATE, keep=True)
    assert file.closed


def test_what_an_application_says_about_the_connection_counts() -> None:
    response = Response(200, Headers([(b"Connection", b"Close")]))
    assert plan_answer(response, turn(), DATE, keep=True).keep is False
    assert plan_answer(Response(200, Headers([(b"Connection", b"x")])), turn(), DATE, keep=True).keep is True


@pytest.mark.parametrize("status", [100, 102, 103])
def test_an_interim_answer_is_a_bare_head_and_ends_nothing(status: int) -> None:
    answer = plan_answer(Response(status), turn(), DATE, keep=False)
    assert answer.interim
    assert b"Date" not in said(answer)
    assert said(answer).endswith(b"\r\n\r\n")
    assert plan_answer(Response(status), turn(minor=0), DATE, keep=False).outputs == []


@pytest.mark.parametrize(("body", "length"), [
    (b"hello", b"4"), (b"hello", b"6"), (b"", b"5"), (b"hello", b"+5"), (b"hello", b" 5"),
    (b"hello", b""), (b"hello", b"\xb2"), (b"x" * 10, b"1_0"), (b"hello", b"9" * 19),
])  # fmt: skip
def test_a_length_that_is_not_the_bodys_is_never_said(body: bytes, length: bytes) -> None:
    with pytest.raises(LocalError):
        plan_answer(Response(200, Headers([(b"Content-Length", length)]), body), turn(), DATE, keep=True)
    file = FileBody(io.BytesIO(body), 0, len(body))
    with pytest.raises(LocalError):
        plan_answer(Response(200, Headers([(b"Content-Length", length)]), file), turn(), DATE, keep=True)


@pytest.mark.parametrize(("status", "method", "expected"), [
    (200, "GET", False), (200, "HEAD", True), (404, "HEAD", True), (100, "GET", True), (199, "GET", True), (204, "GET",
    True),
    (304, "GET", True), (205, "GET", False), (404, "GET", False), (200, "head", False),
])  # fmt: skip
def test_some_answers_have_no_body(status: int, method: str, expected: bool) -> None:
    assert bodyless(status, method) is expected


@pytest.mark.parametrize(("status", "line"), [
    (400, b"400 Bad Request: it is wrong\n"), (0, b"400 Bad Request: it is wrong\n"), (431,
    b"431 Request Header Fields Too Large: it is wrong\n"),
    (505, b"505 HTTP Version Not Supported: it is wrong\n"), (413, b"413 Content Too Large: it is wrong\n"),
])  # fmt: skip
def test_a_refusal_says_what_is_wrong_and_that_it_is_the_end(status: int, line: bytes) -> None:
    (output,) = refusal(RemoteError("it is wrong", status), DATE)
    assert isinstance(output, Send)
    head, _, body = bytes(output.data).partition(b"\r\n\r\n")
    assert body == line
    assert b"Content-Length: %d" % len(line) in head
    assert b"Connection: close" in head
    assert b"Content-Type: text/plain; charset=utf-8" in head


def test_a_streamed_body_keeps_to_its_framing() -> None:
    chunked = plan_answer(Response(200, body=nothing()), turn(), DATE, keep=True)
    assert chunked.say(Data(b"")) == []
    assert chunked.say(Data(b"abc")) == [Send(b"3\r\nabc\r\n")]
    assert chunked.say(End()) == [Send(b"0\r\n\r\n")]
    bare = plan_answer(Response(200, body=nothing()), turn(minor=0), DATE, keep=True)
    assert bare.say(Data(b"abc")) == [Send(b"abc")]
    assert bare.say(End()) == []


@pytest.mark.parametrize(("fields", "method", "minor", "plain"), [
    (b"", "GET", 1, True), (b"", "POST", 1, True), (b"", "HEAD", 1, False), (b"Connection: close\r\n", "GET", 1,
    False), (b"", "GET", 0, False),
    (b"Connection: keep-alive\r\n", "GET", 0, False), (b"Content-Length: 5\r\n", "GET", 1, False),
    (b"Content-Length: 0\r\n", "GET", 1, True),
])  # fmt: skip
def test_only_the_commonest_kind_of_request_is_plain(fields: bytes, method: str, minor: int, plain: bool) -> None:
    assert turn(method, minor, fields).plain is plain


def test_a_turn_that_lasts_hears_a_request_that_lasts() -> None:
    asked = turn()
    first = asked.heard[0]
    asked.last()
    second = asked.heard[0]
    assert isinstance(first, Heard)
    assert isinstance(second, Heard)
    before, after = first.message, second.message
    assert isinstance(before, Request)
    assert isinstance(after, Request)
    assert (before.lasting, after.lasting) == (False, True)
    assert (after.method, after.target, after.headers, after.minor, after.body) == (
        "GET",
        "/",
        before.headers,
        1,
        False,
    )


def test_what_nobody_hears_is_closed() -> None:
    file = io.BytesIO(b"x")
    assert say_nothing(Response(200, body=FileBody(file, 0, 1))) == ()
    assert file.closed
    assert say_nothing(HELLO) == ()
