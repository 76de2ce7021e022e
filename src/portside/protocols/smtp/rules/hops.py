"""Counts the hops of a message while it comes: one ``Received`` field each (RFC 5321 §6.3)."""

from __future__ import annotations

LARGEST_HEADER = 1024 * 1024
"""Octets that are looked at for a header section; a longer one is no sender's, and its end is taken as reached."""
_FIELD = b"\nreceived:"


class Hops:
    """``look`` at each piece of the content; ``count`` grows until the header section ends."""

    __slots__ = ("_seen", "_tail", "count", "over")

    def __init__(self) -> None:
        self.count = 0
        self.over = False
        self._tail = b"\r\n"  # what comes first begins a line
        self._seen = 0

    def look(self, data: bytes) -> None:
        """This has come of the content."""
        if self.over:
            return
        data = self._tail + data
        end = data.find(b"\r\n\r\n")
        head = data if end < 0 else data[: end + 2]
        self.count += head.lower().count(_FIELD)
        self._seen += len(data)
        self.over = end >= 0 or self._seen > LARGEST_HEADER
        self._tail = head[-(len(_FIELD) - 1) :]
