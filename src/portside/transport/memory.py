"""Two streams joined in memory: both sides of a port without a network.

What one end writes, the other receives, in pieces of a chosen size; ``Pair.flow`` moves bytes until both sides are
silent, so a test needs neither a clock nor an event loop.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import BinaryIO

from portside.interfaces import Address, Buffer, Door, Receiver
from portside.transport.tcp import HIGH_WATER, LOW_WATER


class MemoryStream:
    """One end of a ``Pair``."""

    def __init__(self, pair: Pair, local: Address, remote: Address) -> None:
        self._pair = pair
        self._receiver: Receiver | None = None
        self._paused = True
        self._arrived: deque[bytes] = deque()
        self._waiting = 0
        self._their_end = False
        self._told_end = False
        self._closed = False
        self._lost = False
        self._was_high = False
        self._urgent_comes: Callable[[], object] | None = None
        self.other: MemoryStream = self
        self.door = Door(local, remote)

    @property
    def pending(self) -> int:
        """What the other end has not taken yet."""
        return self.other._waiting

    def start(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self.resume()

    def pause(self) -> None:
        self._paused = True

    def resume(self) -> None:
        self._paused = False
        self._pair.moved()

    def write(self, data: Buffer) -> None:
        if not self._closed and len(data):
            self.other._arrived.extend(self._pair.split(bytes(data)))
            self.other._waiting += len(data)
            self._was_high = self._was_high or self.pending > HIGH_WATER
            self._pair.moved()

    def write_urgent(self, data: Buffer) -> None:
        if not self._closed and self.other._urgent_comes is not None:
            self.other._urgent_comes()
        self.write(data)

    def mind_urgent(self, coming: Callable[[], object]) -> None:
        self._urgent_comes = coming

    def write_file(self, file: BinaryIO, offset: int, count: int) -> None:
        with file:
            file.seek(offset)
            self.write(file.read(count))

    def finish(self, linger: float = 0.0) -> None:
        del linger  # nothing gets lost in memory
        self._closed = True
        self.other._their_end = True
        self._pair.moved()

    def abort(self) -> None:
        self.other._arrived.clear()
        self.other._waiting = 0
        self.finish()

    def step(self) -> bool:
        """Deliver one piece or the end; False where there is nothing to deliver now."""
        if self._receiver is None or self._lost:
            return False
        if self._was_high and self.pending <= LOW_WATER:
            self._was_high = False
            self._receiver.drained()
            return True
        if self._closed and (self._their_end or not self._paused):
            self._lost = True
            self._receiver.lost(None)
            return True
        if self._paused:
            return False
        if self._arrived:
            data = self._arrived.popleft()
            self._waiting -= len(data)
            self._receiver.received(data)
            return True
        if self._their_end and not self._told_end:
            self._told_end = True
            self._receiver.ended()
            return True
        return False


class Pair:
    """Two joined streams, ``client`` and ``server``.

    ``piece`` bytes at most arrive at once (0: as written). ``schedule`` (an event loop's ``call_soon``) makes the
    bytes flow by themselves; without it, ``flow`` does.
    """

    def __init__(self, piece: int = 0, schedule: Callable[[Callable[[], None]], object] | None = None) -> None:
        here, there = Address("127.0.0.1", 50000), Address("127.0.0.1", 8080)
        self._piece = piece
        self._schedule = schedule
        self._scheduled = False
        self.client = MemoryStream(self, here, there)
        self.server = MemoryStream(self, there, here)
        self.client.other, self.server.other = self.server, self.client

    def split(self, data: bytes) -> list[bytes]:
        """``data`` in the pieces in which it arrives."""
        size = self._piece or len(data)
        return [data[at : at + size] for at in range(0, len(data), size)]

    def moved(self) -> None:
        """Something was written, or may be read again."""
        if self._schedule is not None and not self._scheduled:
            self._scheduled = True
            self._schedule(self._flow_soon)

    def _flow_soon(self) -> None:
        self._scheduled = False
        self.flow()

    def flow(self) -> None:
        """Deliver until nothing is left to deliver."""
        while self.server.step() | self.client.step():
            pass
