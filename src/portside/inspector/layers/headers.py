"""The complete way through a frame that somebody has opened: every header, every field, with its meaning.

Spans count from the first byte of the frame. Nothing here raises: a header that is cut short is shown as far as it
goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from portside.interfaces import Span
from portside.protocols.explaining import Field


@dataclass(slots=True)
class Header:
    """One envelope: ``span`` is all of it in the frame, ``inner`` what it carries there (None: nothing known)."""

    name: str
    protocol: str
    span: Span
    inner: Span | None
    fields: Sequence[Field]
    note: str = ""


@dataclass(slots=True)
class Form:
    """Fills in the fields of one header of ``data`` that begins at ``at``."""

    data: bytes
    at: int
    source: str
    fields: list[Field] = field(default_factory=list)

    def number(self, place: int, size: int) -> int:
        """The number in ``size`` bytes at ``place`` of the header; missing bytes count as zeros."""
        start = self.at + place
        return int.from_bytes(self.data[start : start + size].ljust(size, b"\0"))

    def raw(self, place: int, size: int) -> bytes:
        """``size`` bytes at ``place``, fewer where the frame ends."""
        return self.data[self.at + place : self.at + place + size]

    def add(
        self,
        name: str,
        place: int,
        size: int,
        value: object = None,
        meaning: str = "",
        source: str = "",
        parts: Sequence[Field] = (),
    ) -> None:
        """One more field of ``size`` bytes at ``place``; without a ``value`` it is the number that stands there."""
        start = min(self.at + place, len(self.data))
        stop = min(self.at + place + size, len(self.data))
        shown = f"{self.number(place, size):,}" if value is None else str(value)
        self.fields.append(Field(name, (start, stop), shown, meaning, source or self.source, tuple(parts)))

    def part(self, name: str, place: int, size: int, value: object, meaning: str = "", source: str = "") -> Field:
        """A part of a field, such as one bit of it."""
        start, stop = min(self.at + place, len(self.data)), min(self.at + place + size, len(self.data))
        return Field(name, (start, stop), str(value), meaning, source or self.source)


def checksum(data: bytes) -> int:
    """The Internet checksum of ``data`` (RFC 1071): 0 where it holds a right one already."""
    if len(data) % 2:
        data += b"\0"
    total = int.from_bytes(data) % 0xFFFF
    return 0xFFFF - total if total or not any(data) else 0
