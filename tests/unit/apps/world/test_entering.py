"""The talk at the door."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from portside.accounts import passwords
from portside.accounts.throttle import FREE, Throttle
from portside.apps.world import entering as entering_module
from portside.apps.world.entering import GUESTS, NAMES_TRIED, Entering, Known
from portside.apps.world.ledger import IN_MEMORY, Ledger
from portside.apps.world.model import World
from portside.apps.world.saving import Saving
from tests.support.worlds import FakeVisitor, small_plan

SECRET = "correct horse"


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that take no time: what they cost is tested where they are made."""
    monkeypatch.setattr(entering_module, "hash_password", partial(passwords.hash_password, cost=1))


class Door:
    """An entrance with a ledger in memory; who is ``here`` is in the world already."""

    def __init__(self) -> None:
        self.here: set[str] = set()
        self.waits: list[float] = []
        self.ledger = Ledger(IN_MEMORY, "Smallton")
        self.saving = Saving(self.ledger, World(small_plan(), lambda: 0.5))
        throttle = Throttle(clock=lambda: 0.0, sleep=self._wait)
        self.entering = Entering(small_plan(), self.saving, throttle, self.here.__contains__)

    async def ask(self, *lines: str, host: str = "127.0.0.1") -> tuple[Known | None, FakeVisitor]:
        visitor = FakeVisitor(*lines, host=host)
        return await self.entering.ask(visitor), visitor  # type: ignore[arg-type]

    async def _wait(self, seconds: float) -> None:
        self.waits.append(seconds)


def at_the_door(test: Callable[[Door], Awaitable[None]]) -> None:
    async def run() -> None:
        door = Door()
        try:
            await test(door)
        finally:
            await door.saving.close()

    asyncio.run(run())


def test_a_new_name_gets_a_password_and_the_old_one_needs_it() -> None:
    async def test(door: Door) -> None:
        known, visitor = await door.ask("anna", "y", SECRET, SECRET)
        assert known == Known("anna", "Anna")
        assert visitor.secrets == [SECRET, SECRET]
        assert "Telnet carries a password in the clear" in visitor.screen
        again, visitor = await door.ask("ÄNNA", SECRET)
        assert again == Known("anna", "Anna")
        assert SECRET not in visitor.screen

    at_the_door(test)


def test_only_a_hash_of_the_password_is_kept() -> None:
    async def test(door: Door) -> None:
        await door.ask("anna", "y", SECRET, SECRET)
        saved = await door.saving.player("anna")
        assert saved is not None and saved.password.startswith("$scrypt$")

    at_the_door(test)


def test_a_wrong_password_is_asked_again_and_then_the_name() -> None:
    async def test(door: Door) -> None:
        await door.ask("anna", "y", SECRET, SECRET)
        known, visitor = await door.ask("anna", "wrong", "wrong", SECRET)
        assert known == Known("anna", "Anna")
        assert visitor.screen.count("That is not it.") == 2
        known, visitor = await door.ask("anna", "wrong", "wrong", "wrong", "quit")
        assert known is None

    at_the_door(test)


def test_many_wrong_passwords_from_one_address_are_slowed_down() -> None:
    async def test(door: Door) -> None:
        await door.ask("anna", "y", SECRET, SECRET)
        for _ in range(FREE // 3 + 1):
            await door.ask("anna", "wrong", "wrong", "wrong", "quit", host="192.0.2.1")
        assert door.waits
        _, visitor = await door.ask(*["anna", "wrong", "wrong", "wrong"] * 5, "quit", host="192.0.2.1")
        assert "Too many wrong passwords have come from your address" in visitor.screen
        waits = len(door.waits)
        known, _ = await door.ask("anna", SECRET, host="192.0.2.2")
        assert known == Known("anna", "Anna") and len(door.waits) == waits

    at_the_door(test)


def test_a_hundred_wrong_passwords_at_once_are_no_cheaper_than_one_by_one() -> None:
    async def test(door: Door) -> None:
        await door.ask("anna", "y", SECRET, SECRET)
        guesses = ["anna", *["wrong"] * 3] * 5
        visits = await asyncio.gather(*(door.ask(*guesses, host="192.0.2.1") for _ in range(100)))
        looked_at = sum(visitor.screen.count("That is not it.") for _, visitor in visits)
        assert looked_at < 20

    at_the_door(test)


def test_passwords_that_are_short_or_differ_are_chosen_again() -> None:
    async def test(door: Door) -> None:
        known, visitor = await door.ask("anna", "yes", "short", SECRET, "another", SECRET, SECRET)
        assert known == Known("anna", "Anna")
        assert "It needs 6 letters or more." in visitor.screen
        assert "These were not the same." in visitor.screen
        known, _ = await door.ask("ben", "yes", "x", "x", "x", "quit")
        assert known is None and await door.saving.player("ben") is None

    at_the_door(test)


def test_who_does_not_want_the_name_chooses_another() -> None:
    async def test(door: Door) -> None:
        known, _ = await door.ask("anna", "n", "ben", "y", SECRET, SECRET)
        assert known == Known("ben", "Ben")

    at_the_door(test)


@pytest.mark.parametrize("name", ["crow", "CROW", "narrator", "you", "x", "4711", "a b", GUESTS[0], "an\x1bna"])
def test_names_that_mean_something_else_are_refused(name: str) -> None:
    async def test(door: Door) -> None:
        known, visitor = await door.ask(name, "quit")
        assert known is None
        assert "choose another name" in visitor.screen or "2 to 16 letters" in visitor.screen

    at_the_door(test)


def test_a_guest_needs_no_password_and_has_a_name_that_is_free() -> None:
    async def test(door: Door) -> None:
        known, visitor = await door.ask("guest")
        assert known == Known(GUESTS[0].casefold(), GUESTS[0], guest=True)
        assert visitor.secrets == []
        door.here.add(GUESTS[0].casefold())
        known, _ = await door.ask("Guest")
        assert known is not None and known.name == GUESTS[1]
        door.here.update(name.casefold() for name in GUESTS)
        known, visitor = await door.ask("guest")
        assert known is None and "as many guests" in visitor.screen

    at_the_door(test)


def test_who_cannot_decide_is_sent_away() -> None:
    async def test(door: Door) -> None:
        known, visitor = await door.ask(*["you"] * NAMES_TRIED)
        assert known is None
        assert "Come back when you have made up your mind." in visitor.screen

    at_the_door(test)


def test_a_full_ledger_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portside.apps.world.ledger.MOST_PLAYERS", 0)

    async def test(door: Door) -> None:
        known, visitor = await door.ask("anna", "y", SECRET, SECRET, "quit")
        assert known is None
        assert "come in as a guest" in visitor.screen

    at_the_door(test)


def test_new_names_are_not_given_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entering_module, "NEW_NAMES_AT_ONCE", 1.0)

    async def test(door: Door) -> None:
        await door.ask("anna", "y", SECRET, SECRET)
        known, visitor = await door.ask("ben", "y", SECRET, SECRET, "guest")
        assert "Come in as a guest" in visitor.screen
        assert known is not None and known.guest

    at_the_door(test)


def test_of_two_who_want_a_new_name_one_gets_it() -> None:
    async def test(door: Door) -> None:
        first, second = await asyncio.gather(
            door.ask("anna", "y", SECRET, SECRET, "quit"), door.ask("anna", "y", "other one", "other one", "quit")
        )
        assert sorted([first[0] is None, second[0] is None]) == [False, True]
        assert "Somebody was faster" in first[1].screen + second[1].screen

    at_the_door(test)
