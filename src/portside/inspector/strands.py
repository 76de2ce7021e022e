"""One direction of a conversation as a row of bytes: where each byte was captured, and which ones are to be hidden.

A strand keeps no bytes. It knows the pieces that they arrived in, so that a message's packets are found from its
offsets and its bytes are read again from the file. Credentials never come out of a strand: what the protocol's mask
has hidden when the bytes passed is hidden each time that they are read.
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

    __slots__ = ("_ats", "_carriers", "_mask", "_mixed", "_numbers", "_role", "_secrets", "_starts", "size")

    def __init__(self, carriers: Carriers, role: Role, mask: Mask | None = None) -> None:
        self._carriers = carriers
        self._role = role
        self._mask = mask
        self._starts = array("Q")
        self._numbers = array("I")
        self._ats = array("I")
        self._secrets: list[Span] = []
        self._mixed = False
        self.size = 0

    @property
    def masked(self) -> bool:
        """Whether credentials are looked for in what it carries."""
        return self._mask is not None

    def add(self, data: bytes, carrier: int, at: int) -> None:
        """``data`` is the next piece, and lies in ``carrier`` from its byte ``at`` on."""
        if self._mask is not None:
            hidden = self._mask.hide(self._role, data)
            if hidden is not data:
                self._note_secrets(data, hidden)
        self._put(carrier, at, len(data))

    def miss(self, count: int) -> None:
        """The next ``count`` bytes were not captured."""
        if self._mask is not None:
            self._mask.missed(self._role, count)
        self._put(NOWHERE, 0, count)

    def _put(self, carrier: int, at: int, size: int) -> None:
        if self._numbers and carrier < self._numbers[-1]:
            self._mixed = True
        self._starts.append(self.size)
        self._numbers.append(carrier)
        self._ats.append(at)
        self.size += size

    def _note_secrets(self, data: bytes, hidden: bytes) -> None:
        start = 0
        while start < len(data):
            at = _first_difference(data, hidden, start)
            if at < 0:
                return
            stop = at
            while stop < len(data) and hidden[stop : stop + 1] == HIDDEN:
                stop += 1
            stop = max(stop, at + 1)
            self._secrets.append((self.size + at, self.size + stop))
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
