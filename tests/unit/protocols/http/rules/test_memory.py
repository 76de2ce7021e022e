"""What a server remembers is what it would say anyway, byte for byte, and it is bounded."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.interfaces import Heard, Outputs, Send
from portside.protocols.http.messages import FileBody, Headers, Request, Response
from portside.protocols.http.rules import memory as rooms
from portside.protocols.http.rules.answers import Turn
from portside.protocols.http.rules.memory import LARGEST_REMEMBERED, ServerMemory
from portside.protocols.http.syntax.heads import HeadLimits, parse_request
from tests.support.talks import EPOCH, Talk


def head(target: str = "/", fields: bytes = b"", version: str = "1.1", method: str = "GET") -> bytes:
    return f"{method} {target} HTTP/{version}\r\nHost: a\r\n".encode() + fields + b"\r\n"


GET = head()


class Forgetful(ServerMemory):
    """Takes the long way, always."""

    def remember(self, head: bytes, turn: Turn) -> Turn:
        return turn

    def remember_reply(self, response: Response, outputs: Outputs) -> None:
        """And says everything anew."""


PAGE = Response(200, Headers([(b"ETag", b'"a"')]), b"page", lasting=True)
NEWER = Response(200, Headers([(b"ETag", b'"b"')]), b"a newer page", lasting=True)
MISSING = Response(404, body=b"nothing")
NOT_MODIFIED = Response(304, Headers([(b"ETag", b'"a"')]), lasting=True)
LEAVING = Response(200, Headers([(b"Connection", b"close")]), b"bye", lasting=True)


class World:
    """A server with connections, whose page changes after a while."""

    def __init__(self, memory: type[ServerMemory]) -> None:
        self.now = 0.0
        self.memory = memory(lambda: EPOCH + 0.5 + self.now)
        self.talks: dict[int, Talk] = {}
        self.seen: list[tuple[int, bytes, bool]] = []

    def application(self, request: Request) -> Response:
        if b"if-none-match" in request.headers:
            return NOT_MODIFIED
        pages = {"/": PAGE if self.now < 3 else NEWER, "/bye": LEAVING}
        return pages.get(request.target, MISSING)

    def step(self, connection: int, data: bytes, stop: bool, wait: float) -> None:
        self.now += wait
        talk = self.talks.get(connection)
        if talk is None or talk.closed is not None:
            talk = self.talks[connection] = Talk(self.application, memory=self.memory)
        talk.now = self.now
        if stop:
            talk.stop()
        if talk.closed is None:
            talk.client(data)
        self.seen.append((connection, talk.take(), talk.closed is not None))


requests = st.sampled_from([
    GET, GET, GET, GET, head(method="HEAD"), head(version="1.0"), head(fields=b"Connection: keep-alive\r\n",
    version="1.0"),
    head(fields=b"Connection: close\r\n"), head(fields=b'If-None-Match: "a"\r\n'), head("/none"), head("/bye"),
    GET + GET,
    GET + head(method="HEAD") + GET, head(method="OPTIONS"), b"\r\n" + GET, GET[:20], GET[20:], b"BAD\r\n\r\n",
    head(fields=b"Content-Length: 5\r\n", method="POST") + b"hello", head(fields=b"Expect: 100-continue\r\n"),
])  # fmt: skip
steps = st.lists(
    st.tuples(
        st.integers(0, 1), requests, st.sampled_from([False] * 9 + [True]), st.sampled_from([0, 0, 0, 0.1, 0.5, 0.7,
        1.0, 2.5])
    ),
    min_size=1,
    max_size=25,
)  # fmt: skip


@given(steps)
def test_the_remembered_way_gives_what_the_long_way_gives(taken: list[tuple[int, bytes, bool, float]]) -> None:
    remembering, forgetful = World(ServerMemory), World(Forgetful)
    for connection, data, stop, wait in taken:
        remembering.step(connection, data, stop, wait)
        forgetful.step(connection, data, stop, wait)
    assert remembering.seen == forgetful.seen


def test_the_remembered_way_is_really_taken() -> None:
    """Or the property above would compare the long way with itself."""
    world = World(ServerMemory)
    for _ in range(3):
        world.step(0, GET, False, 0.0)
    assert list(world.memory.turns) == [GET]
    assert list(world.memory.replies) == [PAGE]
    assert world.talks[0].rules.received(GET, None, 0.0) is world.memory.turns[GET].heard
    assert world.talks[0].rules.say(PAGE, 0.0) is world.memory.replies[PAGE][1]


def test_the_date_of_a_remembered_reply_is_the_time() -> None:
    world = World(ServerMemory)
    for _ in range(80):
        world.step(0, GET, False, 0.125)
    dates = [reply.partition(b"Date: ")[2][17:25] for _, reply, _ in world.seen]
    seconds = [int(date[-2:]) for date in dates]
    assert dates[0] == b"08:49:37"
    assert dates[-1] == b"08:49:47"
    assert seconds == [int(37.5 + (number + 1) * 0.125) for number in range(80)]


def test_a_request_lasts_from_the_second_time_on_and_is_one_for_all_connections() -> None:
    memory = ServerMemory(lambda: EPOCH)
    heard = [Talk(memory=memory).client(GET).heard[0] for _ in range(4)]
    assert [getattr(request, "lasting", None) for request in heard] == [False, True, True, True]
    assert heard[1] is heard[2] is heard[3]


@pytest.mark.parametrize("data", [
    head(fields=b"Content-Length: 5\r\n", method="POST"), head(fields=b"Transfer-Encoding: chunked\r\n", method="POST"),
    head(fields=b"A: " + b"b" * LARGEST_REMEMBERED + b"\r\n"), GET + GET, GET[:10], b"\r\n" + GET, b"BAD\r\n\r\n",
])  # fmt: skip
def test_what_is_no_small_head_alone_is_not_remembered(data: bytes) -> None:
    memory = ServerMemory(lambda: EPOCH)
    for _ in range(4):
        Talk(memory=memory).client(data)
    assert memory.turns == {}


@pytest.mark.parametrize("response", [
    Response(200, body=b"x"), Response(200, Headers([(b"Connection", b"close")]), b"x", lasting=True),
])  # fmt: skip
def test_a_reply_is_remembered_only_if_it_lasts_and_the_connection_stays(response: Response) -> None:
    memory = ServerMemory(lambda: EPOCH)
    Talk(lambda request: response, memory=memory).client(GET)
    assert memory.replies == {}


def test_a_reply_with_a_file_or_a_stream_is_not_remembered() -> None:
    async def stream() -> AsyncIterator[bytes]:
        return
        yield

    memory = ServerMemory(lambda: EPOCH)
    file = Response(200, body=FileBody(io.BytesIO(b"x"), 0, 1), lasting=True)
    Talk(memory=memory).client(GET).say(file)
    Talk(memory=memory).client(GET).say(Response(200, body=stream(), lasting=True))
    assert memory.replies == {}


@pytest.mark.parametrize("data", [head(method="HEAD"), head(version="1.0"), head(fields=b"Connection: close\r\n")])
def test_a_reply_is_remembered_from_the_commonest_kind_of_request_only(data: bytes) -> None:
    memory = ServerMemory(lambda: EPOCH)
    Talk(lambda request: PAGE, memory=memory).client(data)
    assert memory.replies == {}


def test_a_server_that_stops_says_so_whatever_it_remembers() -> None:
    talk = Talk(memory=ServerMemory(lambda: EPOCH))
    for _ in range(3):
        talk.client(GET).say(PAGE)
    talk.take()
    talk.client(GET).stop().say(PAGE)
    assert b"Connection: close\r\n" in talk.take()


def turn(number: int) -> tuple[bytes, Turn]:
    data = head(f"/{number}")
    return data, Turn(parse_request(data, HeadLimits()))


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in ("TURNS_REMEMBERED", "REPLIES_REMEMBERED"):
        monkeypatch.setattr(rooms, limit, 16)
    memory = ServerMemory(lambda: EPOCH)
    for number in range(200):
        for _ in range(2):
            memory.remember(*turn(number))
        memory.remember_reply(Response(200, lasting=True), [Send(b"x")])
        assert len(memory.turns) <= 16
        assert len(memory.replies) <= 16


def test_a_flood_of_unlike_heads_is_hardly_remembered() -> None:
    memory = ServerMemory(lambda: EPOCH)
    for number in range(3000):
        memory.remember(*turn(number))
    assert memory.turns == {}


def test_only_what_is_sent_at_once_is_a_reply() -> None:
    memory = ServerMemory(lambda: EPOCH)
    memory.remember_reply(PAGE, [Send(b"x"), Heard(Request("GET", "/"))])
    assert memory.replies == {}


@given(st.lists(st.floats(0, 5), max_size=20), st.floats(0, 1, exclude_max=True))
def test_the_date_is_that_of_the_second(waits: list[float], start: float) -> None:
    now = 0.0
    memory = ServerMemory(lambda: EPOCH + start + now)
    for wait in waits:
        now += wait
        name, value = memory.date_line(now)
        second = int(value.split()[4].split(b":")[2])
        # a sum of floats may lie on either side of a whole second
        assert any(second == int(37 + start + now + nearly) % 60 for nearly in (-1e-6, 0, 1e-6))
        assert name == b"Date"
