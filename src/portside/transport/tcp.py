"""Streams over sockets: TCP and Unix (RFC 9293, POSIX AF_UNIX).

A stream reads as soon as the kernel has something and writes as much as the kernel takes at once, so a small
message costs one system call each way. Only what the kernel refuses is kept, with one rule: a receiver is never
called from within ``write``, ``finish`` or ``abort``, so nobody has to be ready for a surprise while speaking.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from portside.errors import ConnectionLost, TransportError
from portside.interfaces import Address, Buffer, Door, Receiver
from portside.transport.readiness import Readiness, Watch
from portside.transport.urgency import Urgency, send_urgent

HIGH_WATER = 256 * 1024
"""Pending bytes above which a sender should wait: some round trips' worth on a fast network."""
LOW_WATER = 64 * 1024
"""Pending bytes below which it may go on."""
FIRST_READ = 16 * 1024
"""Bytes asked for at first: more than any usual request, less than an allocation that hurts."""
LARGEST_READ = 512 * 1024
"""Bytes asked for at most, once reads have come back full."""
LARGEST_LATE = 16 * 1024
"""Bytes of an answer that may wait for others to leave with it."""
READS_AT_ONCE = 4
"""Full reads in a row before anybody else gets a turn."""
SENDFILE_STEP = 8 * 1024 * 1024
"""Bytes handed to one sendfile call; the kernel takes what fits in the socket's buffer."""
UNSENT = 128 * 1024
"""Bytes that the kernel takes beyond what is on its way: with more, acknowledgements have to send them on, and a reader
on the same machine does that work beside its own."""
STALL_LIMIT = 60.0
"""Seconds in which a peer has to take at least one byte of what waits for it."""
DISCARD_LIMIT = 16 * 1024 * 1024
"""Bytes of a peer that we read and throw away while lingering."""

# glibc takes a large buffer afresh from the kernel, page by page, unless a larger one was given back before. So one is:
# without it, a fast download spends more time on its buffers than on its bytes.
bytes(8 * LARGEST_READ)


@dataclass(slots=True)
class _FileJob:
    file: BinaryIO
    offset: int
    count: int


