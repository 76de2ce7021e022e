"""A TCP connection as somebody sees it who only watches (RFC 9293).

A capture may show an answer before the question: a card has several queues, and whoever captures empties one after the
other. What acknowledges more than was seen is therefore early, and waits a little for what it answers.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

from portside.inspector.layers.decode import ACK, FIN, RST, SYN, Decoded, reverse
from portside.inspector.streams.direction import Direction, Gap, Piece
from portside.interfaces import Role

MOST_TIMED = 64
"""Segments of one direction whose acknowledgement is waited for, to measure round trips."""
MOST_EARLY = 32
"""Packets of one connection that wait for what they acknowledge: as many as a driver takes from a queue at once."""
LONGEST_EARLY = 50_000_000
"""Nanoseconds that they wait at most, by the capture's clock; what has not come by then was not captured."""
_NUMBERS = 1 << 32


@dataclass(frozen=True, slots=True)
class Opened:
    """The handshake is complete: ``packets`` are its SYN, SYN-ACK and ACK; ``took`` ns lie between the first two."""

    packets: tuple[int, ...]
    took: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A SYN was answered by a reset: nobody listens there."""

    packets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Ended:
    """``role`` has finished sending, and everything up to its end has come."""

    role: Role
    packet: int


@dataclass(frozen=True, slots=True)
class Reset:
    """``role`` has cut the connection off."""

    role: Role
    packet: int


class Timed(NamedTuple):
    """A segment of ``role`` was acknowledged after ``took`` ns."""

    role: Role
    took: int


Event = Opened | Refused | Ended | Reset | Timed | tuple[Role, Piece | Gap]


class _Side:
    __slots__ = ("direction", "end_packet", "end_told", "repeated", "sent", "timed")

    def __init__(self) -> None:
        self.direction = Direction()
        self.timed: deque[tuple[int, int]] | None = None  # many a side never says anything
        self.end_packet = 0
        self.end_told = False
        self.repeated = 0
        self.sent = 0

    def time(self, now: int) -> None:
        """Remember when what is new was sent. Karn's rule: what was sent again tells no time."""
        direction = self.direction
        reached = direction.next
        if direction.repeated > self.repeated:
            self.repeated = direction.repeated
            if self.timed is not None:
                self.timed.clear()
        elif reached > self.sent:
            if self.timed is None:
                self.timed = deque(maxlen=MOST_TIMED)
            self.timed.append((reached, now))
        self.sent = reached


