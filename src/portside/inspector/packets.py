"""Where each packet of a capture lies: a few numbers for every one, so that a million of them fit into memory.

The bytes themselves stay in the file and are read again when somebody opens a message.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence

from portside.capture.files.items import Packet

Fetch = Callable[[int, int, int], bytes]
"""``fetch(file, place, size)``: bytes of a capture file, fewer where it has become shorter."""
ASSEMBLED = 1 << 31
"""Carriers from this number on are packets put together from fragments; no capture has as many packets."""
Part = tuple[int, int, int]
"""Packet, and where in it the part of a whole begins and ends."""


class Packets:
    """Every packet read so far; ``number`` begins at 1."""

    __slots__ = (
        "_fetch", "_files", "_lengths", "_links", "_places", "_sizes", "_wholes", "comments", "flows", "payloads",
        "times",
    )  # fmt: skip

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._files = array("H")
        self._links = array("H")
        self._places = array("Q")
        self._sizes = array("I")
        self._lengths = array("I")
        self._wholes: list[tuple[Part, ...]] = []
        self.times = array("q")
        """When each was captured, ns; the first packet's at 0."""
        self.flows = array("I")
        """The number of the conversation that each belongs to; 0 for none."""
        self.payloads = array("i")
        """Bytes that each carries for the application: above 0 from the client, below from the server."""
        self.comments: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self.times)

    def extend(self, packets: Sequence[Packet]) -> None:
        """Remember ``packets``: many at once, since each number of each would cost as much as all of its kind."""
        number = len(self.times)
        self._files.extend([packet.file for packet in packets])
        self._links.extend([packet.link for packet in packets])
        self._places.extend([packet.place for packet in packets])
        self._sizes.extend([len(packet.data) for packet in packets])
        self._lengths.extend([packet.length for packet in packets])
        self.times.extend([packet.time for packet in packets])
        self.flows.frombytes(bytes(self.flows.itemsize * len(packets)))
        self.payloads.frombytes(bytes(self.payloads.itemsize * len(packets)))
        for packet in packets:
            number += 1
            if packet.comment:
                self.comments[number] = packet.comment

    def time(self, number: int) -> int:
        """When packet ``number`` was captured, in ns."""
        return self.times[number - 1]

    def link(self, number: int) -> int:
        """Its link type."""
        return self._links[number - 1]

    def length(self, number: int) -> int:
        """Its bytes on the wire."""
        return self._lengths[number - 1]

    def data(self, number: int) -> bytes:
        """Its captured bytes, read again."""
        index = number - 1
        return self._fetch(self._files[index], self._places[index], self._sizes[index])

    def assemble(self, parts: tuple[Part, ...]) -> int:
        """A packet was put together from fragments; returns its number as a carrier (see ``strands.Carriers``)."""
        self._wholes.append(parts)
        return ASSEMBLED + len(self._wholes) - 1

    def packets(self, number: int) -> list[int]:
        """The packets that carrier ``number`` came in: itself, or its fragments."""
        return [number] if number < ASSEMBLED else [part[0] for part in self._wholes[number - ASSEMBLED]]

    def part(self, number: int, at: int, size: int) -> bytes:
        """``size`` bytes of carrier ``number`` from ``at`` on; zeros for those that can't be had any more."""
        if number >= ASSEMBLED:
            parts = self._wholes[number - ASSEMBLED]
            whole = b"".join(self.part(packet, start, stop - start) for packet, start, stop in parts)
            return whole[at : at + size].ljust(size, b"\0")
        index = number - 1
        room = max(0, min(size, self._sizes[index] - at))
        return self._fetch(self._files[index], self._places[index] + at, room).ljust(size, b"\0")
