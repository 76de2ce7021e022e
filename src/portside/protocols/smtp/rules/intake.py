"""What has come and waits: lines, whole and in order, and octets of contents."""

from __future__ import annotations

from portside.protocols.smtp.syntax.lines import LONGEST_AUTH, longest_line, too_long


class Intake:
    """Keeps what has come until it is asked for."""

    __slots__ = ("_at", "_buffer", "_skipping")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._at = 0  # where the next line begins
        self._skipping = False

    def __len__(self) -> int:
        """Octets that wait."""
        return len(self._buffer) - self._at

    def feed(self, data: bytes) -> None:
        """This has come."""
        if self._at:
            del self._buffer[: self._at]
            self._at = 0
        self._buffer += data

    def put_back(self, data: bytes) -> None:
        """This was taken, and belongs to what follows."""
        self._buffer[: self._at] = data
        self._at = 0

    def clear(self) -> None:
        """Forget what waits: it was said in the clear, and TLS begins (RFC 3207 §4.2)."""
        self._buffer.clear()
        self._at = 0
        self._skipping = False

    def take(self, most: int | None = None) -> bytes:
        """All that waits, or ``most`` octets of it."""
        end = len(self._buffer) if most is None else min(self._at + most, len(self._buffer))
        data = bytes(self._buffer[self._at : end])
        self._at = end
        if end == len(self._buffer):
            self._buffer.clear()
            self._at = 0
        return data

    def next(self, *, of_login: bool = False) -> bytes | None:
        """The next line with its end; None where it has not come yet. Raises ``Refusal`` for one too long.

        ``of_login``: it answers a challenge, and may have more octets than a command (RFC 4954 §4).
        """
        buffer = self._buffer
        while True:
            end = buffer.find(b"\n", self._at) + 1
            most = LONGEST_AUTH if of_login else longest_line(bytes(buffer[self._at : self._at + 5]))
            if not end:
                self._limit(most)
                return None
            begin, self._at = self._at, end
            if self._skipping:
                self._skipping = False
            elif end - begin > most:
                raise too_long(bytes(buffer[begin : begin + 5]))
            else:
                return bytes(buffer[begin:end])

    def _limit(self, most: int) -> None:
        """What has no end yet, and is too long already, is passed over."""
        if self._skipping or len(self) > most:
            begun, self._skipping = not self._skipping, True
            begin = bytes(self._buffer[self._at : self._at + 5])
            self._buffer.clear()
            self._at = 0
            if begun:
                raise too_long(begin)
