"""Using things: doors and lids, lights, clothes."""

from __future__ import annotations

from portside.apps.world.finding import Target, Unclear, find, find_item, name_of
from portside.apps.world.model import Item, Place, Player, Where, World
from portside.apps.world.plan import CLOSED, LOCKED, OPEN, Door
from portside.apps.world.words import Order, capital


def open_(world: World, player: Player, order: Order) -> None:
    """Open a door or a lid that is not locked."""
    target = _with_lid(world, player, order)
    if target is None:
        return
    value = world.values[_id(target)]
    if value == LOCKED:
        world.tell(player.key, f"{capital(name_of(target))} is locked.")
    elif value == OPEN:
        world.tell(player.key, f"{capital(name_of(target))} is open already.")
    else:
        _turn(world, player, target, OPEN, "open")


def close(world: World, player: Player, order: Order) -> None:
    """Close a door or a lid."""
    target = _with_lid(world, player, order)
    if target is None:
        return
    if world.values[_id(target)] != OPEN:
        world.tell(player.key, f"{capital(name_of(target))} is closed already.")
    else:
        _turn(world, player, target, CLOSED, "close")


def unlock(world: World, player: Player, order: Order) -> None:
    """Unlock a door or a lid with its key, and open it: nobody unlocks for another reason."""
    target = _with_lid(world, player, order)
    if target is None:
        return
    if world.values[_id(target)] != LOCKED:
        world.tell(player.key, f"{capital(name_of(target))} is not locked.")
    elif _has_key(world, player, target):
        _turn(world, player, target, OPEN, "unlock and open")


def lock(world: World, player: Player, order: Order) -> None:
    """Lock a door or a lid with its key."""
    target = _with_lid(world, player, order)
    if target is None:
        return
    if world.values[_id(target)] == LOCKED:
        world.tell(player.key, f"{capital(name_of(target))} is locked already.")
    elif _has_key(world, player, target):
        _turn(world, player, target, LOCKED, "lock")


def light(world: World, player: Player, order: Order) -> None:
    """Light a lamp, with what it is lit with."""
    item = _item(world, player, order.noun or order.second, "light")
    if item is None:
        return
    thing = item.thing
    if not thing.light:
        world.tell(player.key, f"{capital(name_of(item))} would not burn well.")
    elif item.lit:
        world.tell(player.key, f"{capital(name_of(item))} is lit already.")
    elif thing.plenty and not item.copy:
        world.tell(player.key, f"Take {name_of(item)} first.")
    elif thing.lit_with and not world.has(player, thing.lit_with):
        world.tell(
            player.key,
            f"You have nothing to light it with. {capital(world.plan.things[thing.lit_with].name)} would do.",
        )
    else:
        _shine(world, player, item, lit=True)


def extinguish(world: World, player: Player, order: Order) -> None:
    """Put a light out."""
    item = _item(world, player, order.noun or order.second, "put out")
    if item is None:
        return
    if not item.lit:
        world.tell(player.key, f"{capital(name_of(item))} is not lit.")
    else:
        _shine(world, player, item, lit=False)


def wear(world: World, player: Player, order: Order) -> None:
    """Put something on that one has."""
    item = _item(world, player, order.noun or order.second, "wear", world.carried(player))
    if item is None:
        return
    if not item.thing.wear:
        world.tell(player.key, f"You can't wear {name_of(item)}.")
    elif item.place.where is Where.WORN:
        world.tell(player.key, f"You wear {name_of(item)} already.")
    else:
        world.move_item(item, Place(Where.WORN, player.key))
        world.tell(player.key, f"You put on {name_of(item)}.")
        world.tell_room(player.room, f"{player.name} puts on {item.thing.name}.", player.key)


def remove(world: World, player: Player, order: Order) -> None:
    """Take off what one wears."""
    item = _item(world, player, order.noun or order.second, "take off", world.at(Place(Where.WORN, player.key)))
    if item is None:
        return
    world.move_item(item, Place(Where.HELD, player.key))
    world.tell(player.key, f"You take off {name_of(item)}.")
    world.tell_room(player.room, f"{player.name} takes off {item.thing.name}.", player.key)


def _with_lid(world: World, player: Player, order: Order) -> Item | Door | None:
    """The door or container that an order names; says so where it names none."""
    noun = order.noun or order.second
    if not noun:
        world.tell(player.key, f"What do you want to {order.verb}?")
        return None
    target = find(world, player, noun)
    if isinstance(target, Unclear):
        world.tell(player.key, target.text())
    elif isinstance(target, Item | Door) and _id(target) in world.values:
        return target
    else:
        world.tell(player.key, f"{capital(name_of(target))} has neither lid nor hinge.")
    return None


def _item(world: World, player: Player, noun: str, what: str, among: list[Item] | None = None) -> Item | None:
    if not noun:
        world.tell(player.key, f"What do you want to {what}?")
        return None
    item = find_item(player, noun, world.reachable(player) if among is None else among)
    if isinstance(item, Item):
        return item
    missing = among is not None and not item.names
    world.tell(player.key, f"You have no {noun} to {what}." if missing else item.text())
    return None


def _has_key(world: World, player: Player, target: Item | Door) -> bool:
    key = target.thing.key if isinstance(target, Item) else target.key
    if not key:
        world.tell(player.key, f"{capital(name_of(target))} has no keyhole on this side.")
        return False
    if not world.has(player, key):
        world.tell(player.key, f"You have no key that fits {name_of(target)}.")
        return False
    return True


def _turn(world: World, player: Player, target: Item | Door, value: str, verb: str) -> None:
    """Give a door or a lid its new value; a door is heard on its other side."""
    world.set(_id(target), value)
    world.tell(player.key, f"You {verb} {name_of(target)}.")
    name = name_of(target)
    done = {OPEN: "opens", CLOSED: "closes", LOCKED: "locks"}[value]
    world.tell_room(player.room, f"{player.name} {done} {name}.", player.key)
    if isinstance(target, Door):
        for beyond in _beyond(world, player.room, target):
            world.tell_room(beyond, f"Somebody on the other side {done} {name}.")


def _beyond(world: World, room: str, door: Door) -> list[str]:
    return [exit_.to for exit_ in world.plan.rooms[room].exits.values() if exit_.door == door.id]


def _shine(world: World, player: Player, item: Item, *, lit: bool) -> None:
    before = world.light_in(player.room)
    item.lit = lit
    world.changed = True
    verb = "light" if lit else "put out"
    world.tell(player.key, f"You {verb} {name_of(item)}.")
    world.tell_room(player.room, f"{player.name} {verb + 's' if lit else 'puts out'} {item.thing.name}.", player.key)
    if before != world.light_in(player.room):
        text = "The darkness gives way, and you can see." if lit else "Darkness falls at once."
        world.tell_room(player.room, text)


def _id(target: Target) -> str:
    return target.thing.id if isinstance(target, Item) else target.id if isinstance(target, Door) else ""
