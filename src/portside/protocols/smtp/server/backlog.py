"""Messages that wait for the store: while there are too many octets of them, no content is read."""

from __future__ import annotations

from typing import Protocol


class Held(Protocol):
    """Who is not read for a while."""

    def release(self) -> None: ...


class Backlog:
    """``most`` octets may wait. Whoever brings more is held, and released once half of that has gone."""

    __slots__ = ("_held", "_most", "waiting")

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: set[Held] = set()
        self.waiting = 0

    def add(self, size: int) -> None:
        """A message of so many octets waits."""
        self.waiting += size

    def done(self, size: int) -> None:
        """It is kept, or refused."""
        self.waiting -= size
        if self._held and self.waiting <= self._most // 2:
            held, self._held = self._held, set()
            for each in held:
                each.release()

    @property
    def is_full(self) -> bool:
        """Whether nobody is to be read."""
        return self.waiting > self._most

    def hold(self, who: Held) -> None:
        """``who`` is to be released later."""
        self._held.add(who)

    def forget(self, who: Held) -> None:
        """``who`` has gone."""
        self._held.discard(who)
