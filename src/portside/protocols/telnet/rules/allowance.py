"""How much somebody may negotiate: a burst, and a rate in the long run."""

from __future__ import annotations

from portside.errors import LimitExceeded


class Allowance:
    """``at_once`` commands, of which ``per_second`` come back."""

    __slots__ = ("_at_once", "_left", "_per_second", "_since")

    def __init__(self, at_once: int, per_second: float) -> None:
        self._at_once = self._left = float(at_once)
        self._per_second = per_second
        self._since: float | None = None

    def spend(self, now: float) -> None:
        """One more. Raises ``LimitExceeded`` where there are none left."""
        since = now if self._since is None else self._since
        self._since = now
        self._left = min(self._at_once, self._left + (now - since) * self._per_second) - 1
        if self._left < 0:
            raise LimitExceeded(f"the other side negotiates without an end (more than {self._per_second:g}/s)")
