"""Bodies from files and pipes, and bodies that nobody wants."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from portside.errors import BrokenPromise
from portside.protocols.http.client.client import Client
from portside.protocols.http.client.uploads import DISCARD, READ, FileContent, PipeContent, discard
from tests.unit.protocols.http.client.scripted import ok, scripted


def said(content: FileContent | PipeContent) -> bytes:
    async def run() -> bytes:
        return b"".join([piece async for piece in content])

    return asyncio.run(run())


@pytest.mark.parametrize("size", [0, 1, READ, READ + 1, 3 * READ])
def test_a_file_is_said_whole_as_often_as_needed(size: int, tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(os.urandom(size))
    content = FileContent(path)
    assert content.length == size
    for _ in range(2):
        assert said(content) == path.read_bytes() and content.sent == size


def test_a_file_that_grows_meanwhile_is_said_as_long_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"x" * 10)
    content = FileContent(path)
    path.write_bytes(b"x" * 20)
    assert said(content) == b"x" * 10


def test_a_file_that_shrinks_meanwhile_breaks_off(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"x" * 10)
    content = FileContent(path)
    path.write_bytes(b"x")
    with pytest.raises(BrokenPromise):
        said(content)


def test_a_missing_file_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        FileContent(tmp_path / "none")


def test_a_pipe_is_said_once(tmp_path: Path) -> None:
    theirs, ours = os.pipe()
    os.write(ours, b"x" * 5000)
    os.close(ours)
    content = PipeContent(theirs)
    assert said(content) == b"x" * 5000 and content.sent == 5000
    assert said(content) == b"" and aiter(content) is content
    os.close(theirs)


def test_a_regular_file_may_stand_for_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"x" * (READ + 5))
    with (tmp_path / "f").open("rb") as file:
        assert said(PipeContent(file.fileno())) == b"x" * (READ + 5)


@pytest.mark.parametrize(("size", "kept"), [(0, True), (100, True), (DISCARD, True), (10_000_000, False)])
def test_a_body_nobody_wants_is_read_only_where_it_is_short(size: int, kept: bool) -> None:
    async def run() -> None:
        async with scripted([ok(b"x" * size)]) as server, Client() as client:
            async with client.stream("GET", server.url) as answer:
                await discard(answer)
            assert (client._pool.idle == 1) is kept and (client._pool.taken == 1) is kept

    asyncio.run(run())
