"""How much passed and how long it took, over time: the numbers behind a small plot."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from portside.inspector.packets import Packets

MOST_BUCKETS = 2000
"""Columns of a plot at most: more than any screen has."""
MOST_ROUND_TRIPS = 2000
"""Dots of a plot at most; of more, every second, third ... is shown."""


@dataclass(frozen=True, slots=True)
class Plot:
    """Payload of TCP and UDP over time.

    - ``since``, ``until``: ns; the first and the last packet. ``width``: ns of one bucket.
    - ``up``, ``down``: bytes from and to the clients in each bucket.
    - ``round_trips``: (time, round trip) in ns: from a segment to the first acknowledgement of it.
    """

    since: int
    until: int
    width: int
    up: Sequence[int]
    down: Sequence[int]
    round_trips: Sequence[tuple[int, int]]


class RoundTrip(NamedTuple):
    """One measured round trip of conversation ``flow``: when it ended, and what it took, in ns."""

    time: int
    took: int
    flow: int


def plot(
    packets: Packets,
    round_trips: Sequence[RoundTrip],
    buckets: int,
    flows: Collection[int] | None = None,
    since: int = 0,
    until: int = 0,
) -> Plot:
    """The plot of the conversations ``flows`` (None: all) between two times (0: from the first, to the last packet)."""
    buckets = max(1, min(buckets, MOST_BUCKETS))
    since = since or min(packets.times, default=0)
    until = max(until or max(packets.times, default=0), since)
    width = max(1, -(-(until - since + 1) // buckets))
    up, down = [0] * buckets, [0] * buckets
    for time, flow, payload in zip(packets.times, packets.flows, packets.payloads, strict=True):
        if payload and since <= time <= until and (flows is None or flow in flows):
            if payload > 0:
                up[(time - since) // width] += payload
            else:
                down[(time - since) // width] -= payload
    dots = [
        (one.time, one.took)
        for one in round_trips
        if since <= one.time <= until and (flows is None or one.flow in flows)
    ]
    step = max(1, -(-len(dots) // MOST_ROUND_TRIPS))
    return Plot(since, until, width, up, down, dots[::step])
