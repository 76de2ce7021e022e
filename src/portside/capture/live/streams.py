"""Which segments belong to the streams that were announced (RFC 9293).

A stream is announced when it is accepted or connected, so after its SYN. Therefore each conversation that begins is
held until it is announced or too old. One that was not seen beginning is nobody's: its packets are not even copied.
A stream that has ended keeps its ports for the last words of both sides, until a new SYN says that they are in use
again: by ours, which is announced, or by a stranger.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable

from portside.capture.live.headers import ACK, FIN, RST, SYN, Headers, Segment, parse_segment
from portside.capture.live.sightings import Frame, Sighting

SECOND = 1_000_000_000
HELD = 3 * SECOND
"""Nanoseconds a beginning is held: a server that is busy accepts late, but within a second try of the client."""
MOST_HELD = 16 * 1024 * 1024
"""Bytes of all that is held: some ten thousand beginnings."""
MOST_HELD_EACH = 256 * 1024
"""Bytes held of one beginning: nobody sends more before the other program reads, since its window opens with that."""
OVERHEAD = 512
"""Bytes counted for what is kept beside each packet."""
SETTLED = SECOND
"""Nanoseconds for which a stream that both sides have ended is still looked for: repeated segments."""
AFTERMATH = 60 * SECOND
"""The same where they have not: as long as Linux waits for the other side's end (tcp_fin_timeout)."""
MOST_ENDED = 20_000
"""Ended streams that are still looked for, about 10 MB."""
_FLAGS = 13
"""Where TCP's header has its flags."""


class Conversation:
    """A stream that was announced, and how far its end has come."""

    __slots__ = ("_acked", "_fins", "_reset", "ended", "ends", "key")

    def __init__(self, one: bytes, other: bytes) -> None:
        self.key = _key(one, other)
        self.ended: int | None = None
        """When our side has closed it, in ns."""
        self.ends = False
        """Whether a side has said that it is finished: what the other one says to that matters."""
        self._fins: list[int | None] = [None, None]
        self._acked = [False, False]
        self._reset = False

    def saw(self, side: bool, segment: Segment) -> None:
        """``side`` tells the two directions from each other."""
        if segment.flags & RST:
            self._reset = True
        if segment.flags & FIN:
            self.ends = True
            self._fins[side] = segment.following
        expected = self._fins[not side]
        if expected is not None and segment.flags & ACK and (segment.ack - expected) & 0xFFFFFFFF < 1 << 31:
            self._acked[not side] = True

    @property
    def settled(self) -> bool:
        """Whether nothing is to come any more: both ends are acknowledged, or it was reset."""
        return self._reset or all(self._acked)


class _Beginning:
    """What is held of one conversation."""

    __slots__ = ("frames", "seq", "since", "size")

    def __init__(self, seq: int, since: int) -> None:
        self.seq = seq
        self.since = since
        self.frames: list[tuple[Frame, bool, Segment]] = []
        self.size = 0


class Streams:
    """Hands the frames of announced streams to ``put``, those of one stream in order."""

    def __init__(self, put: Callable[[Frame], None]) -> None:
        self._put = put
        self._ours: dict[bytes, Conversation] = {}
        self._ended: deque[Conversation] = deque()
        self._unsettled: deque[Conversation] = deque()
        self._held: OrderedDict[bytes, _Beginning] = OrderedDict()
        self._size = 0

    @property
    def waits(self) -> bool:
        """Whether time changes anything here."""
        return bool(self._held or self._ended or self._unsettled)

    @property
    def settled(self) -> bool:
        """Whether nothing is to come for any stream that was announced."""
        return all(conversation.settled for conversation in self._ours.values())

    def announce(self, conversation: Conversation) -> None:
        """It is ours, from its beginning on."""
        self._ours[conversation.key] = conversation
        beginning = self._release(conversation.key)
        if beginning is not None:
            for frame, side, segment in beginning.frames:
                conversation.saw(side, segment)
                self._put(frame)

    def end(self, conversation: Conversation, time: int) -> None:
        """Our side has closed it at ``time`` (ns)."""
        conversation.ended = time
        self._ended.append(conversation)

    def take(self, seen: Sighting, headers: Headers) -> None:
        """One segment, or a fragment of one."""
        source, target = headers.source, headers.target
        side = source < target
        key = source + target if side else target + source
        flags = seen.memory[headers.at + _FLAGS] if headers.at >= 0 else 0
        begins = flags & (SYN | ACK | RST) == SYN
        conversation = self._ours.get(key)
        if conversation is None or (begins and conversation.ended is not None and seen.time > conversation.ended):
            if begins or key in self._held:
                self._hold(key, side, parse_segment(seen.memory, headers), seen, begins)
            return
        if conversation.ends or flags & (FIN | RST):
            conversation.saw(side, parse_segment(seen.memory, headers))
        self._put(seen.frame())

    def _hold(self, key: bytes, side: bool, segment: Segment, seen: Sighting, begins: bool) -> None:
        beginning = self._held.get(key)
        if begins and (beginning is None or beginning.seq != segment.seq):
            self._ours.pop(key, None)
            self._release(key)
            beginning = self._held[key] = _Beginning(segment.seq, seen.time)
        if beginning is None:
            return
        size = seen.stop - seen.start + OVERHEAD
        if beginning.size + size > MOST_HELD_EACH:
            self._release(key)
            return
        beginning.frames.append((seen.frame(), side, segment))
        beginning.size += size
        self._size += size
        while self._size > MOST_HELD:
            self._release(next(iter(self._held)))

    def _release(self, key: bytes) -> _Beginning | None:
        beginning = self._held.pop(key, None)
        if beginning is not None:
            self._size -= beginning.size
        return beginning

    def expire(self, now: int) -> None:
        """Let go what is too old at ``now`` (ns)."""
        while self._held and next(iter(self._held.values())).since < now - HELD:
            self._release(next(iter(self._held)))
        while self._ended and (self._ended[0].ended or 0) < now - SETTLED:
            conversation = self._ended.popleft()
            if conversation.settled:
                self._forget(conversation)
            else:
                self._unsettled.append(conversation)
        while self._unsettled and (self._unsettled[0].ended or 0) < now - AFTERMATH:
            self._forget(self._unsettled.popleft())
        while len(self._ended) + len(self._unsettled) > MOST_ENDED:
            self._forget((self._unsettled or self._ended).popleft())

    def _forget(self, conversation: Conversation) -> None:
        if self._ours.get(conversation.key) is conversation:
            del self._ours[conversation.key]


def _key(one: bytes, other: bytes) -> bytes:
    """The same for both directions."""
    return one + other if one < other else other + one
