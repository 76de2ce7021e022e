"""Reading pcapng (draft-ietf-opsawg-pcapng): a buffer of bytes in, packets and the rest out.

A file is made of sections, each in its writer's byte order and with interfaces of its own. Blocks of an unknown kind
are skipped, as the format asks. Nothing here raises: where the bytes can't be right, a ``Remark`` says where, and
the reader is ``broken``.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct, error
from typing import Literal

from portside.capture.files import pcapng
from portside.capture.files.items import Interface, Item, Packet, Remark, Secrets

LONGEST_BLOCK = 16 * 1024 * 1024
"""Bytes of a block at most, as in Wireshark: a longer one is damage, or an attack on our memory."""
MOST_INTERFACES = 4096
"""Interfaces of a section at most."""
SMALLEST_BLOCK = 12
EARLIEST, LATEST = -(1 << 62), 1 << 62
"""ns from 1970: the years 1823 and 2116. A clock that tells another time is damaged; differences still fit 64 bits."""

_orders = {
    "<": (Struct("<II"), Struct("<IIIII"), Struct("<HH")),
    ">": (Struct(">II"), Struct(">IIIII"), Struct(">HH")),
}
Options = dict[int, bytes]


class BlockReader:
    """Takes a pcapng file in pieces."""

    def __init__(self) -> None:
        self._order: str = "<"
        self._interfaces: list[tuple[int, int, int, int]] = []
        self._numbers = 0
        self._place = 0
        self.lacking = 0
        """Bytes that the block is short of with which the last buffer ended, as far as that is known."""
        self.broken = False

    def read(self, buffer: bytes) -> tuple[list[Item], int]:
        """What ``buffer`` holds in whole blocks, and how many of its bytes those are."""
        items: list[Item] = []
        at = 0
        size = len(buffer)
        head = _orders[self._order][0]
        self.lacking = 0
        while size - at >= SMALLEST_BLOCK and not self.broken:
            kind, total = head.unpack_from(buffer, at)
            if kind == pcapng.SECTION_HEADER:  # it reads the same in both orders
                order = _section_order(buffer[at + 8 : at + 12])
                if not order:
                    self._break(items, at, "a section begins without its byte order mark")
                    break
                self._order = order
                head = _orders[order][0]
                total = head.unpack_from(buffer, at)[1]
            if total % 4 or not SMALLEST_BLOCK <= total <= LONGEST_BLOCK:
                self._break(items, at, f"a block claims to have {total:,} bytes")
                break
            if size - at < total:
                self.lacking = total - (size - at)
                break
            if buffer[at + total - 4 : at + total] != buffer[at + 4 : at + 8]:
                self._break(items, at, "the two lengths of a block differ")
                break
            try:
                if kind == pcapng.ENHANCED_PACKET:
                    items.append(self._enhanced(buffer, at, total))
                else:
                    self._block(items, kind, buffer, at, total)
            except (error, IndexError, ValueError):
                self._break(items, at, "a block is shorter than what it holds")
                break
            at += total
        self._place += at
        return items, at

    def _break(self, items: list[Item], at: int, what: str) -> None:
        self.broken = True
        items.append(Remark(f"damaged at byte {self._place + at:,}: {what}", broken=True))

    def _block(self, items: list[Item], kind: int, buffer: bytes, at: int, total: int) -> None:
        if kind == pcapng.SECTION_HEADER:
            self._interfaces = []
            comment = self._options(buffer, at + 24, at + total - 4).get(pcapng.OPT_COMMENT)
            if comment:
                items.append(Remark(_text(comment)))
        elif kind == pcapng.INTERFACE:
            items.append(self._interface(buffer, at, total))
        elif kind == pcapng.SECRETS:
            what, length = _orders[self._order][0].unpack_from(buffer, at + 8)
            if what == pcapng.TLS_KEYS:
                items.append(Secrets(buffer[at + 16 : min(at + 16 + length, at + total - 4)]))
        elif kind == pcapng.SIMPLE_PACKET:
            items.append(self._simple(buffer, at, total))
        elif kind == pcapng.OLD_PACKET:
            items.append(self._old(buffer, at, total))

    # ---------------------------------------------------------------------------------------- blocks

    def _interface(self, buffer: bytes, at: int, total: int) -> Interface:
        if len(self._interfaces) >= MOST_INTERFACES:
            raise ValueError
        link = _orders[self._order][2].unpack_from(buffer, at + 8)[0]
        snap = _orders[self._order][0].unpack_from(buffer, at + 8)[1]
        options = self._options(buffer, at + 16, at + total - 4)
        offset = int.from_bytes(options.get(pcapng.IF_TSOFFSET, b"")[:8], self._endian, signed=True)
        resolution = options.get(pcapng.IF_TSRESOL, b"\x06")[0]
        self._interfaces.append((link, snap, _ticks(resolution), offset * 10**9))
        self._numbers += 1
        names = (options.get(code, b"") for code in (pcapng.IF_NAME, pcapng.IF_DESCRIPTION, pcapng.OPT_COMMENT))
        return Interface(self._numbers - 1, link, *map(_text, names))

    def _enhanced(self, buffer: bytes, at: int, total: int) -> Packet:
        which, high, low, captured, length = _orders[self._order][1].unpack_from(buffer, at + 8)
        start = at + 28
        stop = start + captured
        end = at + total - 4
        if stop > end:
            raise ValueError
        link, _, ticks, offset = self._interfaces[which]
        stamp = high << 32 | low
        time = stamp + offset if ticks == 10**9 else stamp * 10**9 // ticks + offset
        if not EARLIEST <= time <= LATEST:
            time = min(max(time, EARLIEST), LATEST)
        wire = length if length > captured else captured
        packet = Packet(time, link, buffer[start:stop], wire, which, self._place + start)
        if end - stop > 4:
            comment = self._options(buffer, stop + (-captured % 4), end).get(pcapng.OPT_COMMENT)
            if comment:
                packet.comment = _text(comment)
        return packet

    def _old(self, buffer: bytes, at: int, total: int) -> Packet:
        which = _orders[self._order][2].unpack_from(buffer, at + 8)[0]
        _, high, low, captured, length = _orders[self._order][1].unpack_from(buffer, at + 8)
        start = at + 28
        if start + captured > at + total - 4:
            raise ValueError
        link, _, ticks, offset = self._interfaces[which]
        time = min(max((high << 32 | low) * 10**9 // ticks + offset, EARLIEST), LATEST)
        data = buffer[start : start + captured]
        return Packet(time, link, data, max(length, captured), which, self._place + start)

    def _simple(self, buffer: bytes, at: int, total: int) -> Packet:
        link, snap, _, _ = self._interfaces[0]
        length = _orders[self._order][0].unpack_from(buffer, at + 4)[1]
        start = at + 12
        captured = min(length, snap or length, total - 16)
        return Packet(0, link, buffer[start : start + captured], length, 0, self._place + start)

    @property
    def _endian(self) -> Literal["little", "big"]:
        return "little" if self._order == "<" else "big"

    def _options(self, buffer: bytes, start: int, stop: int) -> Options:
        """The first of each kind of option between two places; what does not fit is left out."""
        found: Options = {}
        for code, value in _walk(buffer, start, stop, _orders[self._order][2]):
            found.setdefault(code, value)
        return found


def _walk(buffer: bytes, at: int, stop: int, head: Struct) -> Iterator[tuple[int, bytes]]:
    while stop - at >= 4:
        code, length = head.unpack_from(buffer, at)
        at += 4
        if code == pcapng.OPT_END or at + length > stop:
            return
        if length:
            yield code, buffer[at : at + length]
        at += length + (-length % 4)


def _section_order(mark: bytes) -> str:
    value = pcapng.BYTE_ORDER
    return {value.to_bytes(4, "little"): "<", value.to_bytes(4, "big"): ">"}.get(mark, "")


def _ticks(resolution: int) -> int:
    """Ticks of one second: a power of ten, or of two where the first bit is set."""
    return 2 ** (resolution & 0x7F) if resolution & 0x80 else int(10 ** min(resolution, 30))


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace").rstrip("\0")
