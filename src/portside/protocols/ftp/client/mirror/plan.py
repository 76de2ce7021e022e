"""What a mirror has to do with one file: whether it is the same on both sides.

Two files are taken for the same where their sizes and their times agree, the times as precisely as the less precise of
the two is known. Where the receiving side cannot keep a file's time, it is enough that its copy is not older.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

SECOND = 1.0
MINUTE = 60.0
DAY = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Leaf:
    """A file on one side. ``modified``: seconds since the epoch (None: unknown), known to ``precision`` seconds."""

    size: int | None
    modified: float | None
    precision: float = SECOND


class Verdict(Enum):
    """What to do."""

    SAME = "same"
    NEW = "new"
    CHANGED = "changed"


def judge(source: Leaf, copy: Leaf | None, *, times_kept: bool = True) -> Verdict:
    """What to do with ``source``, whose copy on the other side is ``copy`` (None: there is none).

    ``times_kept``: copies are given the time of their source.
    """
    if copy is None:
        return Verdict.NEW
    if source.size is None or copy.size is None or source.size != copy.size:
        return Verdict.CHANGED
    if source.modified is None or copy.modified is None:
        return Verdict.SAME  # nobody knows more than the size
    same = _agree(source, copy) if times_kept else _not_older(source, copy)
    return Verdict.SAME if same else Verdict.CHANGED


def _agree(source: Leaf, copy: Leaf) -> bool:
    assert source.modified is not None and copy.modified is not None
    precision = max(source.precision, copy.precision)
    if precision <= SECOND:
        return math.floor(source.modified) == math.floor(copy.modified)
    return abs(source.modified - copy.modified) < precision


def _not_older(source: Leaf, copy: Leaf) -> bool:
    assert source.modified is not None and copy.modified is not None
    return copy.modified + copy.precision > source.modified
