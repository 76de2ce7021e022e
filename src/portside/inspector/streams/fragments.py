"""Putting fragmented IP packets together again (RFC 791 §3.2, RFC 8200 §4.5)."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from portside.inspector.layers.decode import Decoded, Fragment, transport

MOST_WAITING = 256
"""Packets whose fragments are waited for; the oldest is given up for a further one."""
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
    size: int = -1


class Fragments:
    """All fragments that wait for others."""

    __slots__ = ("_waiting", "given_up")

    def __init__(self) -> None:
        self._waiting: dict[Key, _Waiting] = {}
        self.given_up = 0

    def add(self, fragment: Fragment, data: bytes, number: int) -> Whole | None:
        """``fragment`` is in the frame ``data`` of packet ``number``; returns the packet that it completes.

        Overlapping fragments are no accident (RFC 5722): such a packet is given up.
        """
        key = (fragment.source, fragment.target, fragment.which, fragment.protocol)
        waiting = self._waiting.get(key)
        if waiting is None:
            if len(self._waiting) >= MOST_WAITING:
                del self._waiting[next(iter(self._waiting))]
                self.given_up += 1
            waiting = self._waiting[key] = _Waiting()
        payload = data[fragment.start : fragment.stop]
        known = waiting.parts.get(fragment.offset)
        if known is not None and known[0] == payload:
            return None
        waiting.parts[fragment.offset] = (payload, number, fragment.start)
        if not fragment.more:
            waiting.size = fragment.offset + len(payload)
        if fragment.offset + len(payload) > LARGEST or known is not None or _overlap(waiting.parts):
            del self._waiting[key]
            self.given_up += 1
            return None
        return self._whole(key, waiting, fragment)

    def _whole(self, key: Key, waiting: _Waiting, fragment: Fragment) -> Whole | None:
        if sum(len(part) for part, _, _ in waiting.parts.values()) != waiting.size:
            return None
        del self._waiting[key]
        parts = sorted(waiting.parts.items())
        data = b"".join(part for _, (part, _, _) in parts)
        pieces = tuple((number, at, at + len(part)) for _, (part, number, at) in parts)
        try:
            decoded = transport(fragment.protocol, *key[:2], data, 0, len(data), len(data))
        except struct.error:  # too short for its header
            decoded = None
        return None if decoded is None else Whole(decoded, data, pieces)


def _overlap(parts: dict[int, tuple[bytes, int, int]]) -> bool:
    end = 0
    for offset, (data, _, _) in sorted(parts.items()):
        if offset < end:
            return True
        end = offset + len(data)
    return False
