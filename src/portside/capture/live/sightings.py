"""One packet as the kernel shows it: still in the memory that is shared with it, and as a frame of our own."""

from __future__ import annotations

from dataclasses import dataclass
from mmap import mmap
from typing import NamedTuple

from portside.capture.live.bpf import ETHERNET, LOOPBACK

LINK_ETHERNET, LINK_RAW = 1, 101
"""Link types of capture files: a frame with Ethernet's header, and one that begins with IP's."""
_MACS = 12
"""Bytes of an Ethernet frame before its VLAN tag: the two addresses."""


class Frame(NamedTuple):
    """A packet to be written: ``time`` in ns since 1970, its interface's index, and ``length`` bytes on the wire."""

    time: int
    interface: int
    link: int
    data: bytes
    length: int


@dataclass(slots=True)
class Sighting:
    """A packet that stands in ``memory`` from ``start`` to ``stop``, IP's header at ``network``.

    ``interface`` is an index, ``hardware`` its kind (ARPHRD_*), ``kind`` the direction (PACKET_*), and ``length``
    counts the bytes on the wire, without the VLAN tag that the kernel has taken out.
    """

    time: int
    interface: int
    hardware: int
    kind: int
    memory: bytes | mmap
    start: int
    network: int
    stop: int
    length: int
    vlan: bytes = b""

    def frame(self) -> Frame:
        """A copy that stays: with its VLAN tag where it had one, and without a link header that no file describes."""
        memory, start = self.memory, self.start
        if link_of(self.hardware) == LINK_RAW:
            data = memory[self.network : self.stop]
            return Frame(self.time, self.interface, LINK_RAW, data, self.length - (self.network - start))
        data = memory[start : self.stop]
        if self.vlan:
            data = data[:_MACS] + self.vlan + data[_MACS:]
        return Frame(self.time, self.interface, LINK_ETHERNET, data, self.length + len(self.vlan))


def link_of(hardware: int) -> int:
    """The link type in which packets of this kind of interface are written."""
    return LINK_ETHERNET if hardware in (ETHERNET, LOOPBACK) else LINK_RAW