class SocketStream:
    """A connected, non-blocking stream socket as a ``Stream``."""

    __slots__ = (
        "__weakref__", "_closing", "_crowd", "_ended", "_fd", "_late", "_linger", "_loop", "_moved", "_paused",
        "_queue", "_read_size", "_receiver", "_recv", "_send", "_sock", "_stall", "_timer", "_urgency", "_was_high",
        "_watch", "_write_error", "door", "pending",
    )  # fmt: skip

    def __init__(self, sock: socket.socket, watch: Watch | None = None) -> None:
        """``sock`` is connected; this object owns it from now on. ``watch`` (the event loop) says when it is ready."""
        sock.setblocking(False)
        if sock.family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT)
        self._sock: socket.socket | None = sock
        self._fd = sock.fileno()
        self._recv = sock.recv
        self._send = sock.send
        self._loop = asyncio.get_running_loop()
        self._watch: Watch = watch or self._loop
        self._crowd = watch if isinstance(watch, Readiness) else None
        self._late: Buffer | None = None
        self._receiver: Receiver | None = None
        self._queue: deque[memoryview | _FileJob] | None = None
        self._read_size = FIRST_READ
        self._paused = True
        self._ended = False
        self._was_high = False
        self._closing = False
        self._linger = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._stall: asyncio.TimerHandle | None = None
        self._moved = False
        self._write_error: OSError | None = None
        self._urgency: Urgency | None = None
        self.pending = 0
        self.door = Door(local=address_of(sock.getsockname()), remote=address_of(sock.getpeername()))

    # ------------------------------------------------------------------------------------------ reading

    def start(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self.resume()

    def pause(self) -> None:
        if not self._paused:
            self._paused = True
            self._watch.remove_reader(self._fd)

    def resume(self) -> None:
        if self._paused and self._sock is not None and not self._ended:
            self._paused = False
            self._watch.add_reader(self._fd, self._readable)

    def _readable(self) -> None:
        for _ in range(READS_AT_ONCE):
            size = self._read_size
            if self._urgency is not None:
                self._urgency.look()
            try:
                data = self._recv(size)
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                self._lose(error)
                return
            if not data:
                self._ended = True
                self.pause()
                self._receiver.ended()  # type: ignore[union-attr]
                return
            self._receiver.received(data)  # type: ignore[union-attr]
            if len(data) < size:
                return
            self._read_size = min(size * 4, LARGEST_READ)
            if self._paused or self._closing:
                return

    def mind_urgent(self, coming: Callable[[], object]) -> None:
        if self._sock is not None and self._sock.family != socket.AF_UNIX:
            self._urgency = Urgency(self._sock, coming)

    # ------------------------------------------------------------------------------------------ writing

    def write(self, data: Buffer) -> None:
        if self._closing:
            return
        if self._late is not None:
            self._send_late()
        elif self._crowd is not None and len(data) <= LARGEST_LATE and not self._queue:
            late = self._crowd.late
            if late is not None:
                self._late = data
                late.append(self._send_late)
                return
        self._put(data)

    def _send_late(self) -> None:
        """Send what has waited for the end of the row (see ``readiness``)."""
        data, self._late = self._late, None
        if data is not None and self._sock is not None:
            self._put(data)

    def _put(self, data: Buffer) -> None:
        if self._queue:
            self._enqueue(memoryview(data), len(data))
            return
        try:
            sent = self._send(data)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError as error:
            self._break_writing(error)
            return
        if sent != len(data):
            self._enqueue(memoryview(data)[sent:], len(data) - sent)

    def write_urgent(self, data: Buffer) -> None:
        """Where others wait to be sent, the urgent byte goes as any other: it is not to overtake them."""
        self._send_late()
        if self._urgent_can_go() and len(data):
            rest = memoryview(data)[send_urgent(self._sock, data) :]  # type: ignore[arg-type]
            data = rest if len(rest) else b""
        if len(data):
            self.write(data)

    def _urgent_can_go(self) -> bool:
        sound = not self._closing and self._write_error is None and not self._queue
        return sound and self._sock is not None and self._sock.family != socket.AF_UNIX

    def write_file(self, file: BinaryIO, offset: int, count: int) -> None:
        self._send_late()
        if self._closing or self._write_error is not None:
            file.close()
            return
        self._enqueue(_FileJob(file, offset, count), count)
        if self._queue is not None and len(self._queue) == 1 and self._write_queue():
            self._was_high = self.pending > HIGH_WATER  # who speaks is not told of what left while it spoke
            if not self._queue:
                self._watch.remove_writer(self._fd)

    def _enqueue(self, item: memoryview | _FileJob, size: int) -> None:
        if self._write_error is not None:
            return
        if self._queue is None:
            self._queue = deque()
        if not self._queue:
            self._watch.add_writer(self._fd, self._writable)
            if self._stall is None:
                self._stall = self._loop.call_later(STALL_LIMIT, self._check_stall)
        self._queue.append(item)
        self.pending += size
        self._was_high = self._was_high or self.pending > HIGH_WATER

    def _check_stall(self) -> None:
        """A peer that takes nothing must not hold what waits for it for ever."""
        self._stall = None
        if self._queue and not self._moved:
            self._lose(OSError(errno.ETIMEDOUT, f"nothing was taken for {STALL_LIMIT:g} s"))
        elif self._queue:
            self._moved = False
            self._stall = self._loop.call_later(STALL_LIMIT, self._check_stall)

    def _writable(self) -> None:
        if self._write_queue():
            self._after_writing()

    def _write_queue(self) -> bool:
        """Write what the kernel takes now; False where it will never take more."""
        queue = self._queue
        try:
            while queue:
                item = queue[0]
                if not (self._send_file(item) if isinstance(item, _FileJob) else self._send_some(item)):
                    break
        except (BlockingIOError, InterruptedError):
            pass
        except OSError as error:
            self._break_writing(error)
            return False
        return True

    def _send_some(self, item: memoryview) -> bool:
        assert self._queue is not None
        sent = self._send(item)
        self._moved = True
        self.pending -= sent
        if sent == len(item):
            self._queue.popleft()
            return True
        self._queue[0] = item[sent:]
        return False

    def _send_file(self, job: _FileJob) -> bool:
        assert self._queue is not None
        if job.count:
            sent = os.sendfile(self._fd, job.file.fileno(), job.offset, min(job.count, SENDFILE_STEP))
            if sent == 0:
                raise OSError("the file became shorter while it was sent")
            self._moved = True
            job.offset += sent
            job.count -= sent
            self.pending -= sent
        if job.count:
            return False
        self._queue.popleft()
        job.file.close()
        return True

    def _after_writing(self) -> None:
        if not self._queue:
            self._watch.remove_writer(self._fd)
            if self._closing:
                self._end_our_direction()
                return
        if self._was_high and self.pending <= LOW_WATER:
            self._was_high = False
            if self._receiver is not None:
                self._receiver.drained()

    def _break_writing(self, error: OSError) -> None:
        """Nothing more can be sent; an answer may still be waiting to be read, so go on reading."""
        self._write_error = error
        self._drop_queue()
        if self._closing or self._paused or not isinstance(error, ConnectionError):
            self._closing = True  # where a file has failed the wire is sound, and nothing may follow the gap
            self._loop.call_soon(self._lose, error)

    def _drop_queue(self) -> None:
        self._late = None
        if self._queue:
            self._watch.remove_writer(self._fd)
            for item in self._queue:
                if isinstance(item, _FileJob):
                    item.file.close()
            self._queue.clear()
        self.pending = 0

    # ------------------------------------------------------------------------------------------ closing

    def finish(self, linger: float = 0.0) -> None:
        self._send_late()
        if self._closing:
            return
        self._closing = True
        self._linger = linger
        if not self._queue:
            self._end_our_direction()

    def _end_our_direction(self) -> None:
        """All is sent: say so, and give the other side time to read it (RFC 9112 §9.6)."""
        if self._sock is None:
            return
        if self._linger <= 0 or self._ended:
            self._loop.call_soon(self._lose, None)
            return
        with contextlib.suppress(OSError):  # the other side may be gone already
            self._sock.shutdown(socket.SHUT_WR)
        self._receiver = _Discard(self, self._receiver)
        self._timer = self._loop.call_later(self._linger, self._lose, None)
        self.resume()

    def abort(self) -> None:
        self._closing = True
        if self._sock is not None:
            self._drop_queue()
            self.pause()
            self._loop.call_soon(self._lose, None)

    def _lose(self, error: OSError | None) -> None:
        if self._sock is None:
            return
        self._closing = True
        self.pause()
        self._drop_queue()
        for timer in (self._timer, self._stall):
            if timer is not None:
                timer.cancel()
        self._sock.close()
        self._sock = None
        receiver, self._receiver = self._receiver, None
        if receiver is not None:
            receiver.lost(None if error is None else lost_because(error, self.door.remote))


class _Discard:
    """Reads what a peer still sends after our end, so that closing does not reset the connection."""

    __slots__ = ("_behind", "_seen", "_stream")

    def __init__(self, stream: SocketStream, behind: Receiver | None) -> None:
        self._stream = stream
        self._behind = behind
        self._seen = 0

    def received(self, data: bytes) -> None:
        self._seen += len(data)
        if self._seen > DISCARD_LIMIT:
            self._stream.abort()

    def ended(self) -> None:
        self._stream.abort()

    def drained(self) -> None:
        """Nothing is waiting for room any more."""

    def lost(self, error: TransportError | None) -> None:
        if self._behind is not None:
            self._behind.lost(None)


def address_of(name: object) -> Address:
    """The address in what ``getsockname`` and ``getpeername`` give for AF_INET, AF_INET6 and AF_UNIX."""
    if isinstance(name, tuple):
        return Address(str(name[0]), int(name[1]))
    return Address("", 0, os.fsdecode(name) if isinstance(name, bytes) else str(name) or "(unnamed)")


def lost_because(error: OSError, remote: Address) -> ConnectionLost:
    """The one line for a person about a connection that broke."""
    reason = error.strerror or str(error)
    return ConnectionLost(f"the connection with {remote} broke: {reason[:1].lower()}{reason[1:]}")
