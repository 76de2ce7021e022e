"""Stores for tests: what they were given is there to be looked at, and they fail when they are told to."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from portside.mail.envelope import Envelope, Origin
from portside.mail.storing import StoreError


@dataclass
class Kept:
    """A message, with what is known of it."""

    content: bytes
    envelope: Envelope
    origin: Origin


@dataclass
class ShelfStore:
    """Keeps messages in memory. With ``later``, each ``keep`` waits in ``waiting`` until the test lets it go on.

    ``failing``: the step that raises (``receive``, ``write``, ``keep``), and what.
    """

    later: bool = False
    failing: dict[str, StoreError] = field(default_factory=dict)
    kept: list[Kept] = field(default_factory=list)
    waiting: list[tuple[asyncio.Future[str], Kept]] = field(default_factory=list)
    open: int = 0
    asked: asyncio.Event = field(default_factory=asyncio.Event)  # something waits

    def receive(self) -> ShelfIncoming:
        self.fail("receive")
        self.open += 1
        return ShelfIncoming(self)

    def fail(self, step: str) -> None:
        if step in self.failing:
            raise self.failing[step]

    def let_go(self) -> None:
        """What waits is kept now."""
        waiting, self.waiting = self.waiting, []
        for future, message in waiting:
            self.kept.append(message)
            future.set_result(f"id{len(self.kept)}")


class ShelfIncoming:
    def __init__(self, shelf: ShelfStore) -> None:
        self._shelf = shelf
        self._data = bytearray()
        self._over = False

    def write(self, data: bytes) -> None:
        self._shelf.fail("write")
        self._data += data

    def keep(self, envelope: Envelope, origin: Origin) -> asyncio.Future[str]:
        self._end()
        message = Kept(bytes(self._data), envelope, origin)
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        if "keep" in self._shelf.failing:
            future.set_exception(self._shelf.failing["keep"])
        elif self._shelf.later:
            self._shelf.waiting.append((future, message))
            self._shelf.asked.set()
        else:
            self._shelf.kept.append(message)
            future.set_result(f"id{len(self._shelf.kept)}")
        return future

    def drop(self) -> None:
        self._end()

    def _end(self) -> None:
        if not self._over:
            self._over = True
            self._shelf.open -= 1
