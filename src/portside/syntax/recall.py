"""A memory for what keeps coming back: programs say the same things again and again, and something new in between."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

SEEN_ONCE = 1024
"""Keys of which only a number is kept until they come again: few, so that a flood of new ones stays in the cache."""

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recall(Generic[K, V]):
    """Keeps a value from the second time that its key comes, ``most`` of them; full, it begins anew.

    So what never comes again takes no place and pushes nothing out. ``known`` is there to be read directly.
    """

    __slots__ = ("_most", "_once", "known")

    def __init__(self, most: int) -> None:
        self.known: dict[K, V] = {}
        self._once: set[int] = set()
        self._most = most

    def keep(self, key: K, value: V) -> bool:
        """Whether ``value`` is what ``known`` says for ``key`` from now on; at the first time it is not."""
        number = hash(key)
        if number not in self._once:
            if len(self._once) >= SEEN_ONCE:
                self._once.clear()
            self._once.add(number)
            return False
        if len(self.known) >= self._most:
            self.known.clear()
        self.known[key] = value
        return True
