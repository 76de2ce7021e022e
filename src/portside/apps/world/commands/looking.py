"""Looking: at the room, at what is in it, at what one has."""

from __future__ import annotations

from portside.apps.world.finding import Target, Unclear, find, name_of
from portside.apps.world.happenings import happens
from portside.apps.world.model import Item, Manner, Place, Player, Where, World
from portside.apps.world.plan import OPEN, Door, Person, Sight
from portside.apps.world.seeing import DARK, look_round, short
from portside.apps.world.words import Order, listed, with_article


def look(world: World, player: Player, order: Order) -> None:
    """The room, or what the order names."""
    noun = order.noun or order.second
    if not noun or noun in ("around", "here", "round"):
        look_round(world, player, whole=True)
    elif order.preposition in ("in", "inside", "into"):
        _look_in(world, player, noun)
    else:
        examine(world, player, order)


def examine(world: World, player: Player, order: Order) -> None:
    """One thing closely."""
    noun = order.noun or order.second
    if noun in ("me", "myself", player.key):
        _see_player(world, player, player)
        return
    target = find(world, player, noun)
    if isinstance(target, Unclear):
        world.tell(player.key, target.text() if world.light_in(player.room) else DARK)
        return
    _see(world, player, target)


def read(world: World, player: Player, order: Order) -> None:
    """What is written on a thing; what has no writing is looked at."""
    target = find(world, player, order.noun or order.second)
    if isinstance(target, Item) and (target.thing.reads or target.thing.pages):
        _read_item(world, player, target)
    elif order.noun == "board" and world.room(player).board:
        board(world, player, order)
    else:
        examine(world, player, order)


def inventory(world: World, player: Player, _: Order) -> None:
    """What one carries and wears."""
    held = [short(item) for item in world.at(Place(Where.HELD, player.key))]
    worn = [item.thing.name for item in world.at(Place(Where.WORN, player.key))]
    world.tell(player.key, f"You carry {listed(held) if held else 'nothing'}.")
    if worn:
        world.tell(player.key, f"You wear {listed(worn)}.")


def exits(world: World, player: Player, _: Order) -> None:
    """The ways out, one line each."""
    lines = []
    for way, exit_ in world.room(player).exits.items():
        if exit_.hidden and not world.holds(exit_.when, player):
            continue
        shut = exit_.door and world.values[exit_.door] != OPEN
        known = exit_.to in player.seen
        beyond = world.plan.rooms[exit_.to].name if known else "somewhere you have not been"
        lines.append(f"{way:8}{world.plan.doors[exit_.door].name + ', shut' if shut else beyond}")
    world.tell(player.key, "\n".join(lines) or "There is no way out.", Manner.TABLE)


def board(world: World, player: Player, _: Order) -> None:
    """The hall of fame."""
    if not world.board:
        world.tell(player.key, f"{world.plan.board} is still empty. Yours could be the first name on it.")
        return
    lines = [f"{place:3}. {line.name} has {_deed(world, line.deed)}" for place, line in enumerate(world.board[:20], 1)]
    world.tell(player.key, "\n".join([world.plan.board, *lines]), Manner.TABLE)


def _see(world: World, player: Player, target: Target) -> None:
    match target:
        case Item():
            _see_item(world, player, target)
        case Door():
            side = target.sides.get(player.room, target.text)
            world.tell(player.key, f"{side} It is {world.values[target.id]}.".strip())
        case Person() | Sight():
            world.tell(player.key, target.text)
        case Player():
            _see_player(world, player, target)
    if not isinstance(target, Player):
        happens(world, player, "examine", target.thing.id if isinstance(target, Item) else target.id)


def _see_item(world: World, player: Player, item: Item) -> None:
    thing = item.thing
    state = " It is lit." if item.lit else ""
    world.tell(player.key, thing.text + state)
    if thing.reads or thing.pages:
        world.tell(player.key, "Something is written on it.", Manner.HINT)
    if thing.holds:
        world.tell(player.key, _contents(world, item))


def _read_item(world: World, player: Player, item: Item) -> None:
    world.tell(player.key, item.thing.reads, Manner.TABLE if item.thing.picture else Manner.PLAIN)
    for entry in world.pages.get(item.thing.id, []):
        world.tell(player.key, f'{entry.name} wrote, "{entry.text}"', Manner.TALK)


def _look_in(world: World, player: Player, noun: str) -> None:
    target = find(world, player, noun)
    if isinstance(target, Unclear):
        world.tell(player.key, target.text())
    elif isinstance(target, Item) and target.thing.holds:
        world.tell(player.key, _contents(world, target))
    elif isinstance(target, Item | Sight):
        _see(world, player, target)
    else:
        world.tell(player.key, f"One can't look into {name_of(target)}.")


def _contents(world: World, item: Item) -> str:
    if not world.is_open(item.thing):
        return f"It is {world.values[item.thing.id]}."
    inside = [short(other) for other in world.at(Place(Where.INSIDE, item.id))]
    return f"In it: {listed(inside)}." if inside else "It is empty."


def _see_player(world: World, player: Player, seen: Player) -> None:
    who = "You are" if seen is player else f"{seen.name} is"
    has = "You" if seen is player else seen.name
    kind = "guest" if seen.guest else world.plan.rank(world.points(seen))
    world.tell(player.key, f"{who} {with_article(kind)} with {world.points(seen)} points.")
    items = [short(item) for item in world.carried(seen)]
    if items:
        world.tell(player.key, f"{has} {'have' if seen is player else 'has'} {listed(items)}.")


def _deed(world: World, deed: str) -> str:
    return world.plan.deeds[deed].text if deed in world.plan.deeds else deed
