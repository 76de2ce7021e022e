from __future__ import annotations

from portside.capture.files.reading import Packet
from portside.inspector.packets import Packets
from portside.inspector.plots import MOST_BUCKETS, RoundTrip, plot


def table() -> Packets:
    packets = Packets(lambda file, place, size: b"")
    for time, flow, payload in [(1000, 1, 10), (1005, 1, -300), (1009, 2, 7), (1019, 1, 0), (1019, 2, -1)]:
        packets.extend([Packet(time, 1, b"x", 1, 0, 0)])
        number = len(packets)
        packets.flows[number - 1], packets.payloads[number - 1] = flow, payload
    return packets


TRIPS = [RoundTrip(1004, 4, 1), RoundTrip(1012, 3, 2)]


def test_bytes_fall_into_their_buckets_and_directions() -> None:
    drawn = plot(table(), TRIPS, 2)
    assert (drawn.since, drawn.until, drawn.width) == (1000, 1019, 10)
    assert (list(drawn.up), list(drawn.down)) == ([17, 0], [300, 1])
    assert list(drawn.round_trips) == [(1004, 4), (1012, 3)]


def test_conversations_and_times_are_chosen() -> None:
    drawn = plot(table(), TRIPS, 1, {2}, since=1009, until=1018)
    assert (list(drawn.up), list(drawn.down), list(drawn.round_trips)) == ([7], [0], [(1012, 3)])


def test_nothing_is_drawn_of_nothing_and_never_too_much() -> None:
    empty = plot(Packets(lambda file, place, size: b""), [], 5)
    assert (list(empty.up), list(empty.round_trips)) == ([0] * 5, [])
    assert len(plot(table(), TRIPS, 10**9).up) == MOST_BUCKETS
    many = [RoundTrip(1001, number, 1) for number in range(10_000)]
    assert 1000 <= len(plot(table(), many, 5).round_trips) <= 2000
