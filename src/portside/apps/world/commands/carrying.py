"""Taking things, leaving them, putting them into others, giving them away."""

from __future__ import annotations

from collections.abc import Iterable

from portside.apps.world.finding import Target, Unclear, find, find_item, find_player, name_of
from portside.apps.world.happenings import earn
from portside.apps.world.model import Item, Place, Player, Where, World
from portside.apps.world.plan import Person, Sight
from portside.apps.world.words import Order, capital, several

FULL = "Your hands and pockets are full. Drop something first."
ALL = ("all", "everything")
MOST_AT_ONCE = 15
"""Things that one order takes or drops: as many as one could carry, and no line of a thousand nouns."""


def take(world: World, player: Player, order: Order) -> None:
    """Take something that lies here or in something; ``all`` takes what can be taken."""
    if order.preposition in ("from", "in", "out", "off") and order.second:
        container = find(world, player, order.second)
        if not isinstance(container, Item):
            world.tell(player.key, _no_container(container))
            return
        among = list(world.at(Place(Where.INSIDE, container.id))) if world.is_open(container.thing) else []
        _take_each(world, player, order.noun, among)
        return
    held = {item.id for item in world.carried(player)}
    here: Iterable[Item] = world.reachable(player)
    if order.noun in ALL:
        here = world.at(Place(Where.ROOM, player.room))
    _take_each(world, player, order.noun, [item for item in here if item.id not in held])


def drop(world: World, player: Player, order: Order) -> None:
    """Leave something here."""
    for item in _chosen(world, player, order.noun, world.carried(player), "You have nothing to drop."):
        world.move_item(item, Place(Where.ROOM, player.room))
        world.tell(player.key, f"You leave {name_of(item)} here.")
        world.tell_room(player.room, f"{player.name} leaves {item.thing.name} here.", player.key)


def put(world: World, player: Player, order: Order) -> None:
    """Put something into an open container."""
    container = find(world, player, order.second)
    if not isinstance(container, Item) or not container.thing.holds:
        world.tell(player.key, _no_container(container))
        return
    if not world.is_open(container.thing):
        world.tell(player.key, f"{capital(name_of(container))} is {world.values[container.thing.id]}.")
        return
    among = [item for item in world.carried(player) if item is not container]
    for item in _chosen(world, player, order.noun, among, "You have nothing to put there."):
        _put_in(world, player, item, container)


def give(world: World, player: Player, order: Order) -> None:
    """Hand something to another visitor. What the people of the world want stands in its file."""
    item = find_item(player, order.noun, world.carried(player))
    person, other = find(world, player, order.second), find_player(world, order.second)
    if isinstance(item, Unclear):
        world.tell(player.key, f"You have no {order.noun}." if order.noun else "Give what to whom?")
    elif isinstance(person, Person):
        world.tell(player.key, f"{capital(name_of(person))} has no use for that.")
    elif other is not None and other.room == player.room and other is not player:
        _hand_over(world, player, item, other)
    else:
        world.tell(player.key, f"There is nobody called {order.second} here." if order.second else "Give it to whom?")


def _take_each(world: World, player: Player, noun: str, among: list[Item]) -> None:
    for item in _chosen(world, player, noun, among, "There is nothing to take."):
        if noun not in ALL or not _has_enough(world, player, item):
            _take(world, player, item)


def _chosen(world: World, player: Player, noun: str, among: list[Item], nothing: str) -> Iterable[Item]:
    """The items that ``noun`` names among a few; tells what it does not find."""
    if noun in ALL:
        chosen = [item for item in among if not item.thing.fixed][:MOST_AT_ONCE]
        if not chosen:
            world.tell(player.key, nothing)
        yield from chosen
        return
    for name in several(noun)[:MOST_AT_ONCE] or [""]:
        item = find_item(player, name, among)
        if isinstance(item, Item):
            yield item
        else:
            world.tell(player.key, _not_found(world, player, item))


def _not_found(world: World, player: Player, unclear: Unclear) -> str:
    """Why a noun names nothing that could be taken: it may be something of another kind."""
    if not unclear.noun:
        return "Which thing do you mean?"
    if unclear.names:
        return unclear.text()
    target = find(world, player, unclear.noun)
    if isinstance(target, Unclear):
        return target.text()
    if isinstance(target, Item) and target.place.where in (Where.HELD, Where.WORN):
        return f"You have {name_of(target)} already."
    if isinstance(target, Sight):
        return "That stays where it is."
    if isinstance(target, Person | Player):
        return f"{capital(name_of(target))} would not like that."
    return f"You can't do that with {name_of(target)}."


def _take(world: World, player: Player, item: Item) -> None:
    thing = item.thing
    if thing.fixed:
        world.tell(player.key, f"{capital(name_of(item))} can't be moved.")
        return
    if world.full(player):
        world.tell(player.key, FULL)
        return
    if _has_enough(world, player, item):
        world.tell(player.key, f"You have {thing.name} already; leave the rest for others.")
        return
    if thing.plenty and not item.copy:
        item = world.take_copy(thing, player)
    world.move_item(item, Place(Where.HELD, player.key))
    world.tell(player.key, f"You take {name_of(item)}.")
    world.tell_room(player.room, f"{player.name} takes {thing.name}.", player.key)
    if thing.deed:
        earn(world, player, thing.deed)


def _has_enough(world: World, player: Player, item: Item) -> bool:
    """Whether a player has one out of the same plenty."""
    return item.thing.plenty and world.has(player, item.thing.id) is not None


def _put_in(world: World, player: Player, item: Item, container: Item) -> None:
    if len(world.at(Place(Where.INSIDE, container.id))) >= container.thing.holds:
        world.tell(player.key, f"{capital(name_of(container))} is full.")
        return
    if item.thing.holds:
        world.tell(player.key, f"{capital(name_of(item))} does not fit in.")
        return
    world.move_item(item, Place(Where.INSIDE, container.id))
    world.tell(player.key, f"You put {name_of(item)} into {name_of(container)}.")
    world.tell_room(player.room, f"{player.name} puts {item.thing.name} into {name_of(container)}.", player.key)


def _hand_over(world: World, player: Player, item: Item, other: Player) -> None:
    if world.full(other):
        world.tell(player.key, f"{other.name} can carry no more.")
        return
    if item.thing.plenty and world.has(other, item.thing.id):
        world.tell(player.key, f"{other.name} has one already.")
        return
    world.move_item(item, Place(Where.HELD, other.key))
    world.tell(player.key, f"You give {name_of(item)} to {other.name}.")
    world.tell(other.key, f"{player.name} gives you {item.thing.name}.")
    world.tell_room(player.room, f"{player.name} gives {other.name} {item.thing.name}.", player.key, other.key)


def _no_container(target: Target | Unclear) -> str:
    if isinstance(target, Unclear):
        return target.text() if target.noun else "Into what?"
    return f"{capital(name_of(target))} holds nothing."
