"""Putting fragmented IP packets together again (RFC 791 §3.2, RFC 8200 §4.5)."""

from __future__ import annotations

import struct
from bisect import bisect_left, insort
from dataclasses import dataclass, field

from portside.inspector.layers.decode import Decoded, Fragment, transport

MOST_WAITING = 256
"""Packets whose fragments are waited for; the oldest is given up for a further one."""
MOST_PARTS = 16_384
"""Fragments that wait, of all packets together: twice as many as one packet can have."""
LARGEST = 65_535
"""Bytes of a whole packet at most."""

Key = tuple[bytes, bytes, int, int]


@dataclass(slots=True)
class Whole:
    """A packet put together: its transport header and payload, and which part of which packet brought each piece."""

    decoded: Decoded
    data: bytes
    pieces: tuple[tuple[int, int, int], ...]

    @property
    def packets(self) -> tuple[int, ...]:
        """The packets that brought it, in the order of its bytes."""
        return tuple(number for number, _, _ in self.pieces)


@dataclass(slots=True)
class _Waiting:
    parts: dict[int, tuple[bytes, int, int]] = field(default_factory=dict)
    order: list[int] = field(default_factory=list)
    have: int = 0
    size: int = -1

    def overlaps(self, offset: int, stop: int) -> bool:
        """Whether bytes ``offset`` to ``stop`` lie over a part that is there."""
        index = bisect_left(self.order, offset)
        before = self.order[index - 1] if index else -1
        if before >= 0 and before + len(self.parts[before][0]) > offset:
            return True
        return index < len(self.order) and self.order[index] < stop

    def add(self, offset: int, part: tuple[bytes, int, int]) -> None:
        """One more part."""
        self.parts[offset] = part
        insort(self.order, offset)
        self.have += len(part[0])


class Fragments:
    """All fragments that wait for others."""

    __slots__ = ("_parts", "_waiting", "given_up")

    def __init__(self) -> None:
        self._waiting: dict[Key, _Waiting] = {}
        self._parts = 0
        self.given_up = 0

    def add(self, fragment: Fragment, data: bytes, number: int) -> Whole | None:
        """``fragment`` is in the frame ``data`` of packet ``number``; returns the packet that it completes.

        Overlapping fragments are no accident (RFC 5722): such a packet is given up.
        """
        key = (fragment.source, fragment.target, fragment.which, fragment.protocol)
        waiting = self._waiting.get(key)
        if waiting is None:
            while len(self._waiting) >= MOST_WAITING or (self._parts >= MOST_PARTS and self._waiting):
                self._give_up(next(iter(self._waiting)))
            waiting = self._waiting[key] = _Waiting()
        payload = data[fragment.start : fragment.stop]
        known = waiting.parts.get(fragment.offset)
        if known is not None and known[0] == payload:
            return None
        stop = fragment.offset + len(payload)
        if stop > LARGEST or known is not None or waiting.overlaps(fragment.offset, stop):
            self._give_up(key)
            return None
        waiting.add(fragment.offset, (payload, number, fragment.start))
        self._parts += 1
        if not fragment.more:
            waiting.size = stop
        return self._whole(key, waiting, fragment)

    def _give_up(self, key: Key) -> None:
        self._forget(key)
        self.given_up += 1

    def _forget(self, key: Key) -> None:
        self._parts -= len(self._waiting.pop(key).parts)

    def _whole(self, key: Key, waiting: _Waiting, fragment: Fragment) -> Whole | None:
        if waiting.have != waiting.size:
            return None
        self._forget(key)
        parts = sorted(waiting.parts.items())
        data = b"".join(part for _, (part, _, _) in parts)
        pieces = tuple((number, at, at + len(part)) for _, (part, number, at) in parts)
        try:
            decoded = transport(fragment.protocol, *key[:2], data, 0, len(data), len(data))
        except struct.error:  # too short for its header
            decoded = None
        return None if decoded is None else Whole(decoded, data, pieces)
