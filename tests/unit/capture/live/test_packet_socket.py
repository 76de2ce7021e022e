"""The packet socket: blocks as the kernel makes them, and what it sees on interfaces of every kind."""

from __future__ import annotations

import errno
import fcntl
import os
import select
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from portside.capture.live import packet_socket
from portside.capture.live.bpf import LOOPBACK, NONE, OUTGOING, VLAN
from portside.capture.live.packet_socket import PacketSocket, sightings
from portside.capture.live.sightings import LINK_RAW, Frame, Sighting
from portside.errors import UsageError
from tests.support.sightings import CLIENT, SERVER, datagram, in_a_network_of_its_own, ip, may_see_packets, seen

WAIT = 10.0
"""Seconds for a packet to be shown."""
MARK = b"a datagram to be recognised"
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000


def frames(packets: PacketSocket, count: int) -> list[tuple[int, int, Frame]]:
    """The kind of interface, the direction and the copy of so many marked packets, and of no more."""
    found: list[tuple[int, int, Frame]] = []
    ready = select.poll()
    ready.register(packets, select.POLLIN)
    deadline = time.monotonic() + WAIT
    while len(found) < count and time.monotonic() < deadline:
        ready.poll(100)
        for sighting in packets.block():
            frame = sighting.frame()
            if MARK in frame.data:
                found.append((sighting.hardware, sighting.kind, frame))
    assert len(found) == count
    return found


@contextmanager
def sender() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("", 0))
        yield sock


# ------------------------------------------------------------------------------------------------ blocks


def block(*packets: bytes, status: int = 0, tag: int = 0, tag_type: int = 0) -> bytes:
    """A block in whose packets Ethernet's header stands 80 bytes behind the kernel's."""
    records = []
    for number, data in enumerate(packets):
        size = 80 + len(data) + -len(data) % 16
        header = struct.pack(
            "@6I2H2I2H8xH2xiHBB8x",
            *(size, 5, number, len(data), len(data) + 1, status, 80, 94, 0, tag, tag_type, 0, 17, 3, 1, 4, 6),
        )
        records.append(header.ljust(80, b"\0") + data.ljust(size - 80, b"\0"))
    return struct.pack("@5I", 1, 0, 1, len(packets), 48).ljust(48, b"\0") + b"".join(records)


def test_a_block_tells_its_packets_one_after_the_other() -> None:
    one, two = bytes(60), bytes(range(61))
    memory = b"x" * 100 + block(one, two)
    found = [sighting.frame() for sighting in sightings(memory, 100)]
    assert found == [Frame(5_000_000_000, 3, 1, one, 61), Frame(5_000_000_001, 3, 1, two, 62)]


def test_an_empty_block_has_none() -> None:
    assert list(sightings(block(), 0)) == []


@pytest.mark.parametrize(("status", "expected"), [(1 << 4, b"\x81\0\0\x07"), (1 << 4 | 1 << 6, b"\x88\xa8\0\x07")])
def test_a_tag_that_was_taken_out_is_told(status: int, expected: bytes) -> None:
    (sighting,) = sightings(block(bytes(60), status=status, tag=7, tag_type=0x88A8), 0)
    assert sighting.vlan == expected


# --------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("error", "said"), [(PermissionError(1, "Not permitted"), "root"), (OSError(errno.EMFILE, "Too many"), "too many")]
)
def test_who_may_not_capture_hears_what_to_do(monkeypatch: pytest.MonkeyPatch, error: OSError, said: str) -> None:
    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr(packet_socket.socket, "socket", refuse)
    with pytest.raises(UsageError, match=said):
        PacketSocket()


def test_other_systems_have_no_live_packets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(packet_socket.socket, "AF_PACKET")
    with pytest.raises(UsageError, match="only Linux"):
        PacketSocket()


def test_a_kernel_without_memory_for_it_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    may_see_packets()
    monkeypatch.setattr(packet_socket, "BLOCK", 1000)
    with pytest.raises(UsageError, match="cannot record live packets: invalid argument"):
        PacketSocket()


# ------------------------------------------------------------------------------------------- the kernel


def test_on_loopback_each_packet_is_seen_once() -> None:
    def act() -> None:
        with closing(PacketSocket()) as packets, sender() as sock:
            before = time.time_ns()
            sock.sendto(MARK, ("127.0.0.1", 9))
            sock.sendto(MARK, ("127.0.0.1", 9))
            found = frames(packets, 2)
            assert [hardware for hardware, *_ in found] == [LOOPBACK] * 2
            times = [frame.time for *_, frame in found]
            assert before <= times[0] <= times[1] <= time.time_ns()

    in_a_network_of_its_own(act)


def test_an_interface_without_link_headers_shows_ip_alone() -> None:
    def act() -> None:
        tun = os.open("/dev/net/tun", os.O_RDWR)
        try:
            fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", b"live0", IFF_TUN | IFF_NO_PI))
            ip("addr add 10.7.0.1/24 dev live0")
            ip("link set live0 up")
            with closing(PacketSocket()) as packets, sender() as sock:
                sock.sendto(MARK, ("10.7.0.2", 9))
                ((hardware, kind, frame),) = frames(packets, 1)
                assert (hardware, kind, frame.link) == (NONE, OUTGOING, LINK_RAW)
                assert frame.data[0] == 0x45 and frame.length == len(frame.data) == 28 + len(MARK)
        finally:
            os.close(tun)

    in_a_network_of_its_own(act)


def test_a_vlan_tag_is_where_it_was_on_the_wire() -> None:
    frame = seen(datagram(CLIENT, SERVER, MARK).frame().data).frame().data
    tagged = b"\xff" * 6 + frame[6:12] + VLAN.to_bytes(2) + b"\0\x07" + frame[12:]

    def act() -> None:
        ip("link add live0 type veth peer name live1")
        ip("link set live1 up")
        ip("link set live0 up")  # the last one is ready to send when it is up; the other end is some time later
        with (
            closing(PacketSocket()) as packets,
            socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as wire,
        ):
            wire.bind(("live0", 0))
            wire.send(tagged)
            found = frames(packets, 2)
        assert [copy.data for *_, copy in found] == [tagged, tagged]
        assert {copy.length for *_, copy in found} == {len(tagged)}

    in_a_network_of_its_own(act)


def test_what_nobody_reads_is_counted_and_slows_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packet_socket, "BLOCKS", 2)
    sent = 60

    def act() -> None:
        with closing(PacketSocket()) as packets, sender() as sock:
            for _ in range(sent):
                sock.sendto(MARK + bytes(60_000), ("127.0.0.1", 9))
            dropped = packets.dropped()
            assert 0 < dropped < sent
            assert packets.dropped() == dropped
        assert packets.dropped() == sent, "those in the ring were never read"
        packets.close()

    in_a_network_of_its_own(act)


def test_a_block_is_given_back_though_its_reader_fails() -> None:
    def read(packets: PacketSocket) -> Sighting:
        with closing(packets.block()) as block:
            return next(block)

    def act() -> None:
        with closing(PacketSocket()) as packets, sender() as sock:
            for _ in range(packet_socket.BLOCKS + 1):
                sock.sendto(MARK, ("127.0.0.1", 9))
                ready = select.poll()
                ready.register(packets, select.POLLIN)
                assert ready.poll(WAIT * 1000) and packets.waits
                read(packets)
            assert list(packets.block()) == [] and packets.dropped() == 0

    in_a_network_of_its_own(act)
