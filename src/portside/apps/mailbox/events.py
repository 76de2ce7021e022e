"""What happens in a mailbox, told to the pages that are open as server-sent events (HTML §9.2).

Each event has a number, and an id that says in which life of the server it was so. Whoever lost the connection says
the last id it has heard and is told what it missed; where that is not known any more, it has to look at all anew.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass

from portside.mail.maildir.summary import Change, Happening

KEPT = 2000
"""Events that are kept for those who come back: some seconds of a flood, some days of a developer."""
MOST_IDS = 500
"""Ids of one event: where more messages are meant, it is quicker to look at everything anew."""
EVERY = 0.1
"""Seconds between two rows of events at least: a flood of messages is told in few of them."""
ALIVE = 15.0
"""Seconds after which silence is broken, so that who has gone frees a place."""
ANEW = "anew"
"""What an event is called that says: look at everything again."""
RETRY = 1000
"""Milliseconds that a browser waits before it comes back."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that has happened to the messages ``ids``; without ``what``, anything may have happened to all."""

    number: int
    what: Happening | None = None
    ids: tuple[str, ...] = ()


class Events:
    """The latest events. ``life`` tells this server's from those of the one before."""

    def __init__(self, life: str) -> None:
        self._life = life
        self._latest: deque[Event] = deque(maxlen=KEPT)
        self._bell = asyncio.Event()
        self._closing = asyncio.Event()
        self.number = 0

    def tell(self, change: Change) -> None:
        """Something has happened."""
        self.number += 1
        few = len(change.ids) <= MOST_IDS
        self._latest.append(Event(self.number, change.what, change.ids) if few else Event(self.number))
        bell, self._bell = self._bell, asyncio.Event()
        bell.set()

    def close(self) -> None:
        """Let go of everybody who waits."""
        self._closing.set()
        self._bell.set()

    @property
    def closed(self) -> bool:
        """Whether nothing is told any more."""
        return self._closing.is_set()

    async def changed(self, number: int, seconds: float) -> bool:
        """Wait until something has happened after event ``number``, or it is closed; False where time has passed."""
        bell = self._bell
        if self.number > number or self.closed:
            return True
        return await _within(bell, seconds)

    async def pause(self, seconds: float = EVERY) -> None:
        """Let so much time pass, unless it is closed."""
        await _within(self._closing, seconds)

    def after(self, number: int) -> list[Event] | None:
        """The events after ``number``; None where they are not all known."""
        missed = self.number - number
        if missed < 0 or missed > len(self._latest):
            return None
        return [event for event in self._latest if event.number > number]

    async def listen(self, last_id: str) -> AsyncIterator[bytes]:
        """The events as they are sent, after the one whose id was the last that was heard ("" for none)."""
        heard = self._number_of(last_id)
        yield b"retry: %d\n\n" % RETRY
        while not self.closed:
            missed = None if heard is None else self.after(heard)
            if missed is None:
                heard = self.number
                yield self._written(Event(heard))
            elif missed:
                heard = missed[-1].number
                yield b"".join(self._written(event) for event in _gathered(missed))
                await self.pause()
            elif not await self.changed(self.number, ALIVE):
                yield b": still here\n\n"

    def _written(self, event: Event) -> bytes:
        name = ANEW if event.what is None else event.what.value
        told = json.dumps({"ids": event.ids})
        return f"id: {self._life}-{event.number}\nevent: {name}\ndata: {told}\n\n".encode()

    def _number_of(self, last_id: str) -> int | None:
        life, _, number = last_id.rpartition("-")
        known = life == self._life and number.isascii() and number.isdigit() and len(number) < 19
        return int(number) if known else None


def _gathered(events: Sequence[Event]) -> Iterator[Event]:
    """The same in fewer events: neighbours of one kind are one."""
    held: Event | None = None
    for event in events:
        if held is not None and held.what is event.what and len(held.ids) + len(event.ids) <= MOST_IDS:
            held = Event(event.number, held.what, held.ids + event.ids)
            continue
        if held is not None:
            yield held
        held = event
    if held is not None:
        yield held


async def _within(bell: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await bell.wait()
    except TimeoutError:
        return False
    return True
