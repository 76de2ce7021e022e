"""One direction of a conversation as a row of bytes: where each byte was captured, and which ones are to be hidden.

A strand keeps no bytes. It knows the pieces that they arrived in, so that a message's packets are found from its
offsets and its bytes are read again from the file. Credentials never come out of a strand: before any of its bytes
are handed out, the protocol's mask has seen all that was said up to there (``Hiding``).
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import NamedTuple, Protocol

from portside.interfaces import Role, Span
from portside.protocols.explaining import Mask

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

    __slots__ = ("_ats", "_carriers", "_hiding", "_mixed", "_numbers", "_role", "_secrets", "_starts", "size")

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
        self.size = 0

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
            self._secrets.append((offset + at, offset + stop))
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

    def carried(self, carrier: int) -> list[Stretch]:
        """What of this strand ``carrier`` brought."""
        if self._mixed:
            indices = [index for index, number in enumerate(self._numbers) if number == carrier]
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
            self._hiding.reach(self._role, min(stop, self.size))
        found = []
        index = max(0, bisect_left(self._secrets, (start, start)) - 1)
        while index < len(self._secrets) and self._secrets[index][0] < stop:
            low, high = max(start, self._secrets[index][0]), min(stop, self._secrets[index][1])
            if low < high:
                found.append((low, high))
            index += 1
        return found


class Hiding:
    """What a conversation's mask has seen so far; it is shown more when somebody asks for bytes beyond.

    A mask has to see both directions in the order in which they were captured. So the strands tell ``order`` whose
    piece each one is, and the pieces are read again when they are needed: most conversations are never opened.
    """

    __slots__ = ("_mask", "_next", "_reached", "_shown", "order", "strands")

    def __init__(self, mask: Mask) -> None:
        self._mask = mask
        self._shown = 0
        self._next = dict.fromkeys(Role, 0)
        self._reached = dict.fromkeys(Role, 0)
        self.order = bytearray()
        """For each piece whether the server has sent it."""
        self.strands: dict[Role, Strand] = {}

    def reach(self, role: Role, stop: int) -> None:
        """Show the mask everything up to byte ``stop`` of ``role``."""
        while self._reached[role] < stop and self._shown < len(self.order):
            who = Role.SERVER if self.order[self._shown] else Role.CLIENT
            start, end, data = self.strands[who].piece(self._next[who])
            self._shown += 1
            self._next[who] += 1
            self._reached[who] = end
            if data is None:
                self._mask.missed(who, end - start)
                continue
            hidden = self._mask.hide(who, data)
            if hidden is not data:
                self.strands[who].note_secrets(start, data, hidden)


def _first_difference(data: bytes, hidden: bytes, start: int) -> int:
    """Where the two differ first from ``start`` on, or -1; most of a long piece is the same, so window by window."""
    for low in range(start, len(data), WINDOW):
        if data[low : low + WINDOW] != hidden[low : low + WINDOW]:
            return next(at for at in range(low, len(data)) if data[at] != hidden[at])
    return -1
