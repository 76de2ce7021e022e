"""What is uploaded, in pieces."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from portside.errors import BrokenPromise
from portside.protocols.ftp.client import content
from portside.protocols.ftp.client.content import FileContent, PipeContent
from portside.protocols.ftp.messages import Data
from portside.protocols.ftp.rules.orders import DataFile


async def gathered(source: FileContent | PipeContent, offset: int = 0) -> bytes:
    whole = b""
    async for piece in source.pieces(offset):
        if isinstance(piece, DataFile):
            piece.file.seek(piece.offset)
            whole += piece.file.read(piece.count)
            piece.file.close()
        else:
            assert isinstance(piece, Data)
            whole += piece.data
    return whole


def test_a_file_is_said_piece_by_piece_from_any_offset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "PIECE", 4)
    path = tmp_path / "f"
    path.write_bytes(b"0123456789")
    source = FileContent(path)
    assert asyncio.run(gathered(source)) == b"0123456789"
    assert asyncio.run(gathered(source, 7)) == b"789"
    assert (source.sent, source.length) == (10, 10)


def test_a_file_that_shrinks_is_not_whole(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"0123456789")
    source = FileContent(path)
    path.write_bytes(b"01234")
    with pytest.raises(BrokenPromise, match="shorter"):
        asyncio.run(gathered(source))


def test_a_pipe_has_no_length_and_ends_with_its_writer() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"hello")
    os.close(writing)
    try:
        source = PipeContent(reading)
        assert asyncio.run(gathered(source)) == b"hello"
        assert (source.length, source.sent) == (None, 5)
    finally:
        os.close(reading)


def test_a_named_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    keeper = os.open(path, os.O_RDWR)
    os.write(keeper, b"hello")

    async def story() -> bytes:
        source = FileContent(path)
        assert source.length is None
        pieces = source.pieces(0)
        first = await anext(pieces)
        os.close(keeper)
        with pytest.raises(StopAsyncIteration):
            await anext(pieces)
        assert isinstance(first, Data)
        return first.data

    assert asyncio.run(story()) == b"hello"
