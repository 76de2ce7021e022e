"""What a room looks like to somebody who is in it."""

from __future__ import annotations

from portside.apps.world.model import Item, Manner, Place, Player, Where, World
from portside.apps.world.plan import OPEN
from portside.apps.world.words import capital, listed

DARK = "It is pitch dark. You see nothing at all."


def look_round(world: World, player: Player, *, whole: bool = False) -> None:
    """The room as one sees it; ``brief`` leaves its text out where one has been before."""
    room = world.room(player)
    if not world.light_in(player.room):
        world.tell(player.key, f"{DARK} You could do with a light.")
        _see_others(world, player)
        return
    world.tell(player.key, room.name, Manner.HEADING)
    if whole or not player.brief or player.room not in player.seen:
        world.tell(player.key, room.text)
    for extra in room.extras:
        if world.holds(extra.when, player):
            world.tell(player.key, extra.text)
    _see_exits(world, player)
    _see_items(world, player)
    _see_others(world, player)


def _see_exits(world: World, player: Player) -> None:
    ways = []
    for way, exit_ in world.room(player).exits.items():
        if exit_.hidden and not world.holds(exit_.when, player):
            continue
        shut = exit_.door and world.values[exit_.door] != OPEN
        ways.append(f"{way} (shut)" if shut else way)
    world.tell(player.key, f"Exits: {', '.join(ways) if ways else 'none'}.", Manner.EXITS)


def _see_items(world: World, player: Player) -> None:
    here = [item for item in world.at(Place(Where.ROOM, player.room)) if not item.thing.fixed or item.thing.lies]
    at_home = [item for item in here if item.thing.lies and item.place.of == item.thing.place]
    for item in at_home:
        world.tell(player.key, item.thing.lies)
    others = [short(item) for item in here if item not in at_home]
    if others:
        world.tell(player.key, f"On the ground: {listed(others)}.")


def _see_others(world: World, player: Player) -> None:
    people = [person.name for person in world.people_in(player.room)]
    players = [other.name for other in world.in_room(player.room) if other is not player]
    there = [*people, *players]
    if there:
        text = f"{listed(there)} {'is' if len(there) == 1 else 'are'} here."
        world.tell(player.key, capital(text))


def short(item: Item) -> str:
    """An item in a list."""
    return f"{item.thing.name} (lit)" if item.lit else item.thing.name
