"""Saves a world off the event loop: one thread has the file, and what waits for it is written together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeVar

from portside.apps.world.ledger import Ledger, Saved
from portside.apps.world.model import Player, World
from portside.apps.world.records import Record, player_record, world_record

Result = TypeVar("Result")


class Saving:
    """The way from a world to its file. Closed by ``close``, after which nothing can be saved."""

    def __init__(self, ledger: Ledger, world: World) -> None:
        self._ledger = ledger
        self._world = world
        self._thread = ThreadPoolExecutor(1, "portside-world")
        self._turn = asyncio.Lock()
        self._waiting: dict[str, Record] = {}
        self._noted: dict[str, Record] = {}

    def note(self, player: Player) -> None:
        """What a player is now is to be saved by the next ``save``, if it is new; of a guest nothing is."""
        record = player_record(self._world, player)
        if not player.guest and self._noted.get(player.key) != record:
            self._noted[player.key] = self._waiting[player.key] = record

    def forget(self, player: Player) -> None:
        """A player has left: what they were is looked up when they come again."""
        self._noted.pop(player.key, None)

    async def save(self) -> None:
        """Have all on the disk that was noted before, and what has changed in the world. Raises NotSaved."""
        async with self._turn:
            if not self._waiting and not self._world.changed:
                return
            players, self._waiting = self._waiting, {}
            self._world.changed = False
            world = world_record(self._world)
            try:
                await self._run(lambda: self._ledger.keep(players, world))
            except BaseException:
                self._waiting = players | self._waiting
                self._world.changed = True
                raise

    async def player(self, key: str) -> Saved | None:
        """Who has the name of ``key``, as they are by now: what waits to be written counts."""
        async with self._turn:
            saved = await self._run(lambda: self._ledger.player(key))
        return replace(saved, record=self._waiting[key]) if saved and key in self._waiting else saved

    async def register(self, key: str, name: str, password: str) -> bool:
        """Keep a new name; False where somebody was faster. Raises NotSaved and LimitExceeded."""
        async with self._turn:
            return await self._run(lambda: self._ledger.register(key, name, password))

    async def close(self) -> None:
        """Save what waits, and let the file go."""
        try:
            await self.save()
        finally:
            await self._run(self._ledger.close)
            self._thread.shutdown(wait=False)

    async def _run(self, call: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)
