"""One connection's exchanges: requests in, answers out, over memory."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import BinaryIO

import pytest

from portside.engine.conversation import Conversation
from portside.errors import ConnectionLost, RemoteError, TransportError
from portside.interfaces import Door, Role
from portside.protocols.http.messages import FileBody, Headers, Message, Request, Response
from portside.protocols.http.rules.limits import ServerLimits
from portside.protocols.http.rules.memory import ServerMemory
from portside.protocols.http.rules.server import ServerRules
from portside.protocols.http.server.application import Application, Arrival
from portside.protocols.http.server.exchange import BODY_AHEAD, Exchange
from portside.transport.memory import Pair
from portside.transport.tcp import HIGH_WATER

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
PUT = b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n"
DATE = 784111777.0


class Client:
    """The other side of a server: what it says is written by hand, what it hears is kept."""

    def __init__(self, application: Application, *, piece: int = 0, limits: ServerLimits | None = None) -> None:
        self.heard = b""
        self.over = False
        self.logged: list[tuple[str | None, int, int]] = []
        self._moved = asyncio.Event()
        self._pair = Pair(piece, asyncio.get_running_loop().call_soon)
        rules = ServerRules(limits or ServerLimits(), ServerMemory(lambda: DATE))
        self.conversation: Conversation[Message] = Conversation(rules, Role.SERVER)
        self.conversation.begin(Exchange(self.conversation, application, self._log), self._pair.server)
        self.stream = self._pair.client
        self.stream.start(self)

    def _log(self, door: Door, request: Request | None, status: int, size: int) -> None:
        self.logged.append((None if request is None else request.method, status, size))
        self._moved.set()

    def received(self, data: bytes) -> None:
        self.heard += data
        self._moved.set()

    def ended(self) -> None:
        self.over = True
        self._moved.set()

    def lost(self, error: TransportError | None) -> None:
        self.over = True
        self._moved.set()

    def drained(self) -> None:
        """What this side writes is never held up."""

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until ``condition`` holds."""
        while not condition():
            self._moved.clear()
            await asyncio.wait_for(self._moved.wait(), 30)

    async def ask(self, data: bytes, answers: int = 1) -> list[int]:
        """Say ``data``; the statuses of the answers that have come when their number has."""
        self.stream.write(data)
        await self.until(lambda: self.heard.count(b"HTTP/1.1 ") >= answers)
        return self.statuses()

    def statuses(self) -> list[int]:
        return [int(answer[:3]) for answer in self.heard.split(b"HTTP/1.1 ")[1:]]

    def body(self) -> bytes:
        return self.heard.partition(b"\r\n\r\n")[2]


def run(play: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(play(), 60))


def plain(request: Request, arrival: Arrival) -> Response:
    return Response(200, body=request.target.encode())


async def waiting(request: Request, arrival: Arrival) -> Response:
    await asyncio.sleep(0)
    return Response(200, body=request.target.encode())


async def reading(request: Request, arrival: Arrival) -> Response:
    return Response(200, body=b"".join([piece async for piece in arrival.body()]))


@pytest.mark.parametrize("application", [plain, waiting])
@pytest.mark.parametrize("piece", [0, 1, 7])
def test_requests_are_answered_in_their_order(application: Application, piece: int) -> None:
    async def play() -> None:
        client = Client(application, piece=piece)
        many = b"".join(b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % number for number in range(20))
        assert await client.ask(many, 20) == [200] * 20
        await client.until(lambda: client.heard.endswith(b"/19"))
        assert [answer.rpartition(b"\r\n\r\n")[2] for answer in client.heard.split(b"HTTP/1.1 200")[1:]] == [
            b"/%d" % number for number in range(20)
        ]
        assert client.logged == [("GET", 200, 2)] * 10 + [("GET", 200, 3)] * 10

    run(play)


def test_a_plain_function_is_answered_without_a_task() -> None:
    async def play() -> None:
        client = Client(plain)
        before = asyncio.all_tasks()
        client.stream.write(GET)
        client._pair.flow()
        assert client.statuses() == [200] and asyncio.all_tasks() == before

    run(play)


