"""The lines of the control connection, as they come: whole, in order, and never longer than a limit."""

from __future__ import annotations

import re

from portside.errors import LimitExceeded
from portside.protocols.ftp.syntax.lines import LONGEST_COMMAND, SYNTAX_ERROR

_ABORT = re.compile(rb"(?:^|\n)(?:\xff[\xf0-\xfa])*ABOR[ \t]*\r?\n", re.IGNORECASE)
_STATUS = re.compile(rb"(?:\xff[\xf0-\xfa])*STAT[ \t]*\r?\n", re.IGNORECASE)


class Intake:
    """Keeps what has come until it is asked for."""

    __slots__ = ("_at", "_buffer", "_skipping")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._at = 0  # where the next line begins
        self._skipping = False

    def __len__(self) -> int:
        """Bytes that wait."""
        return len(self._buffer) - self._at

    def feed(self, data: bytes) -> None:
        """This has come."""
        if self._at:
            del self._buffer[: self._at]
            self._at = 0
        self._buffer += data

    def clear(self) -> None:
        """Forget what waits: it was said in the clear, and TLS begins (RFC 4217 §15.1)."""
        self._buffer.clear()
        self._at = 0
        self._skipping = False

    def next(self) -> bytes | None:
        """The next line without its end; None where it has not come yet. Raises ``LimitExceeded`` for one too long."""
        while True:
            end = self._buffer.find(b"\n", self._at)
            if end < 0:
                self._limit()
                return None
            begin, self._at = self._at, end + 1
            if self._skipping:
                self._skipping = False
                continue
            if end - begin > LONGEST_COMMAND:
                raise _too_long()
            return bytes(self._buffer[begin : end - 1 if self._buffer[end - 1 : end] == b"\r" else end])

    def _limit(self) -> None:
        """What has no end yet, and is too long already, is passed over."""
        if self._skipping or len(self) > LONGEST_COMMAND + 1:
            begun, self._skipping = not self._skipping, True
            self._buffer.clear()
            self._at = 0
            if begun:
                raise _too_long()

    @property
    def holds_abort(self) -> bool:
        """Whether ABOR is among the lines that wait."""
        return _ABORT.search(self._buffer, max(self._at - 1, 0)) is not None

    @property
    def begins_with_status(self) -> bool:
        """Whether STAT, without a path, is the next line."""
        return _STATUS.match(self._buffer, self._at) is not None


def _too_long() -> LimitExceeded:
    return LimitExceeded(f"a line of more than {LONGEST_COMMAND:,} bytes is no command", SYNTAX_ERROR)
