"""How much one visitor may type and say, so that nobody drowns the others."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

LINES, LINES_AT_ONCE = 5.0, 40.0
"""Lines a second that are read from one visitor in the long run, and that may come at once: a pasted way through."""
SAYINGS, SAYINGS_AT_ONCE = 0.7, 8.0
"""Of these, lines that other people have to read: two in three seconds, and eight in one breath."""
PATIENCE = 20
"""Lines too many, after which a visitor is sent away; they are forgiven one by one with each line that is not."""


class Verdict(Enum):
    """What becomes of a line: it is done, or refused with a warning, or refused silently, or it was the last one."""

    FINE = "fine"
    WARN = "warn"
    REFUSE = "refuse"
    CUT = "cut"


@dataclass(slots=True)
class Bucket:
    """Holds up to ``most``, and fills by ``rate`` a second."""

    rate: float
    most: float
    level: float
    at: float

    def takes(self, now: float) -> bool:
        """Take one out; False where it is empty."""
        self.level = min(self.most, self.level + max(0.0, now - self.at) * self.rate)
        self.at = now
        if self.level < 1.0:
            return False
        self.level -= 1.0
        return True


class Flood:
    """Counts one visitor's lines; ``now`` is in seconds and never goes back."""

    def __init__(self, now: float) -> None:
        self._lines = Bucket(LINES, LINES_AT_ONCE, LINES_AT_ONCE, now)
        self._sayings = Bucket(SAYINGS, SAYINGS_AT_ONCE, SAYINGS_AT_ONCE, now)
        self._excess = 0

    def judge(self, now: float, *, loud: bool) -> Verdict:
        """What becomes of a line that comes ``now``, one that others have to read where it is ``loud``."""
        if self._lines.takes(now) and (not loud or self._sayings.takes(now)):
            self._excess = max(0, self._excess - 1)
            return Verdict.FINE
        self._excess += 1
        if self._excess > PATIENCE:
            return Verdict.CUT
        return Verdict.WARN if self._excess == 1 else Verdict.REFUSE
