"""Which datagrams belong to the sockets that were announced (RFC 768).

A bound socket owns its port, so what comes to it or leaves from it is ours; one that is connected hears its peer alone.
What passes between the socket's birth and its announcement is held for a moment.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from portside.capture.live.bpf import LOOPBACK, OUTGOING
from portside.capture.live.headers import Headers, endpoint
from portside.capture.live.sightings import Frame, Sighting
from portside.capture.live.streams import OVERHEAD, SECOND, SETTLED
from portside.interfaces import Door

HELD = SECOND // 4
"""Nanoseconds a datagram of nobody's is held: a socket is announced as soon as it is bound."""
MOST_HELD = 1024 * 1024
"""Bytes that are held at most."""
_ANY = (b"\0" * 4, b"\0" * 16)


class DatagramSocket:
    """A socket that was announced. ``ValueError`` where its door has a name for an address."""

    __slots__ = ("_anywhere", "_local", "_remote", "ended", "port")

    def __init__(self, door: Door) -> None:
        self._local = endpoint(door.local)
        self._remote = endpoint(door.remote) if door.remote.host else b""
        self._anywhere = self._local[:-2] in _ANY
        self.port = self._local[-2:]
        self.ended: int | None = None
        """When it was closed, in ns."""

    def owns(self, local: bytes, remote: bytes, time: int) -> bool:
        """Whether a datagram between these endpoints is its own."""
        if self.ended is not None and time > self.ended:
            return False
        if self._remote and self._remote != remote:
            return False
        if not self._anywhere:
            return self._local == local
        return self.port == local[-2:] and len(local) == len(self._local)


class DatagramSockets:
    """Hands the frames of announced sockets to ``put``."""

    def __init__(self, put: Callable[[Frame], None]) -> None:
        self._put = put
        self._ours: dict[bytes, list[DatagramSocket]] = {}
        self._ended: deque[DatagramSocket] = deque()
        self._held: deque[tuple[Frame, int, int, Headers]] = deque()
        self._size = 0

    @property
    def waits(self) -> bool:
        """Whether time changes anything here."""
        return bool(self._held or self._ended)

    def announce(self, datagrams: DatagramSocket) -> None:
        """It is ours, since a moment ago."""
        self._ours.setdefault(datagrams.port, []).append(datagrams)
        held, self._held, self._size = self._held, deque(), 0
        for frame, hardware, kind, headers in held:
            if self._find(hardware, kind, headers, frame.time):
                self._put(frame)
            else:
                self._keep(frame, hardware, kind, headers)

    def end(self, datagrams: DatagramSocket, time: int) -> None:
        """It was closed before ``time`` (ns)."""
        datagrams.ended = time
        self._ended.append(datagrams)

    def take(self, seen: Sighting, headers: Headers) -> None:
        """One datagram, or a fragment of one."""
        if self._find(seen.hardware, seen.kind, headers, seen.time):
            self._put(seen.frame())
        else:
            self._keep(seen.frame(), seen.hardware, seen.kind, headers)

    def _find(self, hardware: int, kind: int, headers: Headers, time: int) -> bool:
        source, target = headers.source, headers.target
        if (kind == OUTGOING or hardware == LOOPBACK) and self._owned(source, target, time):
            return True
        return kind != OUTGOING and self._owned(target, source, time)

    def _owned(self, local: bytes, remote: bytes, time: int) -> bool:
        return any(datagrams.owns(local, remote, time) for datagrams in self._ours.get(local[-2:], ()))

    def _keep(self, frame: Frame, hardware: int, kind: int, headers: Headers) -> None:
        self._held.append((frame, hardware, kind, headers))
        self._size += len(frame.data) + OVERHEAD
        while self._size > MOST_HELD:
            self._drop()

    def _drop(self) -> None:
        self._size -= len(self._held.popleft()[0].data) + OVERHEAD

    def expire(self, now: int) -> None:
        """Let go what is too old at ``now`` (ns)."""
        while self._held and self._held[0][0].time < now - HELD:
            self._drop()
        while self._ended and (self._ended[0].ended or 0) < now - SETTLED:
            datagrams = self._ended.popleft()
            rest = self._ours[datagrams.port]
            rest.remove(datagrams)
            if not rest:
                del self._ours[datagrams.port]
