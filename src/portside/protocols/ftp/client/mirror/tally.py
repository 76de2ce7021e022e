"""What a mirror came to."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Tally:
    """Files that were ``fetched`` or stored, were the ``same`` already, or went (``deleted``), and ``bytes`` moved.

    - ``listed``: bytes of all that has to move, as far as it is known yet.
    - ``skipped``: links and such, which have no counterpart. ``failures``: what could not be done, one line each.
    """

    moved: int = 0
    same: int = 0
    deleted: int = 0
    bytes: int = 0
    listed: int = 0
    skipped: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def reason_of(error: Exception) -> str:
    """Why something could not be done, in a few words."""
    return (error.strerror or str(error)).lower() if isinstance(error, OSError) else str(error)