class TcpConnection:
    """Both directions. The client is who sends the SYN; where that was not captured, the lower port serves."""

    __slots__ = (
        "_began", "_client", "_early", "_handshake", "_isn", "_key", "_server", "_syn_time", "_took", "client", "reset",
        "server",
    )  # fmt: skip

    def __init__(self, first: Decoded) -> None:
        ends = ((first.source, first.source_port), (first.target, first.target_port))
        begun = first.flags & SYN
        from_client = not first.flags & ACK if begun else first.source_port >= first.target_port
        self.client, self.server = ends if from_client else ends[::-1]
        self._key = first.key if from_client else reverse(first.key)
        self._began = first.seq if from_client else first.ack
        self._client = _Side()
        self._server = _Side()
        self._early: list[tuple[Decoded, bytes, int, int]] | None = None
        self._handshake: list[int] = []
        self._isn = -1
        self._syn_time = 0
        self._took = 0
        self.reset = False

    @property
    def repeated(self) -> int:
        """Segments that brought nothing new, both directions together."""
        return self._client.direction.repeated + self._server.direction.repeated

    @property
    def missing(self) -> int:
        """Bytes that were not captured, both directions together."""
        return self._client.direction.missing + self._server.direction.missing

    def role_of(self, segment: Decoded) -> Role:
        """Who sends ``segment``."""
        return Role.CLIENT if segment.key == self._key else Role.SERVER

    def is_new(self, segment: Decoded) -> bool:
        """Whether ``segment`` begins another connection between the same ends."""
        if segment.flags & (SYN | ACK) != SYN:
            return False
        if self._isn < 0:
            late = segment.key == self._key and (segment.seq + 1) % _NUMBERS == self._began
            return not late and (self._client.direction.known or self._server.direction.known)
        return segment.seq != self._isn

    def packet(self, segment: Decoded, data: bytes, number: int, time: int, *, waited: bool = False) -> list[Event]:
        """What a further segment means; ``data`` is its frame, captured at ``time`` ns.

        One that is early means nothing until it has ``waited``.
        """
        if segment.key == self._key:
            role, mine, theirs = Role.CLIENT, self._client, self._server
        else:
            role, mine, theirs = Role.SERVER, self._server, self._client
        flags = segment.flags
        acknowledges = flags & ACK and segment.ack != theirs.direction.ack
        if acknowledges and not waited and self._is_early(segment, theirs):
            self._early = [*(self._early or ()), (segment, data, number, time)]
            return self._catch_up(time)
        events: list[Event] = []
        seq = segment.seq
        if flags & SYN:
            self._synchronise(role, segment, number, time)
            seq = (seq + 1) % _NUMBERS
        if flags & RST == 0:
            if acknowledges or (flags & ACK and len(self._handshake) == 2):
                self._acknowledge(events, role, theirs, segment, number, time)
            if segment.wire > 0:
                payload = data[segment.start : segment.stop]
                for piece in mine.direction.add(seq, payload, segment.wire, number, segment.start):
                    events.append((role, piece))
                mine.time(time)
        if flags & FIN:
            mine.direction.fin((seq + segment.wire) % _NUMBERS)
            mine.end_packet = mine.end_packet or number
        if mine.end_packet and not mine.end_told and mine.direction.at_end:
            self._end(events, role, mine)
        if flags & RST and not self.reset:
            self._cut_off(events, role, number)
        if self._early is not None and not waited:
            events += self._catch_up(time)
        return events

    def _is_early(self, segment: Decoded, theirs: _Side) -> bool:
        """Whether ``segment`` acknowledges something that was not seen yet."""
        if theirs.direction.known:
            return theirs.direction.lacks(segment.ack)
        return bool(segment.flags & SYN or self._handshake)

    def _catch_up(self, time: int, *, over: bool = False) -> list[Event]:
        """What those mean that need not wait any longer: all of them where the capture is ``over``."""
        events: list[Event] = []
        early = self._early or []
        while early:
            ready = (at for at, (segment, *_) in enumerate(early) if not self._is_early(segment, self._other(segment)))
            at = next(ready, -1)
            if at < 0 and not over and len(early) <= MOST_EARLY and time - early[0][3] <= LONGEST_EARLY:
                break
            events += self.packet(*early.pop(max(at, 0)), waited=True)
        self._early = early or None
        return events

    def _other(self, segment: Decoded) -> _Side:
        return self._server if self.role_of(segment) is Role.CLIENT else self._client

    def _synchronise(self, role: Role, segment: Decoded, number: int, time: int) -> None:
        side = self._client if role is Role.CLIENT else self._server
        if not side.direction.known or side.direction.next == 0:
            side.direction.begin((segment.seq + 1) % _NUMBERS)
        if role is Role.CLIENT and not self._handshake:
            self._isn = segment.seq
            self._syn_time = time
            self._handshake.append(number)
        elif role is Role.SERVER and len(self._handshake) == 1:
            self._handshake.append(number)
            self._took = time - self._syn_time

    def _acknowledge(
        self, events: list[Event], role: Role, theirs: _Side, segment: Decoded, number: int, time: int
    ) -> None:
        if role is Role.CLIENT and len(self._handshake) == 2:
            self._handshake.append(number)
            events.append(Opened(tuple(self._handshake), self._took))
        other = Role.SERVER if role is Role.CLIENT else Role.CLIENT
        direction = theirs.direction
        if direction.known or not segment.flags & SYN:
            for piece in direction.acknowledged(segment.ack):
                events.append((other, piece))
        timed = theirs.timed
        if timed:
            took, acked = 0, direction.acked
            while timed and timed[0][0] <= acked:
                took = time - timed.popleft()[1]
            if took > 0:
                events.append(Timed(other, took))
        if theirs.end_packet and not theirs.end_told and direction.at_end:
            self._end(events, other, theirs)

    @staticmethod
    def _end(events: list[Event], role: Role, side: _Side) -> None:
        side.end_told = True
        side.direction.ended = True
        events.append(Ended(role, side.end_packet))

    def _cut_off(self, events: list[Event], role: Role, number: int) -> None:
        self.reset = True
        if len(self._handshake) == 1 and role is Role.SERVER:
            events.append(Refused((*self._handshake, number)))
        else:
            events.append(Reset(role, number))

    def close(self) -> list[Event]:
        """The capture ends: what is out of order comes out behind its gap."""
        events = self._catch_up(0, over=True)
        for role, side in ((Role.CLIENT, self._client), (Role.SERVER, self._server)):
            events += [(role, piece) for piece in side.direction.close()]
            if side.end_packet and not side.end_told:
                self._end(events, role, side)
        return events