# ------------------------------------------------------------------------------------------ what goes wrong


@pytest.mark.parametrize("error, status", [
    (RemoteError("no", 403), 403), (RemoteError("no"), 400), (ValueError("oops"), 500), (ConnectionLost("x"), 500),
])  # fmt: skip
@pytest.mark.parametrize("later", [False, True])
def test_an_application_that_fails_is_apologised_for(
    error: Exception, status: int, later: bool, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(request: Request, arrival: Arrival) -> Response:
        raise error

    async def fails_later(request: Request, arrival: Arrival) -> Response:
        raise error

    async def play() -> None:
        client = Client(fails_later if later else fails)
        assert await client.ask(GET) == [status]
        assert b"oops" not in client.heard
        assert await client.ask(GET, 2) == [status, status], "the connection goes on"

    run(play)
    assert ("oops" in caplog.text) is isinstance(error, ValueError)


def test_an_answer_that_cannot_be_said_ends_the_connection(caplog: pytest.LogCaptureFixture) -> None:
    opened: list[BinaryIO] = []

    def splits(request: Request, arrival: Arrival) -> Response:
        opened.append(tempfile.TemporaryFile())  # noqa: SIM115 - the exchange closes it
        return Response(200, Headers([(b"X", b"a\r\nSet-Cookie: b")]), FileBody(opened[0], 0, 0))

    async def play() -> None:
        client = Client(splits)
        client.stream.write(GET)
        await client.until(lambda: client.over)
        assert client.heard == b"" and opened[0].closed

    run(play)
    assert "could not be said" in caplog.text


def test_a_request_that_is_none_is_logged_without_one() -> None:
    async def play() -> None:
        client = Client(plain)
        assert await client.ask(b"nonsense\r\n\r\n") == [400]
        await client.until(lambda: client.over)
        assert client.logged == [(None, 400, 0)]

    run(play)


@pytest.mark.parametrize("whole", [True, False])
def test_an_application_whose_client_is_gone_is_told(whole: bool) -> None:
    told: list[str] = []

    async def play() -> None:
        begun = asyncio.Event()
        done = asyncio.Event()

        async def waits(request: Request, arrival: Arrival) -> Response:
            try:
                begun.set()
                async for _ in arrival.body():
                    pass
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                told.append("cancelled")
                raise
            except ConnectionLost:
                told.append("lost")
            finally:
                done.set()
            return Response(200)

        client = Client(waits)
        client.stream.write(GET if whole else PUT % 10 + b"\r\nhalf")
        await begun.wait()
        client.conversation.lost(ConnectionLost("reset"))
        await done.wait()
        await asyncio.sleep(0)
        assert client.heard == b"" and client.logged == []

    run(play)
    assert told == ["cancelled" if whole else "lost"]


def test_a_file_that_came_too_late_is_closed() -> None:
    async def play() -> None:
        begun, done = asyncio.Event(), asyncio.Event()
        file = tempfile.TemporaryFile()  # noqa: SIM115 - the exchange closes it

        async def late(request: Request, arrival: Arrival) -> Response:
            begun.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                done.set()
            return Response(200, body=FileBody(file, 0, 0))

        client = Client(late)
        client.stream.write(GET)
        await begun.wait()
        client.conversation.lost(None)
        await done.wait()
        await asyncio.sleep(0)
        assert file.closed

    run(play)


# --------------------------------------------------------------------------------------------- bodies that come


@pytest.mark.parametrize("piece", [0, 1, 1000])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_comes_whole_and_the_connection_goes_on(piece: int, chunked: bool) -> None:
    async def play() -> None:
        client = Client(reading, piece=piece)
        if chunked:
            head = b"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            request = head + b"3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n"
        else:
            request = PUT % 7 + b"\r\nabcdefg"
        assert await client.ask(request * 3, 3) == [200] * 3
        await client.until(lambda: client.heard.endswith(b"abcdefg"))
        assert client.heard.count(b"\r\n\r\nabcdefg") == 3

    run(play)


def test_a_fast_sender_waits_for_a_slow_application() -> None:
    async def play() -> None:
        go_on, begun = asyncio.Event(), asyncio.Event()

        async def slow(request: Request, arrival: Arrival) -> Response:
            begun.set()
            await go_on.wait()
            return Response(200, body=b"%d" % sum([len(piece) async for piece in arrival.body()]))

        client = Client(slow, piece=64 * 1024)
        size = 20 * BODY_AHEAD
        client.stream.write(PUT % size + b"\r\n" + bytes(size))
        await begun.wait()
        client._pair.flow()
        assert client.stream.pending >= size - BODY_AHEAD - 2 * 64 * 1024
        go_on.set()
        await client.until(lambda: client.heard.endswith(b"%d" % size))
        assert client.stream.pending == 0

    run(play)


EXPECT = b"Expect: 100-continue\r\n\r\n"


def test_a_client_that_waits_is_told_to_go_on_when_the_body_is_wanted() -> None:
    async def play() -> None:
        client = Client(reading)
        assert await client.ask(PUT % 3 + EXPECT) == [100]
        assert await client.ask(b"abc", 2) == [100, 200]
        await client.until(lambda: client.heard.endswith(b"abc"))
        assert client.logged == [("PUT", 200, 3)]

    run(play)


def test_a_client_that_waits_is_not_told_to_go_on_when_the_body_is_refused() -> None:
    async def play() -> None:
        client = Client(lambda request, arrival: Response(413))
        assert await client.ask(PUT % 3 + EXPECT) == [413]
        await client.until(lambda: client.over)
        assert b"Connection: close" in client.heard

    run(play)


def test_nobody_is_told_to_go_on_who_does_not_wait() -> None:
    async def play() -> None:
        client = Client(reading)
        assert await client.ask(PUT % 3 + b"\r\nabc") == [200]
        assert await client.ask(PUT % 3 + EXPECT + b"abc", 2) == [200, 200]

    run(play)


@pytest.mark.parametrize("application", [plain, waiting])
def test_a_body_that_nobody_wants_is_read_away_where_it_is_short(application: Application) -> None:
    async def play() -> None:
        client = Client(application)
        client.stream.write(PUT % 1000 + b"\r\n")
        await client.until(lambda: client.statuses() == [200])
        assert await client.ask(bytes(1000) + GET, 2) == [200, 200]
        assert not client.over

    run(play)


def test_a_body_that_nobody_wants_ends_the_connection_where_it_is_long() -> None:
    async def play() -> None:
        client = Client(plain, limits=ServerLimits(discard=100))
        assert await client.ask(PUT % 1000 + b"\r\n" + bytes(500)) == [200]
        await client.until(lambda: client.over)
        assert b"Connection: close" in client.heard

    run(play)


def test_a_malformed_body_is_told_to_the_application() -> None:
    async def play() -> None:
        seen: list[RemoteError] = []
        told = asyncio.Event()

        async def notes(request: Request, arrival: Arrival) -> Response:
            try:
                async for _ in arrival.body():
                    pass
            except RemoteError as error:
                seen.append(error)
                told.set()
                raise
            return Response(200)

        client = Client(notes)
        client.stream.write(b"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcX")
        await told.wait()
        await client.until(lambda: client.over)
        assert client.statuses() == [400] and [error.status for error in seen] == [400]

    run(play)


def test_there_is_no_body_where_none_was_sent() -> None:
    async def play() -> None:
        client = Client(reading)
        assert await client.ask(GET) == [200]
        await client.until(lambda: client.logged)
        assert client.body() == b""

    run(play)


# ------------------------------------------------------------------------------------------- bodies that go


class Body:
    """A streamed body that notes what became of it."""

    def __init__(self, count: int, size: int = 5, fails_after: int | None = None) -> None:
        self.made = 0
        self.closed = asyncio.Event()
        self.ahead = asyncio.Event()  # as much was made as may wait for a reader
        self._count = count
        self._size = size
        self._fails_after = fails_after

    async def pieces(self) -> AsyncIterator[bytes]:
        try:
            while self.made < self._count:
                if self.made == self._fails_after:
                    raise ValueError("broke")
                self.made += 1
                if self.made * self._size >= HIGH_WATER:
                    self.ahead.set()
                yield bytes(self._size)
        finally:
            self.closed.set()


def streaming(body: Body) -> Application:
    return lambda request, arrival: Response(200, body=body.pieces())


def test_a_streamed_body_goes_in_chunks_and_the_connection_goes_on() -> None:
    async def play() -> None:
        body = Body(3)
        client = Client(streaming(body))
        client.stream.write(GET)
        await client.until(lambda: client.logged)
        chunk = b"5\r\n" + bytes(5) + b"\r\n"
        assert client.body() == chunk * 3 + b"0\r\n\r\n" and b"Transfer-Encoding: chunked" in client.heard
        assert client.logged == [("GET", 200, 15)] and body.closed.is_set()
        assert await client.ask(GET, 2) == [200, 200]

    run(play)


def test_a_streamed_body_ends_with_the_connection_for_an_old_client() -> None:
    async def play() -> None:
        client = Client(streaming(Body(3)))
        client.stream.write(b"GET / HTTP/1.0\r\n\r\n")
        await client.until(lambda: client.over)
        assert client.body() == bytes(15)

    run(play)


def test_a_slow_reader_holds_a_streamed_body_up() -> None:
    async def play() -> None:
        body = Body(100, HIGH_WATER // 4)
        client = Client(streaming(body))
        client.stream.pause()
        client.stream.write(GET)
        await body.ahead.wait()
        for _ in range(100):
            await asyncio.sleep(0)
        assert body.made <= 6
        client.stream.resume()
        await client.until(lambda: client.logged)
        assert client.logged == [("GET", 200, 100 * (HIGH_WATER // 4))]

    run(play)


def test_a_streamed_body_whose_reader_is_gone_is_closed() -> None:
    async def play() -> None:
        body = Body(100, HIGH_WATER // 4)
        client = Client(streaming(body))
        client.stream.pause()
        client.stream.write(GET)
        await body.ahead.wait()
        client.conversation.lost(ConnectionLost("reset"))
        await body.closed.wait()
        assert body.made <= 6

    run(play)


def test_a_streamed_body_that_breaks_off_is_never_taken_for_a_whole_one(caplog: pytest.LogCaptureFixture) -> None:
    async def play() -> None:
        body = Body(5, fails_after=2)
        client = Client(streaming(body))
        client.stream.write(GET)
        await client.until(lambda: client.over)
        assert not client.heard.endswith(b"0\r\n\r\n") and body.closed.is_set()

    with caplog.at_level(logging.ERROR):
        run(play)
    assert "broke" in caplog.text


@pytest.mark.parametrize("status, method", [(200, b"HEAD"), (204, b"GET"), (304, b"GET")])
def test_where_there_is_no_body_a_streamed_one_is_not_begun(status: int, method: bytes) -> None:
    async def play() -> None:
        body = Body(3)
        client = Client(lambda request, arrival: Response(status, body=body.pieces()))
        request = GET.replace(b"GET", method)
        assert await client.ask(request * 2, 2) == [status, status]
        await client.until(lambda: len(client.logged) == 2)
        assert body.made == 0 and client.heard.endswith(b"\r\n\r\n") and client.heard.count(b"\r\n\r\n") == 2
        assert client.logged == [(method.decode(), status, 0)] * 2

    run(play)


def test_a_file_is_sent_and_closed() -> None:
    async def play() -> None:
        file = tempfile.TemporaryFile()  # noqa: SIM115 - the exchange closes it
        file.write(b"0123456789")
        file.flush()
        client = Client(lambda request, arrival: Response(200, body=FileBody(file, 2, 5)))
        assert await client.ask(GET) == [200]
        await client.until(lambda: client.logged and client.heard.endswith(b"23456"))
        assert file.closed and client.logged == [("GET", 200, 5)]

    run(play)
