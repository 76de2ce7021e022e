"""The access log: what was asked, and how it was answered, one line each.

While a request is answered, all that happens here is that a tuple joins a list. Every ``SOON`` seconds, or when the
list is long, its lines are written at once.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from time import time

from portside.interfaces import Door
from portside.protocols.http.messages import Request
from portside.protocols.http.server.log_lines import LINES, Entry
from portside.protocols.http.server.log_writer import LogWriter
from portside.protocols.http.server.settings import LogFormat

SOON = 0.2
"""Seconds that a line waits for others at most."""
BATCH = 512
"""Entries that are written without waiting longer: a few hundred kilobytes of memory."""


class AccessLog:
    """Is the ``Log`` of the exchanges. Raises ``UsageError`` for a ``file`` that cannot be written (None: stderr)."""

    def __init__(self, format: LogFormat, file: Path | None = None) -> None:
        self._lines = LINES[format]()
        self._writer = LogWriter(file, self._lines.gap)
        self._waiting: list[Entry] = []
        self._timer: asyncio.TimerHandle | None = None

    def __call__(self, door: Door, request: Request | None, status: int, size: int) -> None:
        waiting = self._waiting
        waiting.append((time(), door, request, status, size))
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(SOON, self._ring)
        elif len(waiting) >= BATCH:
            self._write()

    def _ring(self) -> None:
        self._timer = None
        self._write()

    def _write(self) -> None:
        if self._waiting:
            self._writer.write(self._lines.write(self._waiting), len(self._waiting))
            self._waiting.clear()

    def flush(self) -> None:
        """Have everything written now. Returns before it is on the disk."""
        self._write()
        self._cancel()

    def reopen(self) -> None:
        """Go on in a new file of the same name, after the old one was moved away (SIGHUP, as log rotation does)."""
        self._write()
        self._writer.reopen()

    def close(self) -> None:
        """Write what waits, and close the file. Waits for a slow one only briefly."""
        self.flush()
        self._writer.close()

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
