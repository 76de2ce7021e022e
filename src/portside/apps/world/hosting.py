"""The world behind a Telnet server: each visitor's coroutine, and the ticking that goes on while anybody is there.

All that decides anything is pure and lies below (``acting``, ``passing``, ``entering``). Here it meets time, chance,
the disk and the visitors' terminals. What a visitor has earned is told only when it is saved.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from portside.accounts.throttle import Throttle
from portside.apps.world import coming, status
from portside.apps.world.acting import Acting
from portside.apps.world.entering import Entering, Known
from portside.apps.world.flood import Flood, Verdict
from portside.apps.world.ledger import IN_MEMORY, Ledger, NotSaved
from portside.apps.world.loading import OUR_WORLD, load_plan
from portside.apps.world.model import Dice, Earned, Event, Leaving, Manner, Moved, Player, Told, World
from portside.apps.world.passing import TICK, tick
from portside.apps.world.plan import Plan
from portside.apps.world.records import restore_world
from portside.apps.world.saving import Saving
from portside.apps.world.showing import show, shown
from portside.apps.world.speech import LONGEST_LINE
from portside.errors import UsageError
from portside.transport.authority.folder import data_folder

if TYPE_CHECKING:
    from portside.protocols.telnet.server.visitor import Visitor

DOOR_TIME = 180.0
"""Seconds for the talk at the door: to think of a name and a password, and no place to sit for ever."""
PROMPT = "> "

_log = logging.getLogger("portside.world")


@dataclass(slots=True, eq=False)
class _Seat:
    """A visitor at their terminal, and the player that they are."""

    visitor: Visitor
    player: Player
    flood: Flood
    leaving: bool = False


class WorldApp:
    """One world, as an application of the Telnet server: called with each visitor. ``close`` puts it away.

    Raises UsageError where ``save`` can't be used, and NotSaved where it is damaged.
    """

    def __init__(
        self, plan: Plan, save: Path = IN_MEMORY, *, clock: Callable[[], float] = time.time, dice: Dice = random.random
    ) -> None:
        self.world = World(plan, dice)
        self._clock = clock
        self._started = clock()
        ledger = Ledger(save, plan.name)
        try:
            record = ledger.world()
        except NotSaved:
            ledger.close()
            raise
        if record is not None:
            restore_world(self.world, record, self._started)
        tick(self.world, self._started)
        self._acting = Acting(self.world)
        self._saving = Saving(ledger, self.world)
        self._entering = Entering(plan, self._saving, Throttle(), self.world.players.__contains__)
        self._seats: dict[str, _Seat] = {}
        self._ticking: asyncio.Task[None] | None = None

    def mssp(self) -> dict[str, str]:
        """What a list of worlds asks for."""
        return status.variables(self.world, self._started)

    async def close(self) -> None:
        """Save all and let the file go. Raises NotSaved."""
        await self._stop_ticking()
        await self._saving.close()

    async def __call__(self, visitor: Visitor) -> None:
        """One visit, from the door to the farewell. What the visitor's door raises passes through."""
        visitor.on_interrupt = partial(visitor.tell, "Type 'quit' if you want to leave.")
        self._welcome(visitor)
        try:
            async with asyncio.timeout(DOOR_TIME):
                known = await self._entering.ask(visitor)
        except TimeoutError:
            show(visitor, "The door closes. Knock again when you know who you are.")
            return
        except NotSaved as error:
            _log.error("nobody can come in: %s", error)
            show(visitor, "The list of names can't be read at the moment. Please try again later.")
            return
        if known is not None and not self._is_full(visitor, known):
            await self._visit(visitor, known)

    def _welcome(self, visitor: Visitor) -> None:
        plan = self.world.plan
        show(visitor, plan.name, Manner.HEADING)
        visitor.write("\n")
        show(visitor, plan.welcome)
        visitor.write("\n")

    def _is_full(self, visitor: Visitor, known: Known) -> bool:
        full = len(self._seats) >= self.world.plan.players and known.key not in self._seats
        if full:
            show(visitor, f"{self.world.plan.name} is full: {len(self._seats)} visitors. Please come back later.")
        return full

    async def _visit(self, visitor: Visitor, known: Known) -> None:
        seat, events = self._sit_down(visitor, known)
        try:
            await self._publish(events, seat)
            while not seat.leaving:
                line = await visitor.line(PROMPT, limit=LONGEST_LINE)
                await self._typed(seat, line)
        finally:
            await self._stand_up(seat)

    def _sit_down(self, visitor: Visitor, known: Known) -> tuple[_Seat, list[Event]]:
        """Put a visitor into the world; one who is in it already goes on at the new terminal."""
        now = self._clock()
        self._start_ticking()
        before = self._seats.get(known.key)
        if before is not None:
            seat = _Seat(visitor, before.player, Flood(now))
            self._seats[known.key] = seat
            _replace(before)
            events = coming.come_back(self.world, seat.player, now)
        else:
            player = coming.come(self.world, known.key, known.name, known.record, now, guest=known.guest)
            seat = self._seats[known.key] = _Seat(visitor, player, Flood(now))
            events = self.world.events()
        self._introduce(seat)
        return seat, events

    def _introduce(self, seat: _Seat) -> None:
        who = seat.player.name + (", as a guest: nothing is kept of your visit" if seat.player.guest else "")
        show(seat.visitor, f"You are {who}. 'help' tells what you can do, 'quit' ends the visit.")
        seat.visitor.gmcp(*status.char_name(seat.player))
        seat.visitor.gmcp(*status.vitals(self.world, seat.player))

    async def _typed(self, seat: _Seat, line: str) -> None:
        now = self._clock()
        match seat.flood.judge(now, loud=self._acting.is_loud(self._acting.parse(line))):
            case Verdict.FINE:
                await self._publish(self._acting.act(seat.player, line, now), seat)
            case Verdict.WARN:
                show(seat.visitor, "Slowly: other people read this too. What comes too fast is not heard.")
            case Verdict.CUT:
                show(seat.visitor, "You talk faster than anybody can listen. Goodbye.")
                _log.warning("%s was sent away for flooding", seat.player.name)
                seat.leaving = True

    async def _stand_up(self, seat: _Seat) -> None:
        """Take a visitor out of the world, unless they went on at another terminal."""
        key = seat.player.key
        if self._seats.get(key) is not seat:
            return
        self._saving.note(seat.player)
        self._saving.forget(seat.player)
        del self._seats[key]
        self._deliver(coming.leave(self.world, seat.player, self._clock()), None)
        await self._save()
        if not self._seats:
            await self._stop_ticking()

    # ------------------------------------------------------------------------------------------------ what is told

    async def _publish(self, events: list[Event], seat: _Seat) -> None:
        """Tell what has come of a line. What was earned by it is on the disk before anybody hears of it."""
        self._saving.note(seat.player)
        if any(isinstance(event, Earned) for event in events):
            await self._save()
            self._deliver(events, seat)
        else:
            self._deliver(events, seat)
            await self._save()

    def _deliver(self, events: Iterable[Event], acting: _Seat | None) -> None:
        for event in events:
            seat = self._seats.get(event.key)
            if seat is not None:
                self._pass_on(event, seat, acting)

    def _pass_on(self, event: Event, seat: _Seat, acting: _Seat | None) -> None:
        match event:
            case Told():
                visitor = seat.visitor
                text = shown(event, visitor.columns, visitor.style, visitor.charset)
                visitor.write(text + "\n") if seat is acting else visitor.tell(text)
            case Moved():
                seat.visitor.gmcp(*status.room_info(self.world, seat.player))
            case Earned():
                seat.visitor.gmcp(*status.vitals(self.world, seat.player))
            case Leaving():
                show(seat.visitor, f"Fair winds, {seat.player.name}.")
                seat.leaving = True

    async def _save(self) -> None:
        try:
            await self._saving.save()
        except NotSaved as error:
            _log.error("the world could not be saved: %s", error)
            text = "The world can't be saved at the moment: what you do now may be forgotten."
            self._deliver([Told(key, text, Manner.NOTICE) for key in self._seats], None)

    # ------------------------------------------------------------------------------------------------ time

    def _start_ticking(self) -> None:
        if self._ticking is None:
            self._ticking = asyncio.get_running_loop().create_task(self._tick(), name="the world's clocks")

    async def _stop_ticking(self) -> None:
        ticking, self._ticking = self._ticking, None
        if ticking is not None:
            ticking.cancel()
            with suppress(asyncio.CancelledError):
                await ticking

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            self._deliver(tick(self.world, self._clock()), None)
            await self._save()


def make_app(data: Path | None = None, save: Path | None = None) -> WorldApp:
    """The world of the file ``data`` (None: ours), saved in ``save`` (None: the usual file; ``:memory:``: nowhere).

    Raises UsageError for a file that can't be used.
    """
    plan = load_plan(OUR_WORLD if data is None else data)
    if save is not None:
        return WorldApp(plan, IN_MEMORY if save.name == IN_MEMORY.name else save)
    usual = usual_file(plan)
    try:
        return WorldApp(plan, usual)
    except UsageError as error:
        _log.warning("%s; nothing of this world will be saved", error)
        return WorldApp(plan)


def usual_file(plan: Plan) -> Path:
    """Where a world is saved if nobody says where."""
    name = "".join(letter if letter.isalnum() else "-" for letter in plan.name.casefold())
    return data_folder() / "worlds" / f"{name}.sqlite"


def _replace(seat: _Seat) -> None:
    """End a visit that goes on at another terminal."""
    seat.leaving = True
    seat.visitor.tell("You go on at another terminal. Goodbye.")
    seat.visitor.close()
