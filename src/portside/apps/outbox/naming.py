"""Names of queued messages: in the order of time, short enough to type, and fit for a file's name."""

from __future__ import annotations

from collections.abc import Callable

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""No letter that is taken for another or for a digit, in the order of ASCII."""
TIME_DIGITS = 9
"""Of five bits each: milliseconds since 1970 for 1,100 years."""
LOT_DIGITS = 5
"""Drawn by lot: of two processes that name a message in the same millisecond both draw the same once in 33 million
times, and then one message is refused."""


class Names:
    """The names that one process gives: none twice. ``draw`` gives that many random octets."""

    def __init__(self, draw: Callable[[int], bytes]) -> None:
        self._draw = draw
        self._latest = 0
        self._given: set[str] = set()

    def of(self, now: float) -> str:
        """The name of a message that comes ``now``."""
        if _milliseconds(now) != self._latest:
            self._latest = _milliseconds(now)
            self._given.clear()
        while (name := name_of(now, self._draw)) in self._given:
            pass
        self._given.add(name)
        return name


def name_of(now: float, draw: Callable[[int], bytes]) -> str:
    """A name that was perhaps given before; ``draw`` gives that many random octets."""
    return _digits(_milliseconds(now), TIME_DIGITS) + _digits(int.from_bytes(draw(4), "big"), LOT_DIGITS)


def _milliseconds(now: float) -> int:
    return int(now * 1000)


def _digits(number: int, count: int) -> str:
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(count)))
