"""What may be tried again, and when (RFC 9110 §9.2.2, §10.2.3).

Pauses grow twofold and are drawn by lot between nothing and the whole (full jitter), so that many clients do not
come back all at once. What the server asks for by ``Retry-After`` counts more, up to a limit.
"""

from __future__ import annotations

import re

from portside.errors import BrokenPromise, ConnectError, ConnectionLost, PortsideError, ResolveError, TimedOut
from portside.protocols.http.syntax.dates import parse_date

FIRST_PAUSE = 0.5
"""Seconds of the first pause, at most."""
LONGEST_PAUSE = 30.0
"""Seconds of any pause that we choose."""
LONGEST_WISH = 120.0
"""Seconds that a server may make us wait; where it wants more, the answer it gave is the answer."""

_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
_PASSING = frozenset({408, 429, 502, 503, 504})
_is_seconds = re.compile(rb"[0-9]{1,9}").fullmatch


def is_repeatable(method: str) -> bool:
    """Whether saying it twice means the same as saying it once."""
    return method in _IDEMPOTENT


def worth_a_retry(status: int, error: PortsideError | None) -> bool:
    """Whether what went wrong may pass by itself."""
    if error is None:
        return status in _PASSING
    return isinstance(error, ConnectError | ConnectionLost | ResolveError | TimedOut | BrokenPromise)


def pause_before(attempt: int, retry_after: bytes | None, now: float, draw: float) -> float | None:
    """Seconds before the retry number ``attempt`` (from 1); ``draw`` is from 0 to 1, ``now`` since the epoch.

    None where the server asks for more than ``LONGEST_WISH``.
    """
    wish = _wish(retry_after, now)
    if wish is not None:
        return wish if wish <= LONGEST_WISH else None
    return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(attempt - 1, 16)) * draw


def _wish(retry_after: bytes | None, now: float) -> float | None:
    if retry_after is None:
        return None
    if _is_seconds(retry_after):
        return float(int(retry_after))
    date = parse_date(retry_after, now)
    return None if date is None else max(0.0, date - now)
