"""From a representation to an answer: whole, in parts, or just the news that nothing has changed."""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from portside.protocols.http.messages import FileBody, Response
from portside.protocols.http.server.representations import Representation, answer, signature, whole
from portside.protocols.http.syntax.ranges import ByteRange
from tests.support.asks import request

CONTENT = bytes(range(200))
TAG = '"tag"'


def kept(coding: str | None = None) -> Representation:
    return Representation(
        b"text/plain", b'"tag"', 784111777.9, 200, CONTENT, None, coding, ((b"Vary", b"Accept-Encoding"),)
    )


def in_file() -> Representation:
    return Representation(b"text/plain", b'"tag"', 784111777.9, 200, None, io.BytesIO(CONTENT))


def body(response: Response) -> bytes:
    if isinstance(response.body, FileBody):
        with response.body.file as file:
            file.seek(response.body.offset)
            return file.read(response.body.count)
    if isinstance(response.body, bytes):
        return response.body
    return asyncio.run(collect(response.body))


async def collect(pieces: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])


def test_everything_comes_with_its_validators() -> None:
    response = whole(kept("br"))
    assert dict(response.headers) == {
        "Content-Type": "text/plain", "Last-Modified": "Sun, 06 Nov 1994 08:49:37 GMT", "ETag": TAG,
        "Accept-Ranges": "bytes",
        "Vary": "Accept-Encoding", "Content-Encoding": "br",
    }  # fmt: skip
    assert response.body == CONTENT


def test_news_come_without_a_type_and_close_the_file() -> None:
    representation = in_file()
    response = answer(request("/", if_none_match=TAG), representation)
    assert (response.status, response.body) == (304, b"")
    assert "Content-Type" not in response.headers
    assert representation.file is not None
    assert representation.file.closed


@pytest.mark.parametrize(("fields", "status"), [({"if_match": '"x"'}, 412), ({"range": "bytes=200-"}, 416)])
def test_a_failure_closes_the_file(fields: dict[str, str], status: int) -> None:
    representation = in_file()
    assert answer(request("/", **fields), representation).status == status
    assert representation.file is not None
    assert representation.file.closed


@pytest.mark.parametrize("make", [kept, in_file])
def test_a_part_is_cut_out_of_memory_or_file_alike(make: type[Representation]) -> None:
    response = answer(request("/", range="bytes=10-19"), make())  # type: ignore[call-arg]
    assert (response.status, body(response)) == (206, CONTENT[10:20])
    assert response.headers["Content-Range"] == "bytes 10-19/200"


@pytest.mark.parametrize("make", [kept, in_file])
def test_parts_are_framed_and_their_file_closed(make: type[Representation]) -> None:
    representation = make()  # type: ignore[call-arg]
    response = answer(request("/", range="bytes=0-9,100-109"), representation)
    data = body(response)
    assert len(data) == int(response.headers["Content-Length"])
    assert CONTENT[:10] in data
    assert CONTENT[100:110] in data
    assert representation.file is None or representation.file.closed


def test_boundaries_are_drawn_by_lot() -> None:
    drawn = {answer(request("/", range="bytes=0-1,5-6"), kept()).headers["Content-Type"] for _ in range(20)}
    assert len(drawn) == 20


def test_a_file_that_became_shorter_breaks_off() -> None:
    representation = Representation(b"text/plain", b'"tag"', 0.0, 1000, None, io.BytesIO(CONTENT))
    with pytest.raises(EOFError):
        body(answer(request("/", range="bytes=0-1,500-600"), representation))


def test_a_body_is_all_or_a_part() -> None:
    assert kept().body() == CONTENT
    assert kept().body(ByteRange(1, 3)) == CONTENT[1:4]
    representation = in_file()
    assert representation.file is not None
    assert representation.body(ByteRange(1, 3)) == FileBody(representation.file, 1, 3)


def test_a_signature_changes_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"one")
    seen = {signature(path.stat())}
    os.utime(path, (1, 1))
    seen.add(signature(path.stat()))
    path.write_bytes(b"four")
    seen.add(signature(path.stat()))
    (tmp_path / "b").write_bytes(b"four")
    (tmp_path / "b").replace(path)
    seen.add(signature(path.stat()))
    assert len(seen) == 4
