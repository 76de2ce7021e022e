from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from portside.capture.files.reading import Packet
from portside.inspector.packets import Packets
from portside.inspector.plots import MOST_BUCKETS, RoundTrip, Totals, plot


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


@given(
    st.lists(st.tuples(st.integers(0, 10**13), st.integers(-(10**6), 10**6)), min_size=1, max_size=60),
    st.integers(1, 50),
    st.integers(0, 60),
)
def test_totals_lose_no_byte_and_put_it_where_it_was(said: list[tuple[int, int]], buckets: int, halfway: int) -> None:
    packets = Packets(lambda file, place, size: b"")
    packets.extend([Packet(time, 1, b"x", 1, 0, 0) for time, _ in said])
    for index, (_, payload) in enumerate(said):
        packets.payloads[index] = payload
    totals = Totals()
    totals.reach(packets, min(halfway, len(said)))
    totals.reach(packets, len(said))
    drawn = totals.plot([], buckets)
    assert sum(drawn.up) == sum(payload for _, payload in said if payload > 0)
    assert sum(drawn.down) == -sum(payload for _, payload in said if payload < 0)
    assert len(drawn.up) == buckets and drawn.since == said[0][0] and drawn.until >= max(time for time, _ in said)
    last = max(range(len(said)), key=lambda index: said[index][0])
    if said[last][1] > 0 and len(said) > 1:
        reached = drawn.since + (max(index for index, value in enumerate(drawn.up) if value) + 1) * drawn.width
        assert reached + totals.width >= said[last][0]


def test_all_of_a_story_is_drawn_as_its_packets_are() -> None:
    packets = table()
    totals = Totals()
    totals.reach(packets, len(packets))
    ours, other = totals.plot(TRIPS, 1), plot(packets, TRIPS, 1)
    assert (list(ours.up), list(ours.down), ours.round_trips) == (list(other.up), list(other.down), other.round_trips)
    assert (ours.since, ours.until) == (other.since, other.until)
