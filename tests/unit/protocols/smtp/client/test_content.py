"""What a content is like, in memory and in a file, and how it is read."""

from __future__ import annotations

import asyncio
import io
import os
from pathlib import Path

import pytest

from portside.errors import BrokenPromise, UsageError
from portside.mail.envelope import Body
from portside.protocols.smtp.client import content as room
from portside.protocols.smtp.client.content import Filed, Shape, Whole, in_memory, prepared

CASES = [
    (b"Subject: x\r\n\r\nHi\r\n", Body.SEVEN_BIT, False, 0),
    (b"Subject: x\n\nHi\n", Body.SEVEN_BIT, False, 3),
    (b"Subject: x\r\n\r\nHi", Body.SEVEN_BIT, False, 2),
    ("Subject: x\r\n\r\nH\u00ef\r\n".encode(), Body.EIGHT_BIT, False, 0),
    ("Subject: \u00fc\r\n\r\nHi\r\n".encode(), Body.EIGHT_BIT, True, 0),
    ("Subject: \u00fc\n\nHi\n".encode(), Body.EIGHT_BIT, True, 3),
    (b"Subject: \xfc\r\n\r\nHi\r\n", Body.EIGHT_BIT, False, 0),
    (b"Subject: x\r\n\r\n\0\r\n", Body.BINARY, False, 0),
    (b"\r\n", Body.SEVEN_BIT, False, 0),
]


@pytest.mark.parametrize(("data", "body", "utf8", "more"), CASES)
def test_what_a_content_is_like_is_seen(data: bytes, body: Body, utf8: bool, more: int) -> None:
    whole = in_memory(data)
    assert whole.shape == Shape(len(data) + more, body, utf8)
    assert len(whole.data) == whole.shape.size and whole.data.endswith(b"\r\n")


@pytest.mark.parametrize(("data", "body", "utf8", "more"), CASES)
def test_a_long_file_is_seen_as_the_same(
    data: bytes, body: Body, utf8: bool, more: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "IN_MEMORY", 0)
    monkeypatch.setattr(room, "PIECE", 3)
    path = tmp_path / "x.eml"
    path.write_bytes(data)

    async def story() -> None:
        filed = await prepared(path)
        assert isinstance(filed, Filed) and filed.shape == in_memory(data).shape
        assert b"".join([piece async for piece in filed.pieces()]) == data == filed.whole()
        filed.close()

    asyncio.run(story())


def test_what_is_known_to_be_binary_is_left_as_it_is() -> None:
    assert in_memory(b"\r\0\n", Body.BINARY) == Whole(Shape(3, Body.BINARY), b"\r\0\n")


@pytest.mark.parametrize("data", [b"a\rb\r\n", b"a\r", b"\r\r\n"])
def test_a_bare_cr_can_not_travel(data: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="bare CR"):
        in_memory(data)
    monkeypatch.setattr(room, "IN_MEMORY", 0)
    monkeypatch.setattr(room, "PIECE", 2)
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(UsageError, match="bare CR"):
        asyncio.run(prepared(tmp_path / "x"))


def test_a_short_file_is_read_at_once_and_closed(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"Hi\n")
    whole = asyncio.run(prepared(tmp_path / "x"))
    assert isinstance(whole, Whole) and whole.data == b"Hi\r\n"


def test_an_open_file_is_read_from_its_beginning_and_stays_open() -> None:
    file = io.BytesIO(b"Hi\n")
    file.read()
    whole = asyncio.run(prepared(file))
    assert isinstance(whole, Whole) and whole.data == b"Hi\r\n" and not file.closed


def test_what_comes_through_a_pipe_is_read_to_its_end_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    for limit, fits in ((100, True), (2, False)):
        monkeypatch.setattr(room, "LARGEST_PIPE", limit)
        out, into = os.pipe()
        os.write(into, b"Hi\n")
        os.close(into)
        with os.fdopen(out, "rb") as pipe:
            if fits:
                assert asyncio.run(prepared(pipe)).shape.size == 4
            else:
                with pytest.raises(UsageError, match="pipe"):
                    asyncio.run(prepared(pipe))


def test_a_file_that_became_shorter_is_no_whole_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "IN_MEMORY", 0)
    path = tmp_path / "x"
    path.write_bytes(b"a\r\n" * 10)

    async def story() -> None:
        filed = await prepared(path)
        assert isinstance(filed, Filed)
        path.write_bytes(b"")
        with pytest.raises(BrokenPromise):
            async for _ in filed.pieces():
                pass
        filed.close()

    asyncio.run(story())


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        asyncio.run(prepared(tmp_path / "none"))
