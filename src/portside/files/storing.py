"""One file that is being received: pieces come in from the network, a file comes out on the disk.

Whatever takes time is done by a thread: batches of pieces, and at the end the last batch, the sync and the final name
together. If the task that waits for the thread is cancelled, the thread finishes its step and the file is removed,
unless it has its final name already.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from typing import TypeVar

from portside.files.refusals import STORING, refusal
from portside.files.temporaries import Temporary

BATCH = 256 * 1024
"""Bytes that are written at once: enough that the way to a thread and back does not count."""

T = TypeVar("T")
Place = Callable[[Temporary], os.stat_result]
"""Gives a file its final name."""

_placing = threading.Lock()
"""Held from the last look at what stands under a name until another file stands there: so of two writers who both
know the old file, the second is told. Another process is not held off by it."""


class Storing:
    """Receives one file into the open folder ``folder``. Every method raises ``Refusal``.

    ``tidy``: what dead writers left in this folder is removed on the way.
    """

    def __init__(self, folder: int, *, tidy: bool = False) -> None:
        try:
            self._temporary = Temporary(folder)
        except OSError as error:
            raise refusal(error, STORING) from error
        self._tidy = tidy
        self._pieces: list[bytes] = []
        self._size = 0

    async def add(self, piece: bytes) -> None:
        """Put ``piece`` at the end; from time to time this waits for the disk."""
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size >= BATCH:
            await _in_thread(self._write_pieces)

    async def finish(self, place: Place) -> os.stat_result:
        """Return when the whole file is on the disk, under the name that ``place`` gives it."""
        return await _in_thread(lambda: self._finish(place))

    async def close(self) -> None:
        """Nothing more comes; what has no final name is removed."""
        self._pieces.clear()
        if self._temporary.closed:
            return
        # Removing a large file takes time too. This is no task: whoever cancels all tasks, as a stop does, could keep
        # one from ever reaching its thread.
        removal = asyncio.get_running_loop().run_in_executor(None, self._temporary.close)
        try:
            await asyncio.shield(removal)
        except OSError as error:
            raise refusal(error, STORING) from error

    def _write_pieces(self) -> None:
        if self._tidy:
            self._tidy = False
            self._temporary.sweep()
        pieces, self._pieces, self._size = self._pieces, [], 0
        self._temporary.write(b"".join(pieces))

    def _finish(self, place: Place) -> os.stat_result:
        self._write_pieces()
        self._temporary.sync()
        with _placing:
            status = place(self._temporary)
        self._temporary.settle()
        self._temporary.close()
        return status


async def _in_thread(work: Callable[[], T]) -> T:
    try:
        return await asyncio.to_thread(work)
    except OSError as error:
        raise refusal(error, STORING) from error
