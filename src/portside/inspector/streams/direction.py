"""One direction of a TCP connection: segments in whatever order, bytes out in theirs (RFC 9293 §3.4, §3.10).

A watcher is worse off than the receiver: the capture itself may have lost a segment that the receiver got. So what is
missing is waited for only until the other side acknowledges it; then it will never come, and is a gap.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import NamedTuple

MOST_HELD = 4 * 1024 * 1024
"""Bytes out of order that are kept for one direction: the window of a fast, long way."""
MOST_SEGMENTS = 4096
"""Segments out of order that are kept for one direction."""
WINDOW = 1 << 30
"""The largest window that TCP can have (RFC 7323 §2.3): what lies farther ahead belongs to no conversation."""
LARGEST_GAP = 64 * 1024 * 1024
"""A gap that nobody has acknowledged and that is larger is a stray segment, not a loss."""
_NUMBERS = 1 << 32


class Piece(NamedTuple):
    """Bytes in order: ``offset`` from the first one; they came in ``packet``, from byte ``at`` of its frame on."""

    offset: int
    data: bytes
    packet: int
    at: int


class Gap(NamedTuple):
    """``size`` bytes that were not captured."""

    offset: int
    size: int


InOrder = list[Piece | Gap]


class Direction:
    """What one side sends."""

    __slots__ = (
        "_base", "_fin", "_held", "_held_bytes", "_order", "ack", "acked", "ended", "missing", "next", "repeated",
        "strays",
    )  # fmt: skip

    def __init__(self) -> None:
        self._base: int | None = None
        self._held: dict[int, tuple[bytes, int, int]] | None = None
        self._order: list[int] = []
        self._held_bytes = 0
        self._fin: int | None = None
        self.next = 0
        """The offset of the byte that is to come."""
        self.acked = 0
        """How far the other side has acknowledged."""
        self.ack = -1
        """The number by which it has done so last, since it says the same one again and again."""
        self.ended = False
        self.repeated = 0
        """Segments that brought nothing new."""
        self.missing = 0
        self.strays = 0

    @property
    def known(self) -> bool:
        """Whether a sequence number of this direction was seen."""
        return self._base is not None

    def begin(self, seq: int) -> None:
        """The stream's first byte has the sequence number ``seq``."""
        self._base = seq

    def place(self, seq: int) -> int:
        """The offset that ``seq`` stands for: the one nearest to where we are."""
        assert self._base is not None
        ahead = (seq - self._base - self.next) % _NUMBERS
        return self.next + (ahead - _NUMBERS if ahead >= _NUMBERS // 2 else ahead)

    def add(self, seq: int, data: bytes, wire: int, packet: int, at: int) -> InOrder:
        """A segment with ``data`` that had ``wire`` bytes before the capture cut it."""
        if self._base is None:
            self._base = seq
        reached = self.next
        if (seq - self._base - reached) % _NUMBERS == 0 and not self._held and len(data) == wire:
            self.next = reached + wire
            return [Piece(reached, data, packet, at)]
        offset = self.place(seq)
        if offset + wire <= self.next:
            self.repeated += 1
            return []
        if offset - self.next > WINDOW or (not data and wire):
            return self._cut(offset, wire) if not data else self._stray()
        if offset < self.next:
            skip = self.next - offset
            data, at, offset, wire = data[skip:], at + skip, self.next, wire - skip
        if offset > self.next:
            return self._keep(offset, data, wire, packet, at)
        found: InOrder = [Piece(offset, data, packet, at)] if data else []
        self.next = offset + len(data)
        if len(data) < wire:
            found.append(self._gap(offset + wire))
        return found + self._release() if self._held else found

    def _stray(self) -> InOrder:
        self.strays += 1
        return []

    def _cut(self, offset: int, wire: int) -> InOrder:
        """A segment of which the capture kept not one byte."""
        return [self._gap(offset + wire), *self._release()] if offset <= self.next else []

    def _keep(self, offset: int, data: bytes, wire: int, packet: int, at: int) -> InOrder:
        if self._held is None:
            self._held = {}
        known = self._held.get(offset)
        if known is not None and len(known[0]) >= len(data):
            self.repeated += 1
            return []
        if offset - self.next > LARGEST_GAP and offset > self.acked:
            return self._stray()
        if self._fin is not None and offset >= self._fin:
            return self._stray()  # what would lie behind the end would be waited for without end
        self._held_bytes += len(data) - (0 if known is None else len(known[0]))
        self._hold(offset, data, packet, at)
        beyond = self._fin is not None and offset + wire >= self._fin
        if len(data) < wire and offset + wire not in self._held and not beyond:
            self._hold(offset + wire, b"", packet, at)
        if self._held_bytes > MOST_HELD or len(self._held) > MOST_SEGMENTS:
            return self._skip_to(self._order[0])
        return self._skip_to(self.acked) if self.acked > self.next else []

    def _hold(self, offset: int, data: bytes, packet: int, at: int) -> None:
        assert self._held is not None
        if offset not in self._held:
            insort(self._order, offset)
        self._held[offset] = (data, packet, at)

    def acknowledged(self, ack: int) -> InOrder:
        """The other side has everything before the sequence number ``ack``."""
        if self._base is None:
            self._base = ack
            return []
        offset = self.place(ack)
        if offset <= self.acked:
            return []
        if offset - self.next > LARGEST_GAP and not self._held:
            return []  # it acknowledges what nobody can have sent
        self.acked = offset
        self.ack = ack
        return self._skip_to(offset) if offset > self.next else []

    def lacks(self, ack: int) -> bool:
        """Whether ``ack`` acknowledges bytes, or an end, that have not come; ``known`` has to be true."""
        assert self._base is not None
        if (ack - self._base - self.next) % _NUMBERS == 0:
            return False
        offset = self.place(ack)
        if self._fin is not None and offset > self._fin:
            offset = self._fin  # an end takes a number and no byte
        return 0 < offset - self.next <= LARGEST_GAP

    def _skip_to(self, offset: int) -> InOrder:
        """What lies before ``offset`` will not come any more."""
        found: InOrder = []
        while self.next < offset:
            found += self._release()
            stop = min(offset, self._order[0]) if self._order else offset
            if self._fin is not None and stop > self._fin:
                stop = self._fin  # an end takes a number and no byte
            if stop <= self.next:
                break
            found.append(self._gap(stop))
            found += self._release()
        return found

    def _gap(self, stop: int) -> Gap:
        gap = Gap(self.next, stop - self.next)
        self.missing += gap.size
        self.next = stop
        return gap

    def _release(self) -> InOrder:
        """What was held and is in order now."""
        found: InOrder = []
        held = self._held
        if not held:
            return found
        order = self._order
        used = 0
        for offset in order:
            if offset > self.next:
                break
            used += 1
            data, packet, at = held.pop(offset)
            self._held_bytes -= len(data)
            skip = self.next - offset
            if skip < len(data):
                found.append(Piece(self.next, data[skip:], packet, at + skip))
                self.next = offset + len(data)
        del order[:used]
        if not held:
            self._held = None
        return found

    def fin(self, seq: int) -> None:
        """The stream ends before the sequence number ``seq``."""
        if self._base is None:
            self._base = seq
        self._fin = self.place(seq)
        for offset in self._order[bisect_left(self._order, self._fin) :]:
            self.strays += 1
            self._held_bytes -= len(self._held.pop(offset)[0]) if self._held else 0
        del self._order[bisect_left(self._order, self._fin) :]
        if not self._held:
            self._held = None

    @property
    def at_end(self) -> bool:
        """Whether everything up to the end has come."""
        return self._fin is not None and self.next >= self._fin

    def close(self) -> InOrder:
        """Nothing follows: what is held comes out behind its gap."""
        found: InOrder = []
        while self._held:
            found += self._skip_to(self._order[0])
            if self._order and self._order[0] <= self.next:
                found += self._release()
        return found
