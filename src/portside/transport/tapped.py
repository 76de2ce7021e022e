"""Streams and datagrams with a tap between them and the wire, for whoever watches the bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from portside.errors import TransportError
from portside.interfaces import Address, Buffer, DatagramReceiver, Datagrams, Receiver, Role, Stream, StreamTap, Tap
from portside.transport.outbox import Outbox
from portside.transport.tcp import HIGH_WATER


class TappedStream:
    """Decorates ``below``: every byte that passes is shown to ``tap``. Without one, there is no such object."""

    def __init__(self, below: Stream, tap: Tap, role: Role, *, second: bool = False) -> None:
        self._below = below
        self._tap: StreamTap = tap.stream(below.door, role, second=second)
        self._receiver: Receiver | None = None
        self._outbox = Outbox(below, self._send)
        self._finishing: float | None = None
        self._finished = False
        self.door = below.door

    @property
    def pending(self) -> int:
        return self._below.pending + self._outbox.waiting

    def start(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._below.start(self)

    def write(self, data: Buffer) -> None:
        if self._finishing is None:
            self._outbox.put(data)

    def write_urgent(self, data: Buffer) -> None:
        if self._finishing is not None:
            return
        if self._outbox:
            self._outbox.put(data)
        else:
            self._tap.sent(data)
            self._below.write_urgent(data)

    def mind_urgent(self, coming: Callable[[], object]) -> None:
        self._below.mind_urgent(coming)

    def write_file(self, file: BinaryIO, offset: int, count: int) -> None:
        if self._finishing is None:
            self._outbox.put_file(file, offset, count)
        else:
            file.close()

    def _send(self, data: Buffer) -> None:
        self._tap.sent(data)
        self._below.write(data)

    def finish(self, linger: float = 0.0) -> None:
        if self._finishing is None:
            self._finishing = linger
            if not self._outbox:
                self._end_our_direction()

    def _end_our_direction(self) -> None:
        if not self._finished:
            self._finished = True
            self._tap.finished()
            self._below.finish(self._finishing or 0.0)

    def abort(self) -> None:
        self._finishing = 0.0
        self._outbox.clear()
        self._below.abort()

    def pause(self) -> None:
        self._below.pause()

    def resume(self) -> None:
        self._below.resume()

    def received(self, data: bytes) -> None:
        self._tap.came(data)
        self._receiver.received(data)  # type: ignore[union-attr]

    def ended(self) -> None:
        self._tap.ended()
        self._receiver.ended()  # type: ignore[union-attr]

    def drained(self) -> None:
        self._outbox.pump()
        if self._finishing is not None and not self._outbox:
            self._end_our_direction()
        if self.pending <= HIGH_WATER:  # else the stream below is high again, and tells once more
            self._receiver.drained()  # type: ignore[union-attr]

    def lost(self, error: TransportError | None) -> None:
        self._outbox.clear()
        self._tap.lost(error)
        self._receiver.lost(error)  # type: ignore[union-attr]


class TappedDatagrams:
    """Decorates ``below``: every datagram that passes is shown to ``tap``."""

    def __init__(self, below: Datagrams, tap: Tap, role: Role) -> None:
        self._below = below
        self._tap = tap.datagrams(below.door, role)
        self._receiver: DatagramReceiver | None = None
        self.door = below.door

    def start(self, receiver: DatagramReceiver) -> None:
        self._receiver = receiver
        self._below.start(self)

    def send(self, data: Buffer, to: Address | None = None) -> None:
        self._tap.sent(data, self.door.remote if to is None else to)
        self._below.send(data, to)

    def close(self) -> None:
        self._below.close()

    def datagram(self, data: bytes, source: Address) -> None:
        self._tap.came(data, source)
        self._receiver.datagram(data, source)  # type: ignore[union-attr]

    def lost(self, error: TransportError | None) -> None:
        self._receiver.lost(error)  # type: ignore[union-attr]
