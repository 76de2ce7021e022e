"""Waiting for what is read as it comes."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from portside.files.pipes import until_readable


def test_a_pipe_is_waited_for_until_something_or_its_end_is_there() -> None:
    async def main() -> None:
        reading, writing = os.pipe()
        waiting = asyncio.ensure_future(until_readable(reading))
        for _ in range(5):
            await asyncio.sleep(0)
        assert not waiting.done()
        os.write(writing, b"x")
        await waiting
        assert os.read(reading, 10) == b"x"
        os.close(writing)
        await until_readable(reading)
        assert os.read(reading, 10) == b""
        os.close(reading)

    asyncio.run(main())


def test_a_regular_file_is_never_waited_for_and_what_is_closed_is_an_error(tmp_path: Path) -> None:
    async def main() -> None:
        descriptor = os.open(tmp_path / "a", os.O_CREAT | os.O_RDONLY)
        await until_readable(descriptor)
        os.close(descriptor)
        with pytest.raises(OSError, match="descriptor"):
            await until_readable(descriptor)

    asyncio.run(main())
