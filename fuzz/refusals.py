"""A refusal is right only with a status that says what is wrong."""

from __future__ import annotations

from portside.errors import RemoteError


def check_status(refused: RemoteError, *allowed: int) -> int:
    """The status of ``refused``, which has to be one of ``allowed``."""
    if refused.status not in allowed:
        raise AssertionError(f"refused with {refused.status}: {refused}")
    return refused.status
