"""How much passed and how long it took, over time: the numbers behind a small plot."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from portside.inspector.packets import Packets

D = TypeVar("D")

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


class Totals:
    """Payload over time, added up as it comes: a plot of all conversations costs the same for any number of packets.

    The columns are ``width`` ns wide; twice as wide whenever they do not reach far enough any more. What was captured
    before the first packet, by a clock that went back, counts with it.
    """

    COLUMNS = 4096
    NARROWEST = 1024

    def __init__(self) -> None:
        self.since = 0
        self.until = 0
        self.width = self.NARROWEST
        self.up = [0] * self.COLUMNS
        self.down = [0] * self.COLUMNS
        self._reached = 0

    def reach(self, packets: Packets, count: int) -> None:
        """Add what the first ``count`` packets carried, as far as that has not been done."""
        first, self._reached = self._reached, count
        if first >= count:
            return
        times = packets.times[first:count]
        if not first:
            self.since = times[0]
        self.until = max(self.until, max(times))
        while (self.until - self.since) // self.width >= self.COLUMNS:
            self._widen()
        since, width, up, down = self.since, self.width, self.up, self.down
        for time, payload in zip(times, packets.payloads[first:count], strict=True):
            if payload > 0:
                up[max(0, time - since) // width] += payload
            elif payload:
                down[max(0, time - since) // width] -= payload

    def _widen(self) -> None:
        self.width *= 2
        for columns in (self.up, self.down):
            half = [columns[index] + columns[index + 1] for index in range(0, self.COLUMNS, 2)]
            columns[:] = half + [0] * (self.COLUMNS - len(half))

    def plot(self, round_trips: Sequence[RoundTrip], buckets: int) -> Plot:
        """The plot of everything."""
        buckets = max(1, min(buckets, MOST_BUCKETS))
        width = max(1, -(-(self.until - self.since + 1) // buckets))
        up, down = [0] * buckets, [0] * buckets
        for index in range((self.until - self.since) // self.width + 1):
            bucket = min(index * self.width // width, buckets - 1)
            up[bucket] += self.up[index]
            down[bucket] += self.down[index]
        dots = _dots(round_trips)
        return Plot(self.since, self.until, width, up, down, [(one.time, one.took) for one in dots])


def _dots(dots: Sequence[D]) -> Sequence[D]:
    """So many of them that they can be told apart."""
    return dots[:: max(1, -(-len(dots) // MOST_ROUND_TRIPS))]


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
    return Plot(since, until, width, up, down, _dots(dots))
