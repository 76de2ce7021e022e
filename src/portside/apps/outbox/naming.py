"""Names of queued messages: in the order of time, short enough to type, and fit for a file's name."""

from __future__ import annotations

from collections.abc import Callable

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""No letter that is taken for another or for a digit, in the order of ASCII."""
TIME_DIGITS = 9
"""Of five bits each: milliseconds since 1970 for 1,100 years."""
LOT_DIGITS = 5
"""Drawn by lot: two messages of one millisecond share a name once in 33 million times, and then one is refused."""


def name_of(now: float, draw: Callable[[int], bytes]) -> str:
    """The name of a message that comes ``now``; ``draw`` gives that many random octets."""
    return _digits(int(now * 1000), TIME_DIGITS) + _digits(int.from_bytes(draw(4), "big"), LOT_DIGITS)


def _digits(number: int, count: int) -> str:
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(count)))
