"""What happens in a world that its file describes: actions, effects, deeds, and going from room to room."""

from __future__ import annotations

from portside.apps.world.model import Earned, Finding, Manner, Moved, Place, Player, Where, World
from portside.apps.world.plan import OPPOSITE, Action, Do, Effect, Thing
from portside.apps.world.seeing import look_round

BOARD = 500
"""Lines of the board that are kept; the first ones stay, for they were the first."""


def happens(world: World, player: Player, verb: str, noun: str = "", second: str = "", topic: str = "") -> bool:
    """Whether the world's file has an action for this order; it is done then, or said why it can't be."""
    fitting = [action for action in world.plan.actions if fits(world, player, action, verb, noun, second, topic)]
    for action in fitting:
        if world.holds(action.when, player):
            do(world, player, action)
            return True
    excuse = next((action.otherwise for action in fitting if action.otherwise), "")
    world.tell(player.key, excuse)
    return bool(excuse)


def fits(
    world: World, player: Player, action: Action, verb: str, noun: str = "", second: str = "", topic: str = ""
) -> bool:
    """Whether ``action`` is what an order means. A second noun may be left out where the thing is at hand."""
    if action.room not in ("", player.room):
        return False
    for pattern in action.patterns:
        same = pattern.verb == verb and pattern.noun == noun
        whole = pattern.second == second or (not second and at_hand(world, player, pattern.second))
        if same and whole and _mentioned(pattern.topic, topic):
            return True
    return False


def at_hand(world: World, player: Player, thing: str) -> bool:
    """Whether a player could touch ``thing``, so that it need not be named."""
    return thing in world.plan.doors or any(item.thing.id == thing for item in world.reachable(player))


def do(world: World, player: Player, action: Action) -> None:
    """Tell what ``action`` tells, and let its effects happen."""
    pick = world.pick(action.picks)
    world.tell(player.key, action.says.replace("{pick}", pick))
    seen = action.others.replace("{name}", player.name).replace("{pick}", pick)
    world.tell_room(player.room, seen, player.key)
    for effect in action.does:
        _effect(world, player, effect)


def earn(world: World, player: Player, deed_id: str) -> None:
    """Give a player the points of a deed, once."""
    deed = world.plan.deeds[deed_id]
    if deed_id in player.deeds:
        return
    player.deeds.append(deed_id)
    world.event(Earned(player.key))
    if deed.points:
        world.tell(player.key, f"[You have {deed.text}: {deed.points} points.]", Manner.NOTICE)
    if deed.treasure:
        _announce(world, player, deed_id)


def arrive(world: World, player: Player, room: str, way: str = "") -> None:
    """Put a player into another room, with what both rooms see of it; what is there is told by a ``look``."""
    from_where = f" from {_side(OPPOSITE[way])}" if way else ""
    world.tell_room(player.room, f"{player.name} leaves{' ' + way if way else ''}.", player.key)
    player.came, player.room = player.room, room
    world.tell_room(room, f"{player.name} arrives{from_where}.", player.key)
    world.event(Moved(player.key))


def give_one(world: World, player: Player, thing: Thing) -> None:
    """Let a player have a thing: one more of what is in plenty, or the only one where nobody else has it."""
    item = world.items[thing.id]
    if thing.plenty:
        item = world.has(player, thing.id) or world.take_copy(thing, player)
    if item.place.where not in (Where.HELD, Where.WORN):
        full = world.full(player)
        world.move_item(item, Place(Where.ROOM, player.room) if full else Place(Where.HELD, player.key))
    world.changed = True


def _mentioned(wanted: str, said: str) -> bool:
    return not wanted or set(wanted.split()) <= set(words_of(said))


def words_of(text: str) -> list[str]:
    """The words of a saying, without its signs."""
    return "".join(letter if letter.isalnum() else " " for letter in text.casefold()).split()


def _side(way: str) -> str:
    return {"up": "above", "down": "below", "in": "inside", "out": "outside"}.get(way, f"the {way}")


def _announce(world: World, player: Player, deed: str) -> None:
    text = world.plan.deeds[deed].text
    world.tell_all(f"*** {player.name} has {text}! ***")
    if not player.guest and len(world.board) < BOARD:
        world.board.append(Finding(player.name, deed, world.now))
    world.changed = True


def _effect(world: World, player: Player, effect: Effect) -> None:
    match effect.do:
        case Do.SET:
            world.set(effect.subject, effect.value, player.key)
        case Do.GIVE:
            give_one(world, player, world.plan.things[effect.subject])
        case Do.TAKE:
            item = world.has(player, effect.subject)
            if item is not None:
                world.remove_item(item)
        case Do.PUT:
            world.move_item(world.items[effect.subject], Place(Where.ROOM, player.room))
        case Do.MOVE:
            arrive(world, player, effect.subject)
            settle(world, player)
        case Do.DEED:
            earn(world, player, effect.subject)


def settle(world: World, player: Player) -> None:
    """Let a player who has arrived look round, and let happen what happens to whoever comes here."""
    look_round(world, player)
    player.seen.add(player.room)
    happens(world, player, "enter")
