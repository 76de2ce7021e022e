"""The talk at the door: who somebody is, and whether they are it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from portside.accounts.passwords import LONGEST, check_password, hash_password
from portside.accounts.throttle import Throttle
from portside.apps.world.flood import Bucket
from portside.apps.world.ledger import NotSaved, Saved
from portside.apps.world.plan import Plan
from portside.apps.world.records import Record
from portside.apps.world.saving import Saving
from portside.apps.world.showing import show
from portside.apps.world.speech import name_key, refusal, spelt
from portside.errors import LimitExceeded

if TYPE_CHECKING:
    from portside.protocols.telnet.server.visitor import Visitor

Result = TypeVar("Result")

NAMES_TRIED = 6
"""Names that one visitor tries before the talk ends."""
PASSWORDS_TRIED = 3
"""Passwords likewise, for one name."""
SHORTEST_PASSWORD = 6
"""Letters of a password: with the throttle in front of it nobody guesses one of them."""
HASHES_AT_ONCE = 2
"""Passwords that are checked at the same time; each takes 16 MB, and the others wait their turn."""
LONGEST_ANSWER = 200
"""Characters of an answer at the door."""
NEW_NAMES, NEW_NAMES_AT_ONCE = 200 / 3600, 100.0
"""New names a second in the long run, and at once: a class that comes in together, and nobody who fills the file."""
GUESTS = (
    "Heron", "Curlew", "Avocet", "Plover", "Dunlin", "Gannet", "Puffin", "Petrel", "Tern", "Eider", "Godwit", "Osprey",
    "Sanderling", "Turnstone", "Whimbrel", "Shearwater", "Kittiwake", "Cormorant", "Fulmar", "Redshank", "Guillemot",
    "Egret", "Skua", "Merganser", "Lapwing", "Knot", "Scoter", "Wigeon", "Teal", "Pintail",
)  # fmt: skip
"""What guests are called: birds of the shore."""


@dataclass(frozen=True, slots=True)
class Known:
    """Who has come in, and what was kept of them."""

    key: str
    name: str
    record: Record | None = None
    guest: bool = False


class Entering:
    """Asks visitors at the door of one world; ``is_here`` tells whether somebody of a key is in it already."""

    def __init__(self, plan: Plan, saving: Saving, throttle: Throttle, is_here: Callable[[str], bool]) -> None:
        self._saving = saving
        self._throttle = throttle
        self._is_here = is_here
        self._new_names = Bucket(NEW_NAMES, NEW_NAMES_AT_ONCE, NEW_NAMES_AT_ONCE, time.monotonic())
        self._hashing = asyncio.Semaphore(HASHES_AT_ONCE)
        self._taken = frozenset(
            name_key(word)
            for person in plan.people.values()
            for name in (person.name, *person.names)
            for word in name.split()
        ) | frozenset(map(str.casefold, GUESTS))

    async def ask(self, visitor: Visitor) -> Known | None:
        """Who somebody is; None for one who could not say. What the visitor's door raises passes through."""
        for _ in range(NAMES_TRIED):
            name = (await visitor.line("Your name (or guest, to look round): ", limit=LONGEST_ANSWER)).strip()
            if name.casefold() in ("quit", "q", "exit", "bye"):
                return None
            if name.casefold() == "guest":
                return self._guest(visitor)
            known = await self._named(visitor, name) if name else None
            if known is not None:
                return known
        show(visitor, "Come back when you have made up your mind.")
        return None

    def _guest(self, visitor: Visitor) -> Known | None:
        free = [name for name in GUESTS if not self._is_here(name.casefold())]
        if not free:
            show(visitor, "There are as many guests here as there are birds on the shore. Choose a name of your own.")
            return None
        return Known(free[0].casefold(), free[0], guest=True)

    async def _named(self, visitor: Visitor, name: str) -> Known | None:
        excuse = refusal(name, self._taken)
        if excuse:
            show(visitor, excuse)
            return None
        saved = await self._saving.player(name_key(name))
        if saved is not None:
            return await self._returning(visitor, saved)
        return await self._new(visitor, name_key(name), spelt(name))

    async def _returning(self, visitor: Visitor, saved: Saved) -> Known | None:
        """Somebody who has been here proves it."""
        address = visitor.address.host
        for _ in range(PASSWORDS_TRIED):
            password = await visitor.line(f"Welcome back. Password of {saved.name}: ", secret=True, limit=LONGEST)
            async with self._throttle.guess(address) as its_turn:
                if not its_turn:
                    show(visitor, "Too many wrong passwords have come from your address. Try again in a while.")
                    return None
                if await self._hashed(partial(check_password, password, saved.password)):
                    self._throttle.succeeded(address)
                    return await self._known(saved)
                self._throttle.failed(address)
            show(visitor, "That is not it.")
        return None

    async def _known(self, saved: Saved) -> Known:
        """As they are now: they may have played on while the password was asked for."""
        fresh = await self._saving.player(saved.key)
        return Known(saved.key, saved.name, fresh.record if fresh else saved.record)

    async def _new(self, visitor: Visitor, key: str, name: str) -> Known | None:
        """Somebody who has not been here gets the name, with a password of their choice."""
        question = f"Nobody here is called {name} yet. Shall that be you? [y/n] "
        answer = await visitor.line(question, limit=LONGEST_ANSWER)
        if not answer.strip().casefold().startswith("y"):
            return None
        password = await self._chosen(visitor)
        if password is None:
            return None
        if not self._new_names.takes(time.monotonic()):
            show(visitor, "Too many people want a new name at the moment. Come in as a guest, or try again in a while.")
            return None
        hashed = await self._hashed(partial(hash_password, password))
        try:
            if await self._saving.register(key, name, hashed):
                return Known(key, name)
        except (LimitExceeded, NotSaved) as error:
            show(visitor, f"The name can't be kept: {error}")
            return None
        show(visitor, "Somebody was faster and has that name now.")
        return None

    async def _chosen(self, visitor: Visitor) -> str | None:
        if not visitor.secure:
            show(visitor, "Telnet carries a password in the clear: choose one that you use nowhere else.")
        for _ in range(PASSWORDS_TRIED):
            password = await visitor.line("Password: ", secret=True, limit=LONGEST)
            if len(password) < SHORTEST_PASSWORD:
                show(visitor, f"It needs {SHORTEST_PASSWORD} letters or more.")
            elif len(password.encode()) > LONGEST:
                show(visitor, "That is too long to type twice.")
            elif await visitor.line("The same once more: ", secret=True, limit=LONGEST) == password:
                return password
            else:
                show(visitor, "These were not the same.")
        return None

    async def _hashed(self, call: Callable[[], Result]) -> Result:
        async with self._hashing:
            return await asyncio.to_thread(call)
