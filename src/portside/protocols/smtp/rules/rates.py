"""How much mail one address may send in a minute, over all of its connections."""

from __future__ import annotations

from portside.syntax.hosts import network_of

MINUTE = 60.0
ADDRESSES = 4096
"""Addresses kept in mind; of more than that, those that came longest ago are forgotten."""


class Rate:
    """Allows ``most`` things of one address in a minute, a whole minute's worth at once; 0: any number.

    An IPv6 network of 64 bits counts as one address, since one machine may use all of it.
    """

    __slots__ = ("_left", "_most")

    def __init__(self, most: int) -> None:
        self._most = most
        self._left: dict[str, tuple[float, float]] = {}  # what is left, and since when

    def allows(self, host: str, now: float) -> bool:
        """Whether one more may come from ``host``; then it counts."""
        if not self._most:
            return True
        place = network_of(host)
        left, since = self._left.pop(place, (float(self._most), now))
        left = min(self._most, left + (now - since) * self._most / MINUTE)
        allowed = left >= 1.0
        if len(self._left) >= ADDRESSES:
            del self._left[next(iter(self._left))]
        self._left[place] = (left - 1.0 if allowed else left, now)
        return allowed
