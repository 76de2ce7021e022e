"""Which packets belong to what was announced, whatever carries them.

Announcements come from the threads of the conversations, packets are asked about in the recorder's: so announcements
are noted, and heeded before the next packet. A later fragment has no ports and follows the first of its datagram.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from functools import partial
from time import time_ns

from portside.capture.live.bpf import TCP
from portside.capture.live.datagrams import DatagramSocket, DatagramSockets
from portside.capture.live.headers import Headers, endpoint, parse_headers
from portside.capture.live.sightings import Frame, Sighting
from portside.capture.live.streams import Conversation, Streams
from portside.interfaces import Door

MOST_DIVIDED = 4096
"""Datagrams whose first fragment is remembered."""


class Matching:
    """Hands the frames of what was announced to ``put``."""

    def __init__(self, put: Callable[[Frame], None]) -> None:
        self._put = put
        self._streams = Streams(put)
        self._sockets = DatagramSockets(put)
        self._firsts: OrderedDict[tuple[int, bytes], Headers] = OrderedDict()
        self._notes: deque[Callable[[], None]] = deque()

    # ----------------------------------------------------------------------- in the conversations' threads

    def stream(self, door: Door) -> Conversation:
        """A stream was opened. ``ValueError`` where its door has names for addresses."""
        conversation = Conversation(endpoint(door.local), endpoint(door.remote))
        self._notes.append(partial(self._streams.announce, conversation))
        return conversation

    def stream_ended(self, conversation: Conversation) -> None:
        """Our side has closed it."""
        self._notes.append(partial(self._streams.end, conversation, time_ns()))

    def datagrams(self, door: Door) -> DatagramSocket:
        """A datagram socket was opened. ``ValueError`` as for streams."""
        datagrams = DatagramSocket(door)
        self._notes.append(partial(self._sockets.announce, datagrams))
        return datagrams

    def datagrams_ended(self, datagrams: DatagramSocket) -> None:
        """Our side has closed it."""
        self._notes.append(partial(self._sockets.end, datagrams, time_ns()))

    # -------------------------------------------------------------------------- in the recorder's thread

    def heed(self) -> None:
        """What was announced until now."""
        while self._notes:
            self._notes.popleft()()

    def take(self, seen: Sighting) -> None:
        """One packet."""
        headers = parse_headers(seen.memory, seen.network, seen.stop)
        if headers is not None and headers.fragment:
            headers = self._with_ports(headers)
        if headers is None:
            return
        if headers.protocol == TCP:
            self._streams.take(seen, headers)
        else:
            self._sockets.take(seen, headers)

    def _with_ports(self, headers: Headers) -> Headers | None:
        """A fragment's headers with those ports that the first one had; None where that was not seen."""
        divided = (headers.protocol, headers.fragment)
        if headers.source:
            self._firsts[divided] = headers
            if len(self._firsts) > MOST_DIVIDED:
                self._firsts.popitem(last=False)
            return headers
        first = self._firsts.get(divided)
        return None if first is None else headers._replace(source=first.source, target=first.target)

    def expire(self, now: int) -> None:
        """Let go what is too old at ``now`` (ns)."""
        self._streams.expire(now)
        self._sockets.expire(now)

    @property
    def waits(self) -> bool:
        """Whether time changes anything here."""
        return bool(self._streams.waits or self._sockets.waits or self._notes)

    @property
    def settled(self) -> bool:
        """Whether nothing is to come for any stream that was announced."""
        return self._streams.settled
