"""Saving off the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping

import pytest

from portside.apps.world.ledger import IN_MEMORY, Ledger, NotSaved
from portside.apps.world.records import Record, player_record
from portside.apps.world.saving import Saving
from tests.support.worlds import Stage


class Watched(Ledger):
    """A ledger that counts its writings, and fails or waits where it is told to."""

    def __init__(self) -> None:
        super().__init__(IN_MEMORY, "Smallton")
        self.kept: list[list[str]] = []
        self.threads: set[int] = set()
        self.fails = False
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    def keep(self, players: Mapping[str, Record], world: Record) -> None:
        self.may_go_on.wait()
        self.threads.add(threading.get_ident())
        if self.fails:
            raise NotSaved("no room")
        self.kept.append(sorted(players))
        super().keep(players, world)


async def opened() -> tuple[Stage, Watched, Saving]:
    stage, ledger = Stage(), Watched()
    saving = Saving(ledger, stage.world)
    await saving.register("anna", "Anna", "$hash")
    stage.world.changed = False
    return stage, ledger, saving


def test_what_was_noted_is_written_by_another_thread() -> None:
    async def run() -> None:
        stage, ledger, saving = await opened()
        anna = stage.player()
        saving.note(anna)
        await saving.save()
        saved = await saving.player("anna")
        assert saved is not None and saved.record == player_record(stage.world, anna)
        assert ledger.threads and threading.get_ident() not in ledger.threads
        await saving.close()

    asyncio.run(run())


def test_without_a_change_nothing_is_written() -> None:
    async def run() -> None:
        stage, ledger, saving = await opened()
        await saving.save()
        assert ledger.kept == []
        stage.world.set("lever", "down")
        await saving.save()
        await saving.save()
        assert ledger.kept == [[]]
        await saving.close()

    asyncio.run(run())


def test_who_has_not_changed_is_not_written_again() -> None:
    async def run() -> None:
        stage, ledger, saving = await opened()
        anna = stage.player()
        for _ in range(3):
            saving.note(anna)
            await saving.save()
        assert ledger.kept == [["anna"]]
        saving.forget(anna)
        saving.note(anna)
        await saving.save()
        assert ledger.kept == [["anna"], ["anna"]]
        await saving.close()

    asyncio.run(run())


def test_of_a_guest_nothing_is_kept() -> None:
    async def run() -> None:
        stage, ledger, saving = await opened()
        guest = stage.player("Heron", guest=True)
        stage.world.changed = False
        saving.note(guest)
        await saving.save()
        assert ledger.kept == []
        await saving.close()

    asyncio.run(run())


def test_what_waits_is_written_together() -> None:
    async def run() -> None:
        stage, ledger, saving = await opened()
        players = [stage.player(name) for name in ("Anna", "Ben", "Cleo")]
        ledger.may_go_on.clear()
        saving.note(players[0])
        first = asyncio.create_task(saving.save())
        await asyncio.sleep(0)
        saves = []
        for player in players[1:]:
            saving.note(player)
            saves.append(asyncio.create_task(saving.save()))
        await asyncio.sleep(0)
        ledger.may_go_on.set()
        await asyncio.gather(first, *saves)
        assert ledger.kept == [["anna"], ["ben", "cleo"]]
        await saving.close()

    asyncio.run(run())


def test_what_could_not_be_written_is_tried_again() -> None:
    async def run() -> None:
        stage, ledger, saving = await opened()
        saving.note(stage.player())
        ledger.fails = True
        with pytest.raises(NotSaved):
            await saving.save()
        saved = await saving.player("anna")
        assert saved is not None and saved.record is not None, "what waits counts already"
        ledger.fails = False
        await saving.save()
        assert ledger.kept == [["anna"]]
        await saving.close()

    asyncio.run(run())


def test_what_is_noted_is_what_was_then() -> None:
    async def run() -> None:
        stage, _, saving = await opened()
        anna = stage.player()
        saving.note(anna)
        anna.room = "yard"
        await saving.save()
        saved = await saving.player("anna")
        assert saved is not None and saved.record is not None and saved.record["room"] == "hall"
        await saving.close()

    asyncio.run(run())
