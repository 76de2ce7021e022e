"""From a visitor's words to what they mean: "the brass key" among all that is here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from portside.apps.world.model import Item, Player, World
from portside.apps.world.plan import Door, Person, Sight
from portside.apps.world.speech import name_key

Target = Item | Person | Door | Sight | Player
"""What a noun can mean."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """A noun means none of what is here (no ``names``), or several."""

    noun: str
    names: tuple[str, ...] = ()

    def text(self) -> str:
        """What to tell whoever said it."""
        if self.names:
            return f"Which do you mean: {' or '.join(self.names)}?"
        return f"You see no {self.noun} here."


def find(world: World, player: Player, noun: str) -> Target | Unclear:
    """What ``noun`` means to ``player`` here; without light only what they hold, and who is there."""
    if noun in ("it", "them") and player.it:
        noun = player.it
    found = _best(noun, targets(world, player))
    if not isinstance(found, Unclear):
        player.it = noun
    return found


def find_item(player: Player, noun: str, among: Iterable[Item]) -> Item | Unclear:
    """The item that ``noun`` means among a few."""
    if noun in ("it", "them") and player.it:
        noun = player.it
    found = _best(noun, among)
    if isinstance(found, Item):
        player.it = noun
        return found
    return found if isinstance(found, Unclear) else Unclear(noun)


def find_player(world: World, noun: str) -> Player | None:
    """The visitor whose name is ``noun``, or begins so where only one does."""
    key = name_key(noun) or noun
    if key in world.players:
        return world.players[key]
    begins = [player for known, player in world.players.items() if known.startswith(key)]
    return begins[0] if len(begins) == 1 else None


def target_id(target: Target) -> str:
    """The id that a pattern of the world's file would have for it."""
    match target:
        case Item():
            return target.thing.id
        case Player():
            return ""
        case _:
            return target.id


def name_of(target: Target) -> str:
    """What it is called, after an article where it has one: "the lamp", "Anna"."""
    match target:
        case Item():
            return "the " + bare(target.thing.name)
        case Sight():
            return "the " + target.names[0]
        case Player():
            return target.name
        case Person():
            return target.name
        case Door():
            return "the " + bare(target.name)


def bare(name: str) -> str:
    """A name without its article."""
    first, _, rest = name.partition(" ")
    return rest if rest and first.casefold() in ("a", "an", "the", "some") else name


def targets(world: World, player: Player) -> Iterator[Target]:
    """All that a noun could mean here, what is at hand first."""
    room = world.room(player)
    if not world.light_in(player.room):
        yield from world.carried(player)
        yield from world.people_in(player.room)
        return
    yield from world.reachable(player)
    yield from world.people_in(player.room)
    yield from (other for other in world.in_room(player.room))
    yield from (world.plan.doors[exit_.door] for exit_ in room.exits.values() if exit_.door)
    yield from room.sights


def _best(noun: str, candidates: Iterable[Target]) -> Target | Unclear:
    """The one that is called so exactly, or else by some of its words."""
    known = list(candidates)
    exact = _distinct(target for target in known if noun in _names(target))
    partly = exact or _distinct(target for target in known if noun and set(noun.split()) <= _words(target))
    if len(partly) == 1:
        return partly[0]
    return Unclear(noun, tuple(name_of(target) for target in partly))


def _distinct(found: Iterable[Target]) -> list[Target]:
    """One of each: two lamps out of plenty are as good as one."""
    kinds: dict[str, Target] = {}
    for target in found:
        kinds.setdefault(target.key if isinstance(target, Player) else target_id(target), target)
    return list(kinds.values())


def _names(target: Target) -> tuple[str, ...]:
    match target:
        case Item():
            return (bare(target.thing.name).casefold(), *target.thing.names)
        case Player():
            return (target.key, target.name.casefold())
        case Sight():
            return target.names
        case _:
            return (bare(target.name).casefold(), *target.names)


def _words(target: Target) -> set[str]:
    return {word for name in _names(target) for word in name.split()}
