"""Going from room to room."""

from __future__ import annotations

from portside.apps.world.happenings import arrive, settle
from portside.apps.world.model import Player, World
from portside.apps.world.plan import OPEN, Exit
from portside.apps.world.words import WAYS, Order, capital

NO_WAY = "You can't go that way."


def go(world: World, player: Player, order: Order) -> None:
    """Through one of the room's exits."""
    word = order.noun or order.second or order.preposition
    way = WAYS.get(word, "")
    if not way:
        world.tell(player.key, "Go where? Name a direction, such as north (or n); 'exits' lists them.")
        return
    exit_ = world.room(player).exits.get(way)
    excuse = NO_WAY if exit_ is None else _excuse(world, player, exit_)
    if exit_ is None or excuse:
        world.tell(player.key, excuse)
        return
    arrive(world, player, exit_.to, way)
    settle(world, player)


def _excuse(world: World, player: Player, exit_: Exit) -> str:
    """Why a player can't leave by ``exit_``; '' where they can."""
    if not world.holds(exit_.when, player):
        return exit_.says or NO_WAY
    if exit_.door and world.values[exit_.door] != OPEN:
        return f"{capital(world.plan.doors[exit_.door].name)} is {world.values[exit_.door]}."
    if not world.light_in(player.room) and not _leads_back(world, player, exit_):
        return "You dare not go on in the dark; but you could still go back the way you came."
    return ""


def _leads_back(world: World, player: Player, exit_: Exit) -> bool:
    """Whether one could find through ``exit_`` without a light: it is where one came from, or leads out of the dark."""
    return exit_.to == player.came if player.came else not world.plan.rooms[exit_.to].dark
