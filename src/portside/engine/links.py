"""The second connections of one conversation: dialled when its rules say so, and heard under their names."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from portside.errors import TransportError
from portside.interfaces import Address, Buffer, Datagrams, Link, Rules, Stream

Dialler = Callable[[Address], Coroutine[Any, Any, Stream | Datagrams]]
"""Opens a second connection; raises ``TransportError``."""
Step = Callable[..., None]
"""``step(event, given, ask, *arguments)``: asks the rules about an event, and does what they say."""


class Links:
    """All second connections of one conversation with ``rules``."""

    __slots__ = ("_crash", "_dialler", "_doors", "_open", "_rules", "_step", "_tasks")

    def __init__(self, rules: Rules[Any], dialler: Dialler, step: Step, crash: Callable[[Exception], None]) -> None:
        self._rules = rules
        self._dialler = dialler
        self._step = step
        self._crash = crash
        self._doors: dict[Link, Stream | Datagrams] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._open = True

    def dial(self, link: Link, address: Address) -> None:
        """Open ``link``; the rules hear ``linked`` or ``failed``."""
        task = asyncio.get_running_loop().create_task(self._dial(link, address))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _dial(self, link: Link, address: Address) -> None:
        try:
            door = await self._dialler(address)
        except TransportError as error:
            self._step("failed", link, self._rules.failed, link, error)
            return
        except Exception as error:
            self._crash(error)
            return
        if not self._open:
            _shut(door)
            return
        self._doors[link] = door
        self._step("linked", link, self._rules.linked, link, door.door)
        if self._doors.get(link) is door:  # the rules may have closed it already
            door.start(_LinkReceiver(self, link))

    def send(self, link: Link, data: Buffer) -> None:
        """Put ``data`` on ``link``, if it is open."""
        door = self._doors.get(link)
        if isinstance(door, Datagrams):
            door.send(data)
        elif door is not None:
            door.write(data)

    def close(self, link: Link) -> None:
        """Finish ``link``."""
        door = self._doors.pop(link, None)
        if door is not None:
            _shut(door)

    def close_all(self) -> None:
        """Finish all of them, and dial no more."""
        self._open = False
        for task in self._tasks:
            task.cancel()
        while self._doors:
            _shut(self._doors.popitem()[1])

    def received(self, link: Link, data: bytes) -> None:
        self._step("received", data, self._rules.received, data, link)

    def ended(self, link: Link) -> None:
        self._step("ended", link, self._rules.ended, link)

    def lost(self, link: Link, error: TransportError | None) -> None:
        door = self._doors.pop(link, None)
        if isinstance(door, Datagrams):
            door.close()  # a refusal leaves the socket open
        if door is not None and error is not None and self._open:
            self._step("failed", link, self._rules.failed, link, error)


class _LinkReceiver:
    """Tells what happens on one link, by its name."""

    __slots__ = ("_link", "_links")

    def __init__(self, links: Links, link: Link) -> None:
        self._links = links
        self._link = link

    def received(self, data: bytes) -> None:
        self._links.received(self._link, data)

    def datagram(self, data: bytes, source: Address) -> None:
        del source  # a dialled socket hears one address only
        self._links.received(self._link, data)

    def ended(self) -> None:
        self._links.ended(self._link)

    def lost(self, error: TransportError | None) -> None:
        self._links.lost(self._link, error)

    def drained(self) -> None:
        """Links say little: what waits on them needs no pressure."""


def _shut(door: Stream | Datagrams) -> None:
    if isinstance(door, Datagrams):
        door.close()
    else:
        door.finish()
