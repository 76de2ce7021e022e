"""What one server remembers across its connections, so that it need not think twice. Bounded, and never wrong."""

from __future__ import annotations

from collections.abc import Callable

from portside.interfaces import Outputs, Send
from portside.protocols.http.messages import Response
from portside.protocols.http.rules.answers import Turn
from portside.protocols.http.syntax.dates import serialise_date
from portside.syntax.recall import Recall

TURNS_REMEMBERED = 1024
"""Heads kept: the same few come again and again, or none does."""
LARGEST_REMEMBERED = 4096
"""Bytes of the largest head kept."""
REPLIES_REMEMBERED = 1024
"""Replies kept, each as long as a small body."""


class ServerMemory:
    """Heads that came before with what they mean, and replies that were said before with their bytes.

    ``wall_clock`` gives seconds since the epoch, for the Date field.
    """

    def __init__(self, wall_clock: Callable[[], float]) -> None:
        self._recall: Recall[bytes, Turn] = Recall(TURNS_REMEMBERED)
        self.turns = self._recall.known
        self.replies: dict[Response, tuple[float, Outputs]] = {}
        self._wall_clock = wall_clock
        self._date_line = b""
        self._date_until = float("-inf")

    def remember(self, head: bytes, turn: Turn) -> Turn:
        """``turn``, lasting from the second time that ``head`` comes; so a flood of unlike heads costs little."""
        if len(head) <= LARGEST_REMEMBERED and self._recall.keep(head, turn):
            turn.last()
        return turn

    def remember_reply(self, response: Response, outputs: Outputs) -> None:
        """These are the outputs for ``response`` until the date changes."""
        if all(type(output) is Send for output in outputs):
            if len(self.replies) >= REPLIES_REMEMBERED:
                self.replies.clear()
            self.replies[response] = (self._date_until, outputs)

    def date_line(self, now: float) -> tuple[bytes, bytes]:
        """The Date field (RFC 9110 §6.6.1); made once a second."""
        if now >= self._date_until:
            wall = self._wall_clock()
            self._date_line = serialise_date(wall)
            self._date_until = now + 1.0 - wall % 1.0
        return b"Date", self._date_line
