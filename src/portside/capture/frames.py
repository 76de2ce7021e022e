"""Frames made from what sockets know: Ethernet, IP and TCP or UDP, well-formed down to the checksums.

A socket shows what was said and between whom; the headers below have to be made again. They are what a loopback
interface would have shown, but for the acknowledgements in between, which sockets do not tell. A frame is made as the
pcapng block that holds it, in one go: recording must not cost more than what is recorded.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address
from struct import Struct

from portside.capture.files.pcapng import ENHANCED_PACKET
from portside.syntax.recall import Recall

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
MOST_SEGMENT = 65_535 - 20 - 20
"""Bytes that one segment carries: an IPv4 packet has 65,535 bytes, with its own header and TCP's."""
SCALE = 10
"""The shift of windows (RFC 7323 §2)."""
WINDOW = 65_535
"""The window that both sides announce, in units of 2**SCALE bytes."""
REMEMBERED = 4096
"""Bytes of a payload whose sum is remembered: programs say the same things again and again."""
MOST_REMEMBERED = 1024

_MASK = 0xFFFFFFFF
_TCP, _UDP = 6, 17
_LIFE = 64 << 8
"""How many hops a packet may take, in its place in the header."""
_PADDING = (b"", b"\0\0\0", b"\0\0", b"\0")
_CLIENT_MAC, _SERVER_MAC = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")
"""Addresses that software may give itself (IEEE 802, the bit 'locally administered')."""

_block = Struct("<IIIIIII")
_word = Struct("<I")
_tcp4 = Struct(">16sHHHHH8sHHIIHHHH")
_udp4 = Struct(">16sHHHHH8sHHHH")
_tcp6 = Struct(">18sHH32sHHIIHHHH")
_udp6 = Struct(">18sHH32sHHHH")

_sums: Recall[bytes, int] = Recall(MOST_REMEMBERED)


def sum_of(data: bytes) -> int:
    """The one's complement sum of ``data`` in words of 16 bits, zeros behind an odd end (RFC 1071)."""
    if len(data) > REMEMBERED:
        return _add(data)
    total = _sums.known.get(data)
    if total is None:
        total = _add(data)
        _sums.keep(data, total)
    return total


def _add(data: bytes) -> int:
    """One long number, of which 0xFFFF leaves what its words add up to."""
    total = int.from_bytes(data)
    return (total << 8 if len(data) & 1 else total) % 0xFFFF


def handshake_options(*, four: bool) -> bytes:
    """What SYN and SYN-ACK offer: the largest segment, and the window's scale (RFC 9293 §3.7.1, RFC 7323 §2)."""
    largest = MOST_SEGMENT if four else MOST_SEGMENT - 20
    return b"\x02\x04" + largest.to_bytes(2) + b"\x01\x03\x03" + bytes([SCALE])


class Path:
    """One direction between two ends: whatever its frames have in common.

    An end is an address and a port; where one address is of IPv4 and the other of IPv6, both are written as IPv6.
    ``interface`` is the number of the file's interface that its packets are said to have passed.
    """

    __slots__ = (
        "_addresses", "_head", "_interface", "_ip_sum", "_number", "_source", "_target", "_tcp_sum", "_udp_sum", "four",
    )  # fmt: skip

    def __init__(
        self, source: tuple[str, int], target: tuple[str, int], *, from_client: bool, interface: int = 0
    ) -> None:
        self._interface = interface
        ours, theirs = _address(source[0]), _address(target[0])
        if ours.version != theirs.version:
            ours, theirs = _as_ipv6(ours), _as_ipv6(theirs)
        self.four = ours.version == 4
        macs = _SERVER_MAC + _CLIENT_MAC if from_client else _CLIENT_MAC + _SERVER_MAC
        # the frame's type and the packet's first word, or two in IPv6, never change
        self._head = macs + (b"\x08\x00\x45\x00" if self.four else b"\x86\xdd\x60\x00\x00\x00")
        self._addresses = ours.packed + theirs.packed
        self._source = source[1]
        self._target = target[1]
        self._number = 0
        addresses = _add(self._addresses)
        self._ip_sum = addresses + 0x4500 + 0x4000 + _LIFE
        self._tcp_sum = addresses + source[1] + target[1] + _TCP + WINDOW
        self._udp_sum = addresses + source[1] + target[1] + _UDP

    def segment(self, time: int, seq: int, ack: int, flags: int, data: bytes = b"", options: bytes = b"") -> bytes:
        """A TCP segment (RFC 9293 §3.1), captured at ``time`` ns."""
        seq &= _MASK
        ack &= _MASK
        bits = (20 + len(options)) << 10 | flags
        length = 20 + len(options) + len(data)
        total = self._tcp_sum + length + bits + (seq >> 16) + (seq & 0xFFFF) + (ack >> 16) + (ack & 0xFFFF)
        if data:
            total += sum_of(data)
        if options:
            total += sum_of(options)
            data = options + data
        check = -total % 0xFFFF  # never 0xFFFF, which only UDP writes for 0 (RFC 1624 §3)
        if self.four:
            size = length + 20
            self._number = number = (self._number + 1) & 0xFFFF
            ip_check = -(self._ip_sum + size + number + _TCP) % 0xFFFF
            header = _tcp4.pack(
                self._head, size, number, 0x4000, _LIFE | _TCP, ip_check, self._addresses,
                self._source, self._target, seq, ack, bits, WINDOW, check, 0,
            )  # fmt: skip
        else:
            header = _tcp6.pack(
                self._head, length, _TCP << 8 | 64, self._addresses,
                self._source, self._target, seq, ack, bits, WINDOW, check, 0,
            )  # fmt: skip
        return _framed(self._interface, time, header, data)

    def datagram(self, time: int, data: bytes) -> bytes:
        """A UDP datagram (RFC 768), captured at ``time`` ns."""
        length = 8 + len(data)
        check = 0xFFFF - (self._udp_sum + 2 * length + sum_of(data)) % 0xFFFF
        if self.four:
            size = length + 20
            self._number = number = (self._number + 1) & 0xFFFF
            ip_check = -(self._ip_sum + size + number + _UDP) % 0xFFFF
            header = _udp4.pack(
                self._head, size, number, 0x4000, _LIFE | _UDP, ip_check, self._addresses,
                self._source, self._target, length, check,
            )  # fmt: skip
        else:
            header = _udp6.pack(
                self._head, length, _UDP << 8 | 64, self._addresses, self._source, self._target, length, check
            )
        return _framed(self._interface, time, header, data)


def _framed(interface: int, time: int, header: bytes, data: bytes) -> bytes:
    """The block of a packet (see ``files.pcapng.enhanced_packet``)."""
    size = len(header) + len(data)
    whole = 32 + (size + 3 & ~3)
    head = _block.pack(ENHANCED_PACKET, whole, interface, time >> 32, time & _MASK, size, size)
    return b"".join((head, header, data, _PADDING[size & 3], _word.pack(whole)))


def _address(host: str) -> IPv4Address | IPv6Address:
    return ip_address(host.partition("%")[0])


def _as_ipv6(address: IPv4Address | IPv6Address) -> IPv6Address:
    """IPv4 in IPv6's notation (RFC 4291 §2.5.5.2)."""
    return address if isinstance(address, IPv6Address) else IPv6Address(f"::ffff:{address}")
