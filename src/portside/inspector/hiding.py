"""Credentials of a conversation, found by its mask when somebody asks for bytes that may hold one.

A mask has to see both directions in the order in which they were captured. So the strands tell ``order`` whose piece
each one is, and the pieces are read again when they are needed: most conversations are never opened. A long one is
not read from its beginning: wherever its reader knows that a new mask hides the same as the old one would, there is a
mark, and masks begin at marks. And what a mask does not look at (a body of known length) is not read for it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from typing import TYPE_CHECKING

from portside.interfaces import Role
from portside.protocols.explaining import Mask

if TYPE_CHECKING:
    from portside.inspector.strands import Strand

BETWEEN_MARKS = 64
"""Pieces between two marks at least: as many are read in a few milliseconds."""


class _Stretch:
    """What lies between two marks, and how much of it its mask has seen."""

    __slots__ = ("begin", "mask", "next", "reached", "shown")

    def __init__(self, begin: Callable[[], Mask], shown: int, following: dict[Role, int], reached: dict[Role, int]):
        self.begin = begin
        self.mask: Mask | None = None
        self.shown = shown
        self.next = following
        self.reached = reached


class Hiding:
    """What the masks of a conversation have seen so far. ``begin`` makes the first one."""

    __slots__ = ("_marks", "_starts", "due", "order", "strands")

    def __init__(self, begin: Callable[[], Mask]) -> None:
        self._marks = [_Stretch(begin, 0, dict.fromkeys(Role, 0), dict.fromkeys(Role, 0))]
        self._starts: dict[Role, list[int]] = {role: [0] for role in Role}
        self.due = BETWEEN_MARKS
        """The number of pieces from which on a further mark is worth something."""
        self.order = bytearray()
        """For each piece whether the server has sent it."""
        self.strands: dict[Role, Strand] = {}

    def mark(self, begin: Callable[[], Mask]) -> None:
        """From here on, masks that ``begin`` makes hide the same as one that has seen everything."""
        sizes = {role: strand.size for role, strand in self.strands.items()}
        counts = {role: strand.pieces for role, strand in self.strands.items()}
        for role, size in sizes.items():
            self._starts[role].append(size)
        self._marks.append(_Stretch(begin, len(self.order), counts, sizes))
        self.due = len(self.order) + BETWEEN_MARKS

    def reach(self, role: Role, start: int, stop: int) -> None:
        """Find the credentials within bytes ``start`` to ``stop`` of ``role``."""
        starts = self._starts[role]
        index = bisect_right(starts, start) - 1
        while index < len(starts) and starts[index] < stop:
            end = self._marks[index + 1].shown if index + 1 < len(starts) else len(self.order)
            self._show(self._marks[index], role, stop, end)
            index += 1

    def _show(self, part: _Stretch, role: Role, stop: int, end: int) -> None:
        """Show the mask of ``part`` everything up to byte ``stop`` of ``role``, or to piece ``end``."""
        if part.mask is None:
            part.mask = part.begin()
        while part.reached[role] < stop and part.shown < end:
            who = Role.SERVER if self.order[part.shown] else Role.CLIENT
            if not self._pass(part, part.mask, who, end):
                self._show_piece(part, part.mask, who)

    def _pass(self, part: _Stretch, mask: Mask, who: Role, end: int) -> bool:
        """Pass over pieces that the mask need not see; False where it has to see the next one."""
        free = mask.harmless(who)
        if not free:
            return False
        turn = self.order.find(not self.order[part.shown], part.shown, end)
        most = (end if turn < 0 else turn) - part.shown
        count, stop = self.strands[who].whole_pieces(part.next[who], most, part.reached[who] + free)
        if not count:
            return False
        mask.missed(who, stop - part.reached[who])
        self._went_on(part, who, count, stop)
        return True

    def _show_piece(self, part: _Stretch, mask: Mask, who: Role) -> None:
        strand = self.strands[who]
        start, stop, data = strand.piece(part.next[who])
        self._went_on(part, who, 1, stop)
        if data is None:
            mask.missed(who, stop - start)
            return
        hidden = mask.hide(who, data)
        if hidden is not data:
            strand.note_secrets(start, data, hidden)

    @staticmethod
    def _went_on(part: _Stretch, who: Role, count: int, stop: int) -> None:
        part.shown += count
        part.next[who] += count
        part.reached[who] = stop
