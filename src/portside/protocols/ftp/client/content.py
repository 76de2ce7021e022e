"""What is uploaded: a file in pieces that the kernel sends by itself, or whatever comes through a pipe."""

from __future__ import annotations

import os
import stat
from collections.abc import AsyncGenerator
from pathlib import Path

from portside.errors import BrokenPromise
from portside.files.pipes import until_readable
from portside.protocols.ftp.messages import Data
from portside.protocols.ftp.rules.orders import DataFile

PIECE = 8 * 1024 * 1024
"""Bytes of a file said at once: so soon do we notice that the server wants no more, and so often does a bar move."""
READ = 256 * 1024
"""Bytes read from a pipe at once."""


class FileContent:
    """A regular file, from ``offset``. ``sent`` bytes of it are there or under way."""

    def __init__(self, path: Path) -> None:
        """Raises ``OSError`` where it cannot be read."""
        self.path = path
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
        self.length: int | None = status.st_size if stat.S_ISREG(status.st_mode) else None
        self.modified = status.st_mtime
        self.sent = 0

    async def pieces(self, offset: int) -> AsyncGenerator[Data | DataFile, None]:
        """Its pieces from ``offset`` on; what grows meanwhile is sent as long as it was."""
        self.sent = offset
        if self.length is None:
            async for piece in self._stream():
                yield piece
            return
        while self.sent < self.length:
            count = min(PIECE, self.length - self.sent)
            file = self.path.open("rb")
            if os.fstat(file.fileno()).st_size < self.sent + count:
                file.close()
                raise BrokenPromise(f"{self.path} became shorter while it was sent")
            self.sent += count
            yield DataFile(file, self.sent - count, count)

    async def _stream(self) -> AsyncGenerator[Data, None]:
        with self.path.open("rb", buffering=0) as file:
            while piece := file.read(READ):
                self.sent += len(piece)
                yield Data(piece)


class PipeContent:
    """What comes from a pipe or a terminal: said once, as it comes.

    No thread waits for it, since nothing could make one stop that reads from a terminal.
    """

    length: int | None = None

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.sent = 0

    async def pieces(self, offset: int) -> AsyncGenerator[Data | DataFile, None]:
        """Its pieces; ``offset`` is 0, since nothing comes twice."""
        while True:
            await until_readable(self._descriptor)
            piece = os.read(self._descriptor, READ)
            if not piece:
                return
            self.sent += len(piece)
            yield Data(piece)
