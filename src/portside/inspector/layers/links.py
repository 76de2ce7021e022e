"""Where the network layer begins in a captured frame, for each link type (LINKTYPE_*, tcpdump.org/linktypes.html)."""

from __future__ import annotations

NULL, ETHERNET, RAW, LOOP, SLL, SLL2, IPV4, IPV6 = 0, 1, 101, 108, 113, 276, 228, 229
OLD_RAW = (12, 14)
"""What some systems call RAW in their own files."""

ETHERTYPE_IPV4, ETHERTYPE_ARP, ETHERTYPE_IPV6 = 0x0800, 0x0806, 0x86DD
VLAN_TAGS = (0x8100, 0x88A8, 0x9100)
MOST_TAGS = 4
"""VLAN tags of one frame at most; two are usual."""
_FAMILIES = {2: ETHERTYPE_IPV4, 10: ETHERTYPE_IPV6, 24: ETHERTYPE_IPV6, 28: ETHERTYPE_IPV6, 30: ETHERTYPE_IPV6}
"""AF_INET and AF_INET6 of the systems that write LINKTYPE_NULL."""


def network(link: int, data: bytes) -> tuple[int, int]:
    """The Ethernet type of what the frame carries, and where that begins; (0, 0) where nobody knows."""
    if link == ETHERNET:
        return ethernet(data)
    if link in (RAW, IPV4, IPV6) or link in OLD_RAW:
        return _by_version(data, 0)
    if link == SLL:
        return (int.from_bytes(data[14:16]), 16) if len(data) >= 16 else (0, 0)
    if link == SLL2:
        return (int.from_bytes(data[0:2]), 20) if len(data) >= 20 else (0, 0)
    if link in (NULL, LOOP) and len(data) >= 4:
        family = int.from_bytes(data[:4]) if link == LOOP or data[0] == 0 else int.from_bytes(data[:4], "little")
        return _FAMILIES.get(family, 0), 4
    return 0, 0


def ethernet(data: bytes) -> tuple[int, int]:
    """The same for Ethernet, past its VLAN tags (IEEE 802.1Q)."""
    kind, at = int.from_bytes(data[12:14]), 14
    for _ in range(MOST_TAGS):
        if kind not in VLAN_TAGS:
            break
        kind, at = int.from_bytes(data[at + 2 : at + 4]), at + 4
    if kind < 0x600 and data[at : at + 6] == b"\xaa\xaa\x03\0\0\0":  # LLC and SNAP (RFC 1042)
        return int.from_bytes(data[at + 6 : at + 8]), at + 8
    return (kind, at) if len(data) > at else (0, 0)


def _by_version(data: bytes, at: int) -> tuple[int, int]:
    version = data[at] >> 4 if len(data) > at else 0
    return {4: ETHERTYPE_IPV4, 6: ETHERTYPE_IPV6}.get(version, 0), at
