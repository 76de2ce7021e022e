from __future__ import annotations

from portside.capture.files.reading import Packet
from portside.inspector.packets import Packets

FILE = bytes(range(100))


def test_a_packet_is_read_again_from_its_place() -> None:
    packets = Packets(lambda file, place, size: FILE[place : place + size])
    packets.extend([Packet(77, 1, FILE[10:30], 1500, 0, 10, comment="seen")])
    number = len(packets)
    packets.flows[number - 1], packets.payloads[number - 1] = 4, -20
    assert (number, len(packets), packets.packets(1)) == (1, 1, [1])
    assert (packets.time(1), packets.link(1), packets.length(1), packets.comments) == (77, 1, 1500, {1: "seen"})
    assert (list(packets.flows), list(packets.payloads)) == ([4], [-20])
    assert packets.data(1) == FILE[10:30]
    assert packets.part(1, 5, 4) == FILE[15:19]


def test_what_cannot_be_read_any_more_is_zeros() -> None:
    packets = Packets(lambda file, place, size: FILE[place : place + size])
    packets.extend([Packet(1, 1, bytes(30), 30, 0, 90)])
    number = len(packets)
    assert packets.part(number, 0, 20) == FILE[90:100] + bytes(10)
    assert packets.part(number, 25, 20) == bytes(20)
