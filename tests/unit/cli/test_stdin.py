from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.cli import stdin
from portside.cli.stdin import read_lines
from portside.errors import UsageError


def _read(descriptor: int) -> list[bytes]:
    async def read() -> list[bytes]:
        return [line async for line in read_lines(descriptor)]

    return asyncio.run(read())


def _piped(data: bytes) -> int:
    reader, writer = os.pipe()
    assert os.write(writer, data) == len(data)
    os.close(writer)
    return reader


@given(st.binary(max_size=2000).map(lambda data: data.replace(b"a", b"\n")))
def test_the_lines_of_a_pipe_are_its_bytes(data: bytes) -> None:
    descriptor = _piped(data)
    try:
        lines = _read(descriptor)
    finally:
        os.close(descriptor)
    assert b"".join(lines) == data
    assert all(line.endswith(b"\n") for line in lines[:-1])
    assert all(line.count(b"\n") <= 1 and line for line in lines)


def test_lines_of_any_cut_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    for chunk in (1, 2, 3, 7):
        monkeypatch.setattr(stdin, "CHUNK", chunk)
        descriptor = _piped(b"one\n\ntwo\nthree")
        assert _read(descriptor) == [b"one\n", b"\n", b"two\n", b"three"]
        os.close(descriptor)


def test_a_regular_file_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes(b"a\nb")
    with path.open("rb") as file:
        assert _read(file.fileno()) == [b"a\n", b"b"]


def test_a_closed_stdin_has_no_lines() -> None:
    descriptor = _piped(b"")
    os.close(descriptor)
    assert _read(descriptor) == []


def test_an_endless_line_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stdin, "LONGEST_LINE", 10)
    descriptor = _piped(b"x" * 11)
    with pytest.raises(UsageError, match="longer than 10 bytes"):
        _read(descriptor)
    os.close(descriptor)


def test_a_line_is_there_before_the_next_is_written() -> None:
    reader, writer = os.pipe()

    async def talk() -> list[bytes]:
        heard = []
        os.write(writer, b"first\n")
        async for line in read_lines(reader):
            heard.append(line)
            if line == b"first\n":
                asyncio.get_running_loop().call_soon(os.write, writer, b"second\n")
            else:
                os.close(writer)
        return heard

    assert asyncio.run(talk()) == [b"first\n", b"second\n"]
    os.close(reader)


def test_reading_leaves_the_descriptor_blocking() -> None:
    descriptor = _piped(b"x")
    _read(descriptor)
    assert os.get_blocking(descriptor)
    os.close(descriptor)
    assert sys.stdin is not None
