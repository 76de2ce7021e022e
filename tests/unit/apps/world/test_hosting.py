"""The world behind a server: visits, from the door to the farewell."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from portside.accounts import passwords
from portside.apps.world import entering as entering_module
from portside.apps.world import hosting
from portside.apps.world.flood import PATIENCE
from portside.apps.world.hosting import WorldApp, make_app, usual_file
from portside.apps.world.ledger import IN_MEMORY, Ledger, NotSaved
from portside.errors import UsageError
from tests.support.worlds import NOW, SMALL, FakeVisitor, HungUp, small_plan

SECRET = "correct horse"
NEW_ANNA = ("anna", "y", SECRET, SECRET)
OLD_ANNA = ("anna", SECRET)


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entering_module, "hash_password", partial(passwords.hash_password, cost=1))


class Town:
    """A running world, and whoever visits it."""

    def __init__(self, save: Path = IN_MEMORY) -> None:
        self.now = NOW
        self.app = WorldApp(small_plan(), save, clock=lambda: self.now, dice=lambda: 0.99)
        self.visits: list[asyncio.Task[None]] = []

    async def visit(self, *lines: str, **kind: object) -> FakeVisitor:
        """Somebody who comes in and types ``lines``, of which the first ones are for the door."""
        visitor = FakeVisitor(*lines, **kind)  # type: ignore[arg-type]
        self.visits.append(asyncio.create_task(self.app(visitor)))  # type: ignore[arg-type]
        await visitor.until("You are ")
        return visitor

    async def over(self) -> None:
        """Everybody has gone; a visit that ended by hanging up is a good end."""
        for result in await asyncio.gather(*self.visits, return_exceptions=True):
            assert result is None or isinstance(result, HungUp), result
        self.visits.clear()


def in_town(test: Callable[[Town], Awaitable[None]], save: Path = IN_MEMORY) -> None:
    async def run() -> None:
        town = Town(save)
        try:
            await test(town)
        finally:
            for visit in town.visits:
                visit.cancel()
            await asyncio.gather(*town.visits, return_exceptions=True)
            await town.app.close()

    asyncio.run(run())


def test_a_visit_goes_from_the_door_to_the_farewell() -> None:
    async def test(town: Town) -> None:
        visitor = await town.visit(*NEW_ANNA, "look", "quit")
        await town.over()
        assert visitor.screen.startswith("\nSmallton\n")
        assert "You are Anna. 'help' tells what you can do" in visitor.screen
        assert "The Hall\nA bare hall.\n" in visitor.screen
        assert visitor.screen.endswith("Fair winds, Anna.\n")
        assert town.app.world.players == {}

    in_town(test)


def test_two_visitors_see_and_hear_each_other_above_their_prompts() -> None:
    async def test(town: Town) -> None:
        anna = await town.visit(*NEW_ANNA)
        await anna.until("> ")
        heron = await town.visit("guest")
        await anna.until("\nHeron comes into view.\n")
        anna.types("'hello heron")
        await heron.until('\nAnna says, "hello heron"\n')
        heron.types("wave at anna", "quit")
        await anna.until("\nHeron waves at you.\n")
        await anna.until("\nHeron fades from view.\n")
        anna.leave()
        await town.over()

    in_town(test)


def test_who_comes_again_finds_what_they_had(tmp_path: Path) -> None:
    file = tmp_path / "w.sqlite"

    async def first(town: Town) -> None:
        visitor = await town.visit(*NEW_ANNA, "take lamp", "open box", "take pearl", "s")
        await visitor.until("The Shore")
        visitor.leave()
        await town.over()

    async def second(town: Town) -> None:
        visitor = await town.visit(*OLD_ANNA, "i", "score", "quit")
        await town.over()
        assert "The Shore" in visitor.screen
        assert "You carry a lamp and a pearl." in visitor.screen
        assert "10 of 10 points" in visitor.screen
        assert town.app.world.board[0].name == "Anna"

    in_town(first, file)
    in_town(second, file)


def test_of_a_guest_nothing_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "w.sqlite"

    async def test(town: Town) -> None:
        visitor = await town.visit("guest", "take pearl", "s", "quit")
        await town.over()
        assert "nothing is kept of your visit" in visitor.screen
        visitor = await town.visit("guest", "quit")
        assert "The Hall" in visitor.screen

    in_town(test, file)
    ledger = Ledger(file, "Smallton")
    assert ledger.player("heron") is None
    ledger.close()


def test_who_logs_in_twice_goes_on_at_the_new_terminal() -> None:
    async def test(town: Town) -> None:
        old = await town.visit(*NEW_ANNA, "s")
        await old.until("The Shore")
        new = await town.visit(*OLD_ANNA)
        await new.until("You blink, and go on where you were.")
        assert "You go on at another terminal." in old.screen and old.closed
        await new.until("The Shore")
        assert list(town.app.world.players) == ["anna"]
        new.types("'still here")
        await new.until('You say, "still here"')
        assert "still here" not in old.screen
        new.types("quit")
        await town.over()
        assert town.app.world.players == {}

    in_town(test)


def test_what_was_earned_is_on_the_disk_before_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    screens: list[str] = []
    visitors: list[FakeVisitor] = []
    keep = Ledger.keep

    def watched(self: Ledger, players: dict[str, dict[str, object]], world: dict[str, object]) -> None:
        keep(self, players, world)
        if any("won" in record["deeds"] for record in players.values()):  # type: ignore[operator]
            screens.extend(visitor.screen for visitor in visitors)

    monkeypatch.setattr(Ledger, "keep", watched)

    async def test(town: Town) -> None:
        visitors.append(await town.visit(*NEW_ANNA, "open box", "take pearl", "quit"))
        await town.over()
        assert "won the game" not in screens[0]
        assert "won the game" in visitors[0].screen

    in_town(test, tmp_path / "w.sqlite")


def test_a_world_that_cannot_be_saved_says_so_and_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object) -> None:
        raise NotSaved("no room left")

    async def test(town: Town) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(Ledger, "keep", fails)
            visitor = await town.visit(*NEW_ANNA, "take hat")
            await visitor.until("what you do now may be forgotten")
            visitor.types("i", "quit")
            await town.over()
        assert "You carry a hat." in visitor.screen

    with caplog.at_level(logging.ERROR):
        in_town(test)
    assert "the world could not be saved: no room left" in caplog.text


def test_a_visit_that_is_ended_while_it_begins_leaves_nobody_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(town: Town) -> None:
        visitor = FakeVisitor("guest")

        async def never() -> None:
            await asyncio.Event().wait()

        monkeypatch.setattr(town.app, "_save", never)
        visit = asyncio.create_task(town.app(visitor))  # type: ignore[arg-type]
        await visitor.until("> ", 0)
        await visitor.until("Exits:")
        monkeypatch.undo()
        visit.cancel()
        with pytest.raises(asyncio.CancelledError):
            await visit
        assert town.app.world.players == {}

    in_town(test)


def test_where_the_names_cannot_be_read_nobody_comes_in(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object) -> None:
        raise NotSaved("a bad sector")

    async def test(town: Town) -> None:
        monkeypatch.setattr(Ledger, "player", fails)
        visitor = FakeVisitor("anna")
        await town.app(visitor)  # type: ignore[arg-type]
        assert visitor.screen.endswith("Please try again later.\n")

    in_town(test)
    assert "nobody can come in: a bad sector" in caplog.text


def test_a_full_world_says_so() -> None:
    async def test(town: Town) -> None:
        for _ in range(3):
            await town.visit("guest")
        late = FakeVisitor("guest")
        await town.app(late)  # type: ignore[arg-type]
        assert late.screen.endswith("Smallton is full: 3 visitors. Please come back later.\n")

    in_town(test)


def test_who_floods_is_warned_and_then_sent_away(caplog: pytest.LogCaptureFixture) -> None:
    async def test(town: Town) -> None:
        ben = await town.visit("guest")
        await ben.until("> ")
        visitor = await town.visit(*NEW_ANNA, *["'spam"] * (PATIENCE + 20))
        await town.visits[1]
        assert visitor.screen.count("Slowly: other people read this too.") == 1
        assert visitor.screen.endswith("You talk faster than anybody can listen. Goodbye.\n")
        assert ben.screen.count("spam") < 10
        assert list(town.app.world.players) == ["heron"]

    in_town(test)
    assert "Anna was sent away for flooding" in caplog.text


def test_the_door_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosting, "DOOR_TIME", 0.0)

    async def test(town: Town) -> None:
        visitor = FakeVisitor()
        await town.app(visitor)  # type: ignore[arg-type]
        assert "The door closes." in visitor.screen

    in_town(test)


def test_clocks_go_on_while_somebody_is_there_and_rest_when_nobody_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosting, "TICK", 0.001)

    async def test(town: Town) -> None:
        visitor = await town.visit("guest", "s")
        await visitor.until("The Shore")
        town.now += 100
        await visitor.until("You are washed away.")
        visitor.types("quit")
        await town.over()
        assert [task for task in asyncio.all_tasks() if task.get_name() == "the world's clocks"] == []

    in_town(test)


def test_a_client_that_speaks_gmcp_learns_where_it_is_and_what_it_earned() -> None:
    async def test(town: Town) -> None:
        visitor = await town.visit(*NEW_ANNA, "open box", "take pearl", "s", "quit")
        await town.over()
        names = [package for package, _ in visitor.packages]
        assert names == ["Char.Name", "Char.Vitals", "Room.Info", "Char.Vitals", "Room.Info"]
        assert json.loads(visitor.packages[3][1])["points"] == 10
        assert json.loads(visitor.packages[4][1])["name"] == "The Shore"

    in_town(test)


def test_a_terminal_of_plain_letters_and_few_columns_is_served() -> None:
    async def test(town: Town) -> None:
        ben = await town.visit("guest", columns=30, charset="ascii")
        await ben.until("> ")
        await town.visit(*NEW_ANNA, "'ça va très bien, et toi, mon vieux?")
        screen = await ben.until("tres bien")
        assert max(len(line) for line in screen.split("\n") if "?" not in line and ":" not in line) < 30
        assert screen.isascii()

    in_town(test)


def test_a_list_of_worlds_is_told_how_many_are_here() -> None:
    async def test(town: Town) -> None:
        await town.visit("guest")
        assert town.app.mssp()["PLAYERS"] == "1"

    in_town(test)


def test_the_world_that_comes_along_is_saved_among_the_users_data() -> None:
    app = make_app()
    assert app.world.plan.name == "Larboard"
    assert usual_file(app.world.plan).is_file()
    assert usual_file(app.world.plan).name == "larboard.sqlite"
    asyncio.run(app.close())


def test_a_world_of_ones_own_is_read_and_saved_where_one_says(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text(SMALL)
    app = make_app(file, tmp_path / "own.sqlite")
    assert app.world.plan.name == "Smallton"
    with pytest.raises(UsageError, match="in use by another server"):
        make_app(file, tmp_path / "own.sqlite")
    asyncio.run(app.close())
    with pytest.raises(UsageError, match="can't be read"):
        make_app(tmp_path / "none.toml")


def test_a_damaged_file_is_said_and_let_go(tmp_path: Path) -> None:
    file = tmp_path / "w.sqlite"
    ledger = Ledger(file, "Smallton")
    with ledger._writing() as database:
        database.execute("INSERT INTO world VALUES ('Smallton', '{')")
    ledger.close()
    with pytest.raises(NotSaved, match="is damaged"):
        WorldApp(small_plan(), file)
    Ledger(file, "Smallton").close()


def test_where_the_usual_file_is_taken_the_world_is_kept_in_memory_and_that_is_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    first = make_app()
    second = make_app()
    assert "nothing of this world will be saved" in caplog.text
    for app in (first, second):
        asyncio.run(app.close())
