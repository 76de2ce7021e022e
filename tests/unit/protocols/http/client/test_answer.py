"""What a caller gets: the body in whatever way it is wanted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from portside.errors import BrokenPromise, LimitExceeded, LocalError
from portside.protocols.http.client.answer import Answer
from portside.protocols.http.client.connection import Connection
from portside.protocols.http.client.urls import parse_url
from portside.protocols.http.messages import Headers, Request
from portside.protocols.http.rules.client import ClientLimits
from portside.transport.memory import Pair


def play(data: bytes, story: Callable[[Answer], Awaitable[None]], *, piece: int = 0, in_memory: int = 10_000) -> None:
    """``story`` with the answer that ``data`` is."""

    async def run() -> None:
        pair = Pair(piece, schedule=asyncio.get_running_loop().call_soon)
        connection = Connection(pair.client, ClientLimits(silence=0))
        exchange = connection.ask(Request("GET", "/", Headers([(b"Host", b"a")])))
        pair.server.write(data)
        head = await exchange.answer()
        await story(Answer(exchange, head, parse_url("http://a/"), decode=True, in_memory=in_memory))

    asyncio.run(run())


def says(body: bytes, *lines: str) -> bytes:
    fields = "".join(f"{line}\r\n" for line in lines)
    return f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n{fields}\r\n".encode() + body


@pytest.mark.parametrize("piece", [0, 1, 7])
def test_all_ways_of_reading_give_the_same(piece: int) -> None:
    async def read(answer: Answer) -> None:
        assert await answer.read() == b"hello" * 9
        assert await answer.read() == answer.content == b"hello" * 9

    async def pour(answer: Answer) -> None:
        got: list[bytes] = []
        await answer.pour(got.append)
        assert b"".join(got) == b"hello" * 9

    async def pieces(answer: Answer) -> None:
        got = [piece async for piece in answer.iter_bytes()]
        assert b"".join(got) == b"hello" * 9 and all(got)

    for story in (read, pour, pieces):
        play(says(b"hello" * 9), story, piece=piece)


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        (b"caf\xc3\xa9", "text/plain", "café"),
        (b"caf\xe9", "text/plain; charset=ISO-8859-1", "café"),
        (b"caf\xe9", 'text/plain; charset="latin-1"', "café"),
        (b"caf\xe9", "text/plain", "caf\ufffd"),
        (b"cafe", "text/plain; charset=no-such-thing", "cafe"),
        (b"cafe", "text/plain; charset=", "cafe"),
    ],
)
def test_text_is_decoded_as_the_answer_says(body: bytes, content_type: str, text: str) -> None:
    async def story(answer: Answer) -> None:
        await answer.read()
        assert answer.text() == text

    play(says(body, f"Content-Type: {content_type}"), story)


def test_an_encoding_of_the_callers_choice() -> None:
    async def story(answer: Answer) -> None:
        await answer.read()
        assert answer.text("cp1252") == "€"

    play(says(b"\x80"), story)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 5000])
def test_what_is_no_json_is_told(body: bytes) -> None:
    async def story(answer: Answer) -> None:
        await answer.read()
        with pytest.raises(BrokenPromise):
            answer.json()

    play(says(body), story)


def test_what_was_not_read_is_not_there() -> None:
    async def story(answer: Answer) -> None:
        with pytest.raises(LocalError):
            answer.text()

    play(says(b"x"), story)


def test_a_body_too_long_for_memory_is_refused() -> None:
    async def story(answer: Answer) -> None:
        with pytest.raises(LimitExceeded):
            await answer.read()

    play(says(b"x" * 11), story, in_memory=10)


def test_trailers_come_behind_the_body() -> None:
    async def story(answer: Answer) -> None:
        await answer.read()
        assert answer.trailers["x-t"] == "1" and answer.complete

    play(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-T: 1\r\n\r\n", story)


def test_skip_leaves_every_coding_on() -> None:
    async def story(answer: Answer) -> None:
        got: list[bytes] = []
        await answer.skip(got.append)
        assert got == [b"no gzip at all"]

    play(says(b"no gzip at all", "Content-Encoding: gzip"), story)
