"""Which sockets are ready, asked once for all connections of a server.

An event loop makes an object, a queue entry and a context switch of every readiness. For one socket that is cheap;
for a server's thousands it is a quarter of the work of a small request. So a server's sockets stand in an epoll of
their own, which itself is one socket to the event loop: when it is ready, all that are ready are called in a row.
Where there is no epoll, the event loop does it, with the same four methods.

Small answers wait for the end of such a row and leave together. Each would otherwise wake its reader, who is asleep
again before the next one comes; and waking somebody on another core takes longer than the answer itself.
"""

from __future__ import annotations

import asyncio
import select
from collections.abc import Callable
from typing import Protocol

CALLED_AT_ONCE = 256
"""Sockets called before the event loop gets a turn for its timers and tasks."""

SENT_TOGETHER = 16
"""Answers that wait for each other: a fraction of a millisecond's work, which nobody notices."""

_READ = getattr(select, "EPOLLIN", 0)
_WRITE = getattr(select, "EPOLLOUT", 0)


class Watch(Protocol):
    """Calls back when a descriptor can be read or written: an event loop, or a ``Readiness``."""

    def add_reader(self, fd: int, callback: Callable[[], None]) -> None: ...

    def remove_reader(self, fd: int) -> object: ...

    def add_writer(self, fd: int, callback: Callable[[], None]) -> None: ...

    def remove_writer(self, fd: int) -> object: ...


class Readiness:
    """One epoll for many descriptors, as a ``Watch``."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._epoll = select.epoll()
        self._readers: dict[int, Callable[[], None]] = {}
        self._writers: dict[int, Callable[[], None]] = {}
        self.late: list[Callable[[], None]] | None = None
        """What is to be called at the end of this row; None outside of one."""
        self._loop.add_reader(self._epoll.fileno(), self._call)

    def _call(self) -> None:
        readers, writers = self._readers, self._writers
        late: list[Callable[[], None]] = []
        self.late = late
        for fd, events in self._epoll.poll(0, CALLED_AT_ONCE):
            # an error or a hang-up is found out by whoever is there to read or write
            try:
                if events != _WRITE and fd in readers:
                    readers[fd]()
                if events != _READ and fd in writers:
                    writers[fd]()
            except Exception as error:
                self._loop.call_exception_handler({"message": "a connection's callback failed", "exception": error})
            if len(late) >= SENT_TOGETHER:
                self._call_late(late)
        self.late = None
        self._call_late(late)

    def _call_late(self, late: list[Callable[[], None]]) -> None:
        for call in late:
            call()
        late.clear()

    def add_reader(self, fd: int, callback: Callable[[], None]) -> None:
        self._readers[fd] = callback
        self._set(fd, fd in self._writers)

    def remove_reader(self, fd: int) -> None:
        if self._readers.pop(fd, None) is not None:
            self._unset(fd)

    def add_writer(self, fd: int, callback: Callable[[], None]) -> None:
        self._writers[fd] = callback
        self._set(fd, fd in self._readers)

    def remove_writer(self, fd: int) -> None:
        if self._writers.pop(fd, None) is not None:
            self._unset(fd)

    def _mask(self, fd: int) -> int:
        return (_READ if fd in self._readers else 0) | (_WRITE if fd in self._writers else 0)

    def _set(self, fd: int, known: bool) -> None:
        if self._epoll.closed:
            return
        if known:
            self._epoll.modify(fd, self._mask(fd))
        else:
            self._epoll.register(fd, self._mask(fd))

    def _unset(self, fd: int) -> None:
        if self._epoll.closed:
            return
        mask = self._mask(fd)
        if mask:
            self._epoll.modify(fd, mask)
        else:
            self._epoll.unregister(fd)

    def close(self) -> None:
        """Watch nothing any more."""
        if not self._epoll.closed:
            self._loop.remove_reader(self._epoll.fileno())
            self._readers.clear()
            self._writers.clear()
            self._epoll.close()


def watch_many() -> Readiness | None:
    """A ``Readiness`` where the system has epoll; None leaves it to the event loop."""
    return Readiness() if hasattr(select, "epoll") else None
