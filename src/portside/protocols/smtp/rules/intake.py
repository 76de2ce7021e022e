"""What has come and waits: lines, whole and in order, and octets of contents."""

from __future__ import annotations

from portside.protocols.smtp.syntax.lines import LONGEST_AUTH, LONGEST_COMMAND, longest_line, too_long


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

    @property
    def idle(self) -> bool:
        """Whether nothing waits, and what comes next begins a line."""
        return not self._skipping and len(self._buffer) == self._at

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

        What ends in a bare LF is given as it is, to be refused, and what follows belongs to it up to the next CR LF:
        who takes one line for two carries out commands that a program in between has never seen as such.
        ``of_login``: it answers a challenge, and may have more octets than a command (RFC 4954 §4).
        """
        if self._skipping and not self._skip():
            return None
        end = self._buffer.find(b"\n", self._at) + 1
        if not end:
            self._limit(of_login=of_login)
            return None
        line = bytes(self._buffer[self._at : end])
        self._at = end
        self._skipping = not line.endswith(b"\r\n")
        if len(line) > LONGEST_COMMAND and len(line) > _most(line, of_login=of_login):
            raise too_long(line[:5])
        return line

    def _limit(self, *, of_login: bool) -> None:
        """What has no end yet, and is too long already, is passed over."""
        if len(self) <= LONGEST_COMMAND:  # every line may be as long as that
            return
        begin = bytes(self._buffer[self._at : self._at + 5])
        if len(self) > _most(begin, of_login=of_login):
            self._skipping = True
            self._skip()
            raise too_long(begin)

    def _skip(self) -> bool:
        """Pass over the rest of a line that was refused; whether its end has come."""
        end = self._buffer.find(b"\r\n", self._at) + 2
        if end < 2:
            del self._buffer[: len(self._buffer) - self._buffer.endswith(b"\r")]
            self._at = 0
            return False
        self._at, self._skipping = end, False
        return True


def _most(begin: bytes, *, of_login: bool) -> int:
    """Octets that a line may have which begins so."""
    return LONGEST_AUTH if of_login else longest_line(begin[:5])


def is_one_line(data: bytes) -> bool:
    """Whether ``data`` is one whole line, and short enough to be any."""
    return data.find(b"\n") == len(data) - 1 <= LONGEST_COMMAND - 1 and data.endswith(b"\r\n")
