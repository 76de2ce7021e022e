"""Whose packet it is: just so much of IP, TCP and UDP as tells that, since every packet of the host is asked."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address
from mmap import mmap
from struct import Struct
from typing import NamedTuple

from portside.capture.live.bpf import DESTINATION, FRAGMENT, HOP_BY_HOP, ROUTING, TCP, UDP
from portside.interfaces import Address

FIN, SYN, RST, ACK = 1, 2, 4, 16
"""Flags of TCP (RFC 9293 §3.1)."""
MOST_EXTENSIONS = 8
"""Headers of IPv6 between its own and TCP's that are looked at: each kind should come once (RFC 8200 §4.1)."""
_SMALLEST = {TCP: 20, UDP: 8}
_PLAIN4 = 0x45
"""How IPv4's header begins when it has no options."""
_DIVIDED = 0x3FFF
"""What is set in a fragment: that there are more, or where it belongs (RFC 791 §3.1)."""
_SMALLEST_PLAIN, _LARGEST_PLAIN = 20 + 20, 40 + 20
"""Bytes of IPv4's and of IPv6's header with TCP's."""
_plain4, _plain6 = Struct(">BxH2xHxB2x4s4s2s2s"), Struct(">4xHBx16s16s2s2s")
_made = tuple.__new__
"""Makes a named tuple without a call of Python's."""
_tcp = Struct(">IIBB")


class Headers(NamedTuple):
    """What identifies a packet.

    ``source`` and ``target`` are endpoints (see ``endpoint``), empty in a later fragment, which has no ports.
    TCP's or UDP's header stands at ``at`` (-1 in such a fragment), and IP's payload ends at ``end``. ``fragment`` is
    empty in a whole packet, and the same in all fragments of a divided one.
    """

    protocol: int
    source: bytes
    target: bytes
    at: int
    end: int
    fragment: bytes


class Segment(NamedTuple):
    """What TCP's header says; ``following`` is the sequence number behind this segment."""

    flags: int
    seq: int
    ack: int
    following: int


def endpoint(address: Address) -> bytes:
    """An address and a port as they stand in headers, IPv4 in IPv6's notation as IPv4. ``ValueError`` for a name."""
    host = ip_address(address.host.partition("%")[0])
    if isinstance(host, IPv6Address) and host.ipv4_mapped is not None:
        host = host.ipv4_mapped
    return host.packed + address.port.to_bytes(2)


def parse_headers(memory: bytes | mmap, at: int, stop: int) -> Headers | None:
    """The headers of the packet whose IP header stands at ``at``; None where it is neither TCP's nor UDP's."""
    return _plain(memory, at, stop - at) or _any(memory, at, stop)


def _plain(memory: bytes | mmap, at: int, size: int) -> Headers | None:
    """The headers of most packets, in one go: whole, without options or extensions, with TCP or a usual datagram."""
    if size < _SMALLEST_PLAIN:
        return None
    first, length, where, protocol, one, other, source, target = _plain4.unpack_from(memory, at)
    if first == _PLAIN4:
        if not where & _DIVIDED and size >= length >= _SMALLEST_PLAIN and protocol in _SMALLEST:
            return _made(Headers, (protocol, one + source, other + target, at + 20, at + length, b""))
    elif first >> 4 == 6 and size >= _LARGEST_PLAIN:
        length, protocol, one, other, source, target = _plain6.unpack_from(memory, at)
        if size >= length + 40 >= _LARGEST_PLAIN and protocol in _SMALLEST:
            return _made(Headers, (protocol, one + source, other + target, at + 40, at + 40 + length, b""))
    return None


def _any(memory: bytes | mmap, at: int, stop: int) -> Headers | None:
    """The same of any packet."""
    if stop - at < 20:
        return None
    version = memory[at] >> 4
    if version == 4:
        return _ipv4(memory, at, stop)
    return _ipv6(memory, at, stop) if version == 6 and stop - at >= 40 else None


def _ipv4(memory: bytes | mmap, at: int, stop: int) -> Headers | None:
    length = int.from_bytes(memory[at + 2 : at + 4])
    where = int.from_bytes(memory[at + 6 : at + 8])
    addresses = memory[at + 12 : at + 20]
    protocol = memory[at + 9]
    fragment = b""
    if where & _DIVIDED:
        fragment = addresses + memory[at + 4 : at + 6]
    carried = at + (memory[at] & 15) * 4
    end = min(stop, at + length) if length else stop
    return _carried(memory, protocol, addresses, carried, end, fragment, first=not where & 0x1FFF)


def _ipv6(memory: bytes | mmap, at: int, stop: int) -> Headers | None:
    length = int.from_bytes(memory[at + 4 : at + 6])
    end = min(stop, at + 40 + length) if length else stop  # none: it is larger than 16 bits can say
    addresses = memory[at + 8 : at + 40]
    protocol = memory[at + 6]
    fragment, first = b"", True
    at += 40
    for _ in range(MOST_EXTENSIONS):
        if protocol not in (HOP_BY_HOP, ROUTING, DESTINATION, FRAGMENT) or end - at < 8 or not first:
            break
        size = 8
        if protocol == FRAGMENT:
            where = int.from_bytes(memory[at + 2 : at + 4])
            if where & 0xFFF9:
                fragment, first = addresses + memory[at + 4 : at + 8], where < 8
        else:
            size += memory[at + 1] * 8
        protocol = memory[at]
        at += size
    return _carried(memory, protocol, addresses, at, end, fragment, first=first)


def _carried(
    memory: bytes | mmap, protocol: int, addresses: bytes, at: int, end: int, fragment: bytes, *, first: bool
) -> Headers | None:
    smallest = _SMALLEST.get(protocol)
    if smallest is None:
        return None
    if not first:
        return Headers(protocol, b"", b"", -1, end, fragment)
    if end - at < smallest:
        return None
    half = len(addresses) // 2
    source = addresses[:half] + memory[at : at + 2]
    return Headers(protocol, source, addresses[half:] + memory[at + 2 : at + 4], at, end, fragment)


def parse_segment(memory: bytes | mmap, headers: Headers) -> Segment:
    """TCP's header, which ``headers`` has found whole; a later fragment has none, and says nothing."""
    if headers.at < 0:
        return Segment(0, 0, 0, 0)
    seq, ack, offset, flags = _tcp.unpack_from(memory, headers.at + 4)
    size = headers.end - headers.at - (offset >> 4) * 4
    return Segment(flags, seq, ack, (seq + size + (flags & SYN > 0) + (flags & FIN > 0)) & 0xFFFFFFFF)
