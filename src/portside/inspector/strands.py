"""One direction of a conversation as a row of bytes: where each byte was captured, and which ones are to be hidden.

A strand keeps no bytes. It knows the pieces that they arrived in, so that a message's packets are found from its
offsets and its bytes are read again from the file. Credentials never come out of a strand: before any of its bytes
are handed out, the protocol's mask has seen what was said up to there (``Hiding``).
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple, Protocol

from portside.interfaces import Role, Span

if TYPE_CHECKING:
    from portside.inspector.hiding import Hiding

HIDDEN = b"*"
WINDOW = 256
"""Bytes that are compared at once."""
NOWHERE = 0
"""The number of the packet that missing bytes arrived in."""


class Stretch(NamedTuple):
    """Bytes ``start`` to ``stop`` of a strand that arrived together in ``carrier``, from its byte ``at`` on."""

    start: int
    stop: int
    carrier: int
    at: int


class Carriers(Protocol):
    """What a strand's pieces lie in: packets, or the records of TLS. Numbers begin at 1."""

    def part(self, number: int, at: int, size: int) -> bytes:
        """``size`` bytes of carrier ``number`` from ``at`` on."""
        ...

    def packets(self, number: int) -> list[int]:
        """The packets that brought this carrier."""
        ...


class Strand:
    """One direction of a stream (or a row of datagrams), seen above its carriers."""

    __slots__ = (
        "_ats",
        "_carriers",
        "_hiding",
        "_mixed",
        "_numbers",
        "_role",
        "_secrets",
        "_sorted",
        "_starts",
        "size",
    )

    def __init__(self, carriers: Carriers, role: Role, hiding: Hiding | None = None) -> None:
        self._carriers = carriers
        self._role = role
        self._hiding = hiding
        if hiding is not None:
            hiding.strands[role] = self
        self._starts = array("Q")
        self._numbers = array("I")
        self._ats = array("I")
        self._secrets: list[Span] = []
        self._mixed = False
        self._sorted: list[int] = []
        self.size = 0

    @property
    def pieces(self) -> int:
        """How many pieces there are."""
        return len(self._starts)

    def whole_pieces(self, index: int, most: int, stop: int) -> tuple[int, int]:
        """How many of the ``most`` pieces from ``index`` on end at byte ``stop`` or before, and where those end."""
        if self.size <= stop and index + most >= len(self._starts):
            return len(self._starts) - index, self.size
        last = bisect_right(self._starts, stop, index, min(index + most + 1, len(self._starts))) - 1
        return (last - index, self._starts[last]) if last > index else (0, stop)

    @property
    def masked(self) -> bool:
        """Whether credentials are looked for in what it carries."""
        return self._hiding is not None

    def miss(self, count: int) -> None:
        """The next ``count`` bytes were not captured."""
        self.add(NOWHERE, 0, count)

    def add(self, carrier: int, at: int, size: int) -> None:
        """The next ``size`` bytes lie in ``carrier`` from its byte ``at`` on."""
        if self._hiding is not None:
            self._hiding.order.append(self._role is Role.SERVER)
        if self._numbers and carrier < self._numbers[-1]:
            self._mixed = True
        self._starts.append(self.size)
        self._numbers.append(carrier)
        self._ats.append(at)
        self.size += size

    def piece(self, index: int) -> tuple[int, int, bytes | None]:
        """Where piece ``index`` begins and ends, and its bytes as they were captured; None where they were not."""
        start = self._starts[index]
        stop = self._starts[index + 1] if index + 1 < len(self._starts) else self.size
        carrier = self._numbers[index]
        data = None if carrier == NOWHERE else self._carriers.part(carrier, self._ats[index], stop - start)
        return start, stop, data

    def note_secrets(self, offset: int, data: bytes, hidden: bytes) -> None:
        """The bytes ``data`` from ``offset`` on are to be shown as ``hidden``."""
        start = 0
        while start < len(data):
            at = _first_difference(data, hidden, start)
            if at < 0:
                return
            stop = at
            while stop < len(data) and hidden[stop : stop + 1] == HIDDEN:
                stop += 1
            stop = max(stop, at + 1)
            insort(self._secrets, (offset + at, offset + stop))
            start = stop

    # ------------------------------------------------------------------------------------------- asking

    def stretches(self, start: int, stop: int) -> Iterator[Stretch]:
        """The pieces in which bytes ``start`` to ``stop`` arrived, in order."""
        stop = min(stop, self.size)
        index = max(0, bisect_right(self._starts, start) - 1)
        while index < len(self._starts) and self._starts[index] < stop:
            first = self._starts[index]
            end = self._starts[index + 1] if index + 1 < len(self._starts) else self.size
            low, high = max(start, first), min(stop, end)
            if low < high:
                yield Stretch(low, high, self._numbers[index], self._ats[index] + low - first)
            index += 1

    def carriers(self, start: int, stop: int) -> tuple[int, int]:
        """The first and the last carrier of bytes ``start`` to ``stop``; (0, 0) where there are none."""
        if not start < min(stop, self.size):
            return 0, 0
        numbers = self._numbers[bisect_right(self._starts, start) - 1 : bisect_left(self._starts, stop)]
        if NOWHERE in numbers:
            numbers = array("I", filter(None, numbers))
        return (numbers[0], numbers[-1]) if numbers else (0, 0)

    def within(self, carrier: int, start: int, stop: int) -> list[Stretch]:
        """What of bytes ``start`` to ``stop`` lies in ``carrier``."""
        found = []
        for one in self.carried(carrier):
            low, high = max(start, one.start), min(stop, one.stop)
            if low < high:
                found.append(Stretch(low, high, carrier, one.at + low - one.start))
        return found

    def carried(self, carrier: int) -> list[Stretch]:
        """What of this strand ``carrier`` brought."""
        if self._mixed:
            numbers = self._numbers
            if len(self._sorted) != len(numbers):
                self._sorted = sorted(range(len(numbers)), key=numbers.__getitem__)
            low = bisect_left(self._sorted, carrier, key=numbers.__getitem__)
            indices = self._sorted[low : bisect_right(self._sorted, carrier, key=numbers.__getitem__)]
        else:
            indices = list(range(bisect_left(self._numbers, carrier), bisect_right(self._numbers, carrier)))
        found = []
        for index in indices:
            end = self._starts[index + 1] if index + 1 < len(self._starts) else self.size
            found.append(Stretch(self._starts[index], end, carrier, self._ats[index]))
        return found

    def packets(self, start: int, stop: int) -> list[int]:
        """The packets that brought bytes ``start`` to ``stop``, each once, in the order of the bytes."""
        found: dict[int, None] = {}
        for stretch in self.stretches(start, stop):
            if stretch.carrier != NOWHERE:
                found.update(dict.fromkeys(self._carriers.packets(stretch.carrier)))
        return list(found)

    def read(self, start: int, stop: int) -> bytes:
        """Those bytes, credentials hidden, zeros in place of what is missing."""
        data = b"".join(self._read(stretch) for stretch in self.stretches(start, stop))
        return self.hide(data, start)

    def _read(self, stretch: Stretch) -> bytes:
        size = stretch.stop - stretch.start
        return bytes(size) if stretch.carrier == NOWHERE else self._carriers.part(stretch.carrier, stretch.at, size)

    def hide(self, data: bytes, start: int) -> bytes:
        """``data``, which are this strand's bytes from ``start`` on, with its credentials hidden."""
        spans = self.secrets(start, start + len(data))
        if not spans:
            return data
        hidden = bytearray(data)
        for low, high in spans:
            hidden[low - start : high - start] = HIDDEN * (high - low)
        return bytes(hidden)

    def secrets(self, start: int, stop: int) -> list[Span]:
        """The credentials within bytes ``start`` to ``stop``."""
        if self._hiding is not None:
            self._hiding.reach(self._role, start, min(stop, self.size))
        found = []
        index = max(0, bisect_left(self._secrets, (start, start)) - 1)
        while index < len(self._secrets) and self._secrets[index][0] < stop:
            low, high = max(start, self._secrets[index][0]), min(stop, self._secrets[index][1])
            if low < high:
                found.append((low, high))
            index += 1
        return found


def _first_difference(data: bytes, hidden: bytes, start: int) -> int:
    """Where the two differ first from ``start`` on, or -1; most of a long piece is the same, so window by window."""
    for low in range(start, len(data), WINDOW):
        if data[low : low + WINDOW] != hidden[low : low + WINDOW]:
            return next(at for at in range(low, len(data)) if data[at] != hidden[at])
    return -1
