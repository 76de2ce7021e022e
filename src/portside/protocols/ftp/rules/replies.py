"""Replies out of a stream of bytes, in any split (RFC 959 §4.2)."""

from __future__ import annotations

from collections.abc import Iterator

from portside.errors import LimitExceeded
from portside.protocols.ftp.messages import Reply
from portside.protocols.ftp.syntax.lines import is_last, parse_reply

LONGEST_LINE = 8 * 1024
"""Bytes of one line: a path of 4,096 bytes with every quote doubled still fits."""
LINE_END = 2
"""Bytes that an empty line counts for: nothing that comes is free."""
LONGEST_REPLY = 1024 * 1024
"""Bytes of a whole reply: STAT lists folders in one."""


class ReplyReader:
    """Collects the lines of one reply after the other."""

    __slots__ = ("_at", "_code", "_lines", "_rest", "_size")

    def __init__(self) -> None:
        self._rest = b""
        self._at = 0  # where the next line begins
        self._lines: list[bytes] = []
        self._code = b""
        self._size = 0

    @property
    def begun(self) -> bool:
        """Whether something has come that is no whole reply yet."""
        return self._at < len(self._rest) or bool(self._lines)

    def read(self, data: bytes) -> Iterator[Reply]:
        """The replies that ``data`` completes. Raises ``LimitExceeded``, and ``RemoteError`` for what is no reply.

        What follows a reply is looked at only when the next one is asked for.
        """
        self._rest = self._rest[self._at :] + data
        self._at = 0
        while (end := self._rest.find(b"\n", self._at)) >= 0:
            line, self._at = self._rest[self._at : end].removesuffix(b"\r"), end + 1
            self._bound(line)
            if self._is_last(line):
                lines, self._lines, self._code, self._size = self._lines, [], b"", 0
                yield parse_reply(lines)
        self._bound(self._rest[self._at :])

    def _bound(self, line: bytes) -> None:
        if len(line) > LONGEST_LINE:
            raise LimitExceeded(f"a reply of the server has a line of more than {LONGEST_LINE:,} bytes")

    def _is_last(self, line: bytes) -> bool:
        self._size += len(line) + LINE_END
        if self._size > LONGEST_REPLY:
            raise LimitExceeded(f"a reply of the server is longer than {LONGEST_REPLY:,} bytes")
        self._lines.append(line)
        if self._code:
            return is_last(line, self._code)
        if line[3:4] == b"-":
            self._code = line[:3]
        return not self._code
