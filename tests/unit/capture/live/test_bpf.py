"""The filter, run by a machine of four registers as the kernel's would (classic BPF)."""

from __future__ import annotations

import struct

import pytest

from portside.capture.live import bpf
from portside.capture.live.bpf import ETHERNET, FRAGMENT, IPV4, IPV6, LOOPBACK, NONE, OUTGOING, QINQ, TCP, UDP, VLAN

ARP, ICMP, PPP = 0x0806, 1, 512
INSTRUCTION = struct.Struct("@HBBI")


def verdict(program: bytes, data: bytes, facts: dict[int, int]) -> int:
    """How many bytes the kernel hands over; ``facts`` are what stands at negative places."""
    steps = list(INSTRUCTION.iter_unpack(program))
    at = a = x = 0
    while True:
        code, equal, other, k = steps[at]
        at += 1
        if code == 0x20:
            a = facts[k - (1 << 32) + 0x1000]
        elif code == 0x50:
            a = data[x + k]
        elif code == 0x01:
            x = k
        elif code == 0x15:
            at += equal if a == k else other
        else:
            assert code == 0x06
            return k


def taken(hardware: int, protocol: int, next_header: int, kind: int = 0) -> bool:
    link = b"" if hardware == NONE else bytes(14)
    data = link + (bytes(6) + bytes([next_header]) + bytes(40))
    if protocol == IPV4:
        data = link + (bytes(9) + bytes([next_header]) + bytes(40))
    return verdict(bpf.assemble(), data, {0: protocol, 4: kind, 28: hardware}) == bpf.SNAP_LENGTH


@pytest.mark.parametrize("hardware", [ETHERNET, LOOPBACK, NONE])
@pytest.mark.parametrize("version", [IPV4, IPV6])
def test_tcp_and_udp_pass_on_every_link(hardware: int, version: int) -> None:
    assert taken(hardware, version, TCP) and taken(hardware, version, UDP)
    assert not taken(hardware, version, ICMP)


def test_on_loopback_alone_what_leaves_is_dropped() -> None:
    assert not taken(LOOPBACK, IPV4, TCP, OUTGOING)
    assert taken(ETHERNET, IPV4, TCP, OUTGOING) and taken(NONE, IPV4, TCP, OUTGOING)


def test_what_may_hide_tcp_passes() -> None:
    assert taken(ETHERNET, IPV6, FRAGMENT) and taken(ETHERNET, IPV6, bpf.ROUTING)
    assert taken(ETHERNET, VLAN, 0) and taken(ETHERNET, QINQ, 0)


def test_links_with_unknown_headers_are_looked_at_later() -> None:
    assert taken(PPP, IPV4, ICMP) and taken(PPP, IPV6, ICMP)
    assert not taken(PPP, ARP, 0) and not taken(ETHERNET, ARP, TCP)


def test_a_program_says_how_long_it_is() -> None:
    program = bpf.Program(bpf.assemble())
    assert struct.unpack("@HP", program.pointer)[0] == len(bpf.assemble()) // 8
