"""The filter that the kernel applies before it hands over a packet: classic BPF (bpf(4), Linux's socket filters).

It lets IPv4 and IPv6 with TCP or UDP through, and of the loopback interface, where each packet passes twice, only the
one that comes in. What it lets through is looked at once more, so it need not be exact where headers are rare.
"""

from __future__ import annotations

from array import array
from struct import Struct

SNAP_LENGTH = 262_144
"""Bytes of a packet at most: more than the kernel's largest frame with offloads on."""
IPV4, IPV6, VLAN, QINQ = 0x0800, 0x86DD, 0x8100, 0x88A8
"""What a link layer says that it carries (IEEE 802 numbers)."""
TCP, UDP = 6, 17
HOP_BY_HOP, ROUTING, FRAGMENT, DESTINATION = 0, 43, 44, 60
"""Headers of IPv6 that may stand before TCP and UDP (RFC 8200 §4.1)."""
ETHERNET, LOOPBACK, NONE = 1, 772, 0xFFFE
"""Kinds of interfaces (ARPHRD_*): the last has no link header, as those of tun and WireGuard."""
OUTGOING = 4
"""A packet that this host sends (PACKET_OUTGOING)."""

_LOAD, _LOAD_BYTE_AT_X, _SET_X, _IF_EQUAL, _RETURN = 0x20, 0x50, 0x01, 0x15, 0x06
_ANCILLARY = 0xFFFFF000
"""Where facts about the packet seem to stand (SKF_AD_OFF)."""
_PROTOCOL, _PACKET_TYPE, _HARDWARE = _ANCILLARY, _ANCILLARY + 4, _ANCILLARY + 28
_instruction = Struct("@HBBI")
_program = Struct("@HP")

TAKE, DROP = "take", "drop"
Step = tuple[str, int, int, str, str]
"""A label, an instruction, its number, and the labels to go on at (where equal, where not)."""

_STEPS: tuple[Step, ...] = (
    ("", _LOAD, _HARDWARE, "", ""),
    ("", _SET_X, 14, "", ""),
    ("", _IF_EQUAL, ETHERNET, "protocol", ""),
    ("", _IF_EQUAL, LOOPBACK, "copies", ""),
    ("", _SET_X, 0, "", ""),
    ("", _IF_EQUAL, NONE, "protocol", "other link"),
    ("copies", _LOAD, _PACKET_TYPE, "", ""),
    ("", _IF_EQUAL, OUTGOING, DROP, ""),
    ("protocol", _LOAD, _PROTOCOL, "", ""),
    ("", _IF_EQUAL, IPV4, "version 4", ""),
    ("", _IF_EQUAL, IPV6, "version 6", ""),
    ("", _IF_EQUAL, VLAN, TAKE, ""),
    ("", _IF_EQUAL, QINQ, TAKE, DROP),
    ("version 4", _LOAD_BYTE_AT_X, 9, "", ""),
    ("", _IF_EQUAL, TCP, TAKE, ""),
    ("", _IF_EQUAL, UDP, TAKE, DROP),
    ("version 6", _LOAD_BYTE_AT_X, 6, "", ""),
    ("", _IF_EQUAL, TCP, TAKE, ""),
    ("", _IF_EQUAL, UDP, TAKE, ""),
    ("", _IF_EQUAL, FRAGMENT, TAKE, ""),
    ("", _IF_EQUAL, HOP_BY_HOP, TAKE, ""),
    ("", _IF_EQUAL, ROUTING, TAKE, ""),
    ("", _IF_EQUAL, DESTINATION, TAKE, DROP),
    ("other link", _LOAD, _PROTOCOL, "", ""),  # its header's length is not known here
    ("", _IF_EQUAL, IPV4, TAKE, ""),
    ("", _IF_EQUAL, IPV6, TAKE, DROP),
    (TAKE, _RETURN, SNAP_LENGTH, "", ""),
    (DROP, _RETURN, 0, "", ""),
)


def assemble(steps: tuple[Step, ...] = _STEPS) -> bytes:
    """The instructions of a filter (struct sock_filter); jumps go forward only."""
    places = {label: number for number, (label, *_) in enumerate(steps) if label}
    return b"".join(
        _instruction.pack(code, *(places[label] - number - 1 if label else 0 for label in (equal, other)), value)
        for number, (_, code, value, equal, other) in enumerate(steps)
    )


class Program:
    """A filter as setsockopt wants it: ``pointer`` (struct sock_fprog) holds as long as this object lives."""

    def __init__(self, instructions: bytes) -> None:
        self._memory = array("B", instructions)
        self.pointer = _program.pack(len(instructions) // _instruction.size, self._memory.buffer_info()[0])
