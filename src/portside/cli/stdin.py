"""Standard input, line by line, while everything else goes on.

A thread that reads could not be stopped by Ctrl-C, and a non-blocking stdin would make a terminal's stdout one too.
So the loop says when there is something, and one read takes it; a regular file always has something.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

from portside.errors import UsageError
from portside.files.pipes import until_readable

CHUNK = 64 * 1024
"""Bytes read at once."""
LONGEST_LINE = 16 * 1024 * 1024
"""Bytes of a line: far more than anybody writes, and what is without an end is found out."""


async def read_lines(descriptor: int = 0) -> AsyncIterator[bytes]:
    """Each line with its newline, and the last one as it is. Raises ``UsageError`` for one that is too long."""
    kept = bytearray()
    while chunk := await _read(descriptor):
        searched = len(kept)
        kept += chunk
        start = 0
        while (end := kept.find(b"\n", max(start, searched))) >= 0:
            yield bytes(kept[start : end + 1])
            start = end + 1
        del kept[:start]
        if len(kept) > LONGEST_LINE:
            raise UsageError(f"a line on stdin is longer than {LONGEST_LINE:,} bytes")
    if kept:
        yield bytes(kept)


async def _read(descriptor: int) -> bytes:
    """What is there, once something is; empty at the end, and where stdin was closed from the start."""
    try:
        await until_readable(descriptor)
    except OSError:
        return b""
    return os.read(descriptor, CHUNK)
