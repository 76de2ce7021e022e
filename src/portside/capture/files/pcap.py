"""Reading classic pcap files (draft-ietf-opsawg-pcap): one header, then packet after packet of one link type."""

from __future__ import annotations

from struct import Struct

from portside.capture.files.items import Interface, Item, Packet, Remark

MAGICS = {
    bytes.fromhex("a1b2c3d4"): (">", 1000),
    bytes.fromhex("d4c3b2a1"): ("<", 1000),
    bytes.fromhex("a1b23c4d"): (">", 1),
    bytes.fromhex("4d3cb2a1"): ("<", 1),
}
"""How a file begins: its byte order, and how many ns one tick of its fractions of a second has."""
HEADER = 24
RECORD = 16
LONGEST_PACKET = 16 * 1024 * 1024
"""Bytes of a packet at most; more is damage. (The snap length in the header is often a lie.)"""


class PcapReader:
    """Takes a pcap file in pieces."""

    def __init__(self, magic: bytes) -> None:
        """``magic`` is the file's first four bytes, one of ``MAGICS``."""
        order, self._tick = MAGICS[magic]
        self._record = Struct(f"{order}IIII")
        self._header = Struct(f"{order}IHHiIII")
        self._link = -1
        self._place = 0
        self.lacking = 0
        """Bytes that the packet is short of with which the last buffer ended, as far as that is known."""
        self.broken = False

    def read(self, buffer: bytes) -> tuple[list[Item], int]:
        """What ``buffer`` holds in whole packets, and how many of its bytes those are."""
        items: list[Item] = []
        at = 0
        self.lacking = 0
        size = len(buffer)
        if self._link < 0:
            if size < HEADER:
                return items, 0
            self._link = self._header.unpack_from(buffer, 0)[6] & 0xFFFF  # the bits above tell of a checksum's length
            items.append(Interface(0, self._link))
            at = HEADER
        while size - at >= RECORD and not self.broken:
            seconds, fraction, captured, length = self._record.unpack_from(buffer, at)
            if captured > LONGEST_PACKET:
                self.broken = True
                where = self._place + at
                items.append(Remark(f"damaged at byte {where:,}: a packet claims to have {captured:,} bytes", True))
                break
            start = at + RECORD
            stop = start + captured
            if stop > size:
                self.lacking = stop - size
                break
            time = seconds * 10**9 + fraction * self._tick
            place = self._place + start
            items.append(Packet(time, self._link, buffer[start:stop], max(length, captured), 0, place))
            at = stop
        self._place += at
        return items, at
