"""How large and how slow the other side may be, each limit with its reason."""

from __future__ import annotations

from dataclasses import dataclass, field

from portside.protocols.http.syntax.heads import HeadLimits


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """What a server puts up with. Sizes are bytes, times are seconds; a time of 0 means no limit.

    - ``heads``: the size of a request's head.
    - ``body``: the size of a request's body; large enough for a film, small enough to notice a mistake.
    - ``first_byte``: how long a new connection may be silent.
    - ``head_time``: how long a whole head may take, from its first byte; one that drips is cut off.
    - ``idle``: how long a connection is kept between requests (browsers give up after 60 to 300).
    - ``body_grace`` and ``body_rate``: a body may take the grace, and one second more for each ``body_rate`` bytes
      that have come: a slow line passes, a dripping one doesn't; ``body_stall`` is the longest that it may stand
      still, however much came before.
    - ``discard``: how much of a body that nobody wants is read so that the connection can be kept.
    - ``linger``: how long we wait, after an answer that closes, for them to have read it.
    """

    heads: HeadLimits = field(default_factory=HeadLimits)
    body: int = 16 * 1024**3
    first_byte: float = 30.0
    head_time: float = 30.0
    idle: float = 75.0
    body_grace: float = 30.0
    body_rate: float = 1000.0
    body_stall: float = 300.0
    discard: int = 256 * 1024
    linger: float = 2.0

    def body_until(self, until: float, count: int, now: float) -> float:
        """When a body that had time ``until`` is late, now that ``count`` bytes more have come."""
        longer = until + count / self.body_rate if self.body_rate else until
        return min(longer, now + self.body_stall) if self.body_stall else longer
