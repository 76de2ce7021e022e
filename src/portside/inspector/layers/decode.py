"""The quick way through a packet: whose it is, and where its payload lies.

It is taken for every packet of a capture, so it looks only at what reassembly needs; ``headers`` names the rest when
somebody opens one. Nothing here raises, whatever the bytes.
"""

from __future__ import annotations

from struct import Struct, error

from portside.inspector.layers.links import ETHERNET, ETHERTYPE_IPV4, ETHERTYPE_IPV6, network

TCP, UDP = 6, 17
MOST_EXTENSIONS = 8
"""Extension headers of an IPv6 packet at most; each kind is meant to come once (RFC 8200 §4.1)."""
HOP_BY_HOP, ROUTING, FRAGMENT, DESTINATION, AUTHENTICATION = 0, 43, 44, 60, 51
FIN, SYN, RST, PSH, ACK, URG, ECE, CWR = (1 << bit for bit in range(8))

_USUAL = b"\x08\0\x45"
"""IPv4's type in an Ethernet frame, and a header of 20 bytes behind it."""
_tcp = Struct(">HHIIBBH")
_ipv4 = Struct(">BxHHHBBxx4s4s")
_ipv6 = Struct(">BxxxHBx16s16s")
_udp = Struct(">HHH")
_usual = Struct(">xxHxxHxBxx4s4sHHIIBBH")
"""Behind the first byte of IPv4: all of it without options, and TCP."""


class Decoded:
    """A TCP segment or UDP datagram (``protocol`` 6 or 17; of any other only the addresses are known).

    ``source`` and ``target`` are raw addresses; the payload lies from ``start`` to ``stop`` of the frame, and had
    ``wire`` bytes before the capture cut it. Its own header begins at ``header``. ``key``: both addresses and both
    ports as they stand in the packet, to tell conversations apart.
    """

    __slots__ = (
        "ack", "flags", "header", "key", "protocol", "seq", "source", "source_port", "start", "stop", "target",
        "target_port", "window", "wire",
    )  # fmt: skip

    def __init__(
        self,
        protocol: int,
        source: bytes,
        target: bytes,
        start: int,
        stop: int,
        wire: int,
        header: int = 0,
        key: bytes = b"",
        source_port: int = 0,
        target_port: int = 0,
        seq: int = 0,
        ack: int = 0,
        flags: int = 0,
        window: int = 0,
    ) -> None:
        self.protocol = protocol
        self.source = source
        self.target = target
        self.start = start
        self.stop = stop
        self.wire = wire
        self.header = header
        self.key = key
        self.source_port = source_port
        self.target_port = target_port
        self.seq = seq
        self.ack = ack
        self.flags = flags
        self.window = window


def reverse(key: bytes) -> bytes:
    """The ``key`` of what comes back."""
    size = (len(key) - 4) // 2
    return key[size : 2 * size] + key[:size] + key[-2:] + key[-4:-2]


class Fragment:
    """A part of an IP packet: ``offset`` counts bytes of the whole one's payload."""

    __slots__ = ("more", "offset", "protocol", "source", "start", "stop", "target", "which")

    def __init__(
        self, which: int, offset: int, more: bool, protocol: int, source: bytes, target: bytes, start: int, stop: int
    ) -> None:
        self.which = which
        self.offset = offset
        self.more = more
        self.protocol = protocol
        self.source = source
        self.target = target
        self.start = start
        self.stop = stop


def decode(link: int, data: bytes) -> Decoded | Fragment | None:
    """What the frame carries; None for what is neither IPv4 nor IPv6, and for damage."""
    try:
        if link == ETHERNET and data[12:15] == _USUAL and data[23] == TCP:
            found = _decode_usual(data)
            if found is not None:
                return found
        kind, at = network(link, data)
        if kind == ETHERTYPE_IPV4:
            return _decode_ipv4(data, at)
        if kind == ETHERTYPE_IPV6:
            return _decode_ipv6(data, at)
    except (error, IndexError):
        pass
    return None


def _decode_usual(data: bytes) -> Decoded | None:
    """The same as the long way for what most packets are: TCP in whole IPv4 without options; None for another one."""
    total, fragment, protocol, source, target, source_port, target_port, seq, ack, offset, flags, window = (
        _usual.unpack_from(data, 14)
    )
    size = len(data)
    end = 14 + total if total else size
    start = 34 + (offset >> 4) * 4
    if fragment & 0x3FFF or start < 54 or start > end:
        return None
    stop = end if end < size else size
    return Decoded(
        protocol, source, target, start if start < stop else stop, stop, end - start, 34, data[26:38],
        source_port, target_port, seq, ack, flags, window,
    )  # fmt: skip


def _decode_ipv4(data: bytes, at: int) -> Decoded | Fragment | None:
    first, total, which, offset, _, protocol, source, target = _ipv4.unpack_from(data, at)
    header = (first & 15) * 4
    if first >> 4 != 4 or header < 20:
        return None
    end = at + total if total else len(data)  # offloading leaves the length to the card
    start = at + header
    stop = min(end, len(data))
    if offset & 0x3FFF:
        place = (offset & 0x1FFF) * 8
        return Fragment(which, place, bool(offset & 0x2000), protocol, source, target, start, max(start, stop))
    return transport(protocol, source, target, data, start, stop, end)


def _decode_ipv6(data: bytes, at: int) -> Decoded | Fragment | None:
    first, length, protocol, source, target = _ipv6.unpack_from(data, at)
    if first >> 4 != 6:
        return None
    start = at + 40
    end = start + length if length else len(data)
    stop = min(end, len(data))
    for _ in range(MOST_EXTENSIONS):
        if protocol in (TCP, UDP):
            break
        if protocol == FRAGMENT:
            place = int.from_bytes(data[start + 2 : start + 4])
            which = int.from_bytes(data[start + 4 : start + 8])
            protocol, start = data[start], start + 8
            if place & 0xFFF9:
                return Fragment(
                    which, place & 0xFFF8, bool(place & 1), protocol, source, target, start, max(start, stop)
                )
        elif protocol in (HOP_BY_HOP, ROUTING, DESTINATION):
            protocol, start = data[start], start + 8 * (data[start + 1] + 1)
        elif protocol == AUTHENTICATION:
            protocol, start = data[start], start + 4 * (data[start + 1] + 2)
        else:
            break
    return transport(protocol, source, target, data, start, stop, end)


def transport(protocol: int, source: bytes, target: bytes, data: bytes, at: int, stop: int, end: int) -> Decoded | None:
    """What an IP packet carries: its payload lies from ``at`` to ``stop`` of ``data``, and had to go on to ``end``."""
    if protocol == TCP:
        source_port, target_port, seq, ack, offset, flags, window = _tcp.unpack_from(data, at)
        start = at + (offset >> 4) * 4
        if start < at + 20 or start > end:
            return None
        key = source + target + data[at : at + 4]
        found = Decoded(TCP, source, target, min(start, stop), stop, end - start, at, key, source_port, target_port)
        found.seq = seq
        found.ack = ack
        found.flags = flags
        found.window = window
        return found
    if protocol == UDP:
        source_port, target_port, length = _udp.unpack_from(data, at)
        start = at + 8
        end = min(end, at + length) if length >= 8 else end
        if start > end:
            return None
        key = source + target + data[at : at + 4]
        first, last = min(start, stop), max(min(stop, end), min(start, stop))
        return Decoded(UDP, source, target, first, last, end - start, at, key, source_port, target_port)
    return Decoded(protocol, source, target, min(at, stop), stop, max(0, end - at))
